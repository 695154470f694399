"""The body of an HTML page: blocks by one walk, and which of them are the story."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from streams.clean import page
from streams.clean.body import choose, context, lexicon, walk
from streams.clean.body.features import About
from streams.clean.body.walk import BIT
from streams.clean.extraction import Extraction
from streams.clean.trees import Trees

STORIES = {
    "en": [
        "The harbour of Elmsworth was closed on Tuesday after a crane fell into the basin at night, the port said.",
        "Nobody was hurt, but two ships could not leave, and the ferry to the islands was cancelled for days.",
        "“We heard a noise like thunder,” said a watchman who had been on duty since the evening before.",
        "An inquiry will look at the crane, which had been inspected in spring and was found to be in order.",
    ],
    "de": [
        "Der Hafen von Elmsworth wurde am Dienstag gesperrt, nachdem in der Nacht ein Kran in das Becken gestürzt war.",
        "Verletzt wurde niemand, doch zwei Schiffe konnten nicht auslaufen, und die Fähre zu den Inseln fiel aus.",
        "„Es klang wie ein Donner“, sagte ein Wächter, der seit dem Abend zuvor im Dienst gewesen war.",
        "Eine Untersuchung soll klären, warum der Kran umstürzte, der noch im Frühjahr überprüft worden war.",
    ],
    "ar": [
        "أغلق ميناء المدينة يوم الثلاثاء بعد سقوط رافعة في الحوض خلال الليل، حسبما قالت إدارة الميناء في بيان لها.",
        "ولم يصب أحد بأذى، لكن سفينتين لم تتمكنا من المغادرة، وألغيت رحلة العبارة إلى الجزر حتى إشعار آخر.",
        "وقال حارس كان في الخدمة منذ المساء السابق إنه سمع صوتا يشبه الرعد ثم رأى الرافعة تهوي في الماء.",
        "وسيبحث تحقيق في أسباب سقوط الرافعة التي جرى فحصها في الربيع الماضي وتبين أنها في حالة جيدة.",
    ],
    "zh": [
        "据港务局称，一台起重机夜间坠入港池后，埃尔姆斯沃思港于星期二关闭，所有船只暂时不得进出港口。",
        "事故没有造成人员受伤，但两艘船无法离港，前往各岛屿的渡轮也被取消，恢复时间将另行通知。",
        "一名从前一天晚上开始值班的看守人说，他听到了像雷声一样的巨响，随后看到起重机倒入水中。",
        "调查人员将检查这台起重机。它在今年春天刚刚接受过检验，当时的结果显示一切正常。",
    ],
    "ja": [
        "港湾局によると、夜間にクレーンが港内に転落したため、エルムズワース港は火曜日に閉鎖された。",
        "けが人はいなかったが、二隻の船が出港できず、島々へのフェリーは当面の間運休となった。",
        "前日の夕方から勤務していた警備員は「雷のような音が聞こえた」と話している。",
        "クレーンは春に点検を受け、異常はないとされていた。今後、転落の原因が調べられる。",
    ],
}
MENU = "".join(f"<li><a href='/{x}'>{x}</a></li>" for x in ("News", "Sport", "Culture", "Weather", "Travel", "Opinion"))
FOOT = f"<footer><ul>{MENU}</ul><p>© 2025 The Gazette. All rights reserved.</p></footer>"


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def document(body: str, *, head: str = "<title>The harbour is closed</title>") -> str:
    top = f"<header><nav><ul>{MENU}</ul></nav></header>"
    return f"<!DOCTYPE html><html><head>{head}</head><body>{top}{body}{FOOT}</body></html>"


def read(markup: str) -> list[str]:
    return page.extract(markup, "https://gazette.example/harbour", None, {}).paragraphs


# ------------------------------------------------------------------------------------------------------------ the walk


def blocks(markup: str) -> list[walk.Block]:
    return walk.read(html.document_fromstring(markup)).blocks


def test_text_is_parted_where_a_line_breaks() -> None:
    found = blocks("<div>one <b>two</b> <span>three</span><p>four<br>five</p> six</div>")
    assert [block.text for block in found] == ["one two three", "four", "five", "six"]
    assert [block.after_br for block in found] == [False, False, True, False]


def test_what_is_not_shown_is_left_out() -> None:
    found = blocks("<p>a<script>x</script>b<svg><text>y</text></svg>c</p><noscript><p>z</p></noscript>")
    assert [block.text for block in found] == ["abc"]


def test_links_and_bold_are_measured() -> None:
    block = blocks("<p>Read <a href=x>the <b>rest</b></a></p>")[0]
    assert (block.text, block.linked, block.links, block.bold) == ("Read the rest", 8, 1, 4)


def test_nodes_know_their_blocks_and_what_they_are_in() -> None:
    found = walk.read(html.document_fromstring("<main><ul><li>a<li>b</ul></main><footer hidden>c</footer>"))
    top = found.nodes[0]
    assert (top.first, top.end) == (0, 3)
    assert [bool(block.bits & BIT["main"]) for block in found.blocks] == [True, True, False]
    assert [bool(block.bits & BIT["hidden"]) for block in found.blocks] == [False, False, True]


def test_a_flood_of_scraps_does_not_hide_what_follows() -> None:
    found = blocks("<div>a</div>" * 30_000 + "<p>" + "long enough to be kept " * 3 + "</p>")
    assert len(found) == walk.MANY_BLOCKS + 1


# ------------------------------------------------------------------------------------------------------- the columns


def test_columns_do_not_depend_on_the_order_of_sets() -> None:
    markup = document(f"<article><h1>The harbour is closed</h1>{paragraphs(STORIES['en'])}</article>")
    about = About(titles=["The harbour is closed"], description=STORIES["en"][0], body=" ".join(STORIES["en"]))
    rows, likely = choose.probabilities(walk.read(html.document_fromstring(markup)), about)
    by_name = dict(zip(rows.names, rows.values, strict=True))
    story = slice(7, 11)
    assert by_name["in_jsonld"][story].tolist() == [1, 1, 1, 1]
    assert int(np.argmax(by_name["described"])) == story.start
    assert np.isfinite(rows.values).all()
    assert ((likely >= 0) & (likely <= 1)).all()


def test_wide_characters_count_threefold() -> None:
    assert context.size_of("港 ab") == 6


LINES = st.lists(
    st.text("Aé ß²_7.!?…。؟\"'’”)]»1港«–", min_size=1).map(lambda text: " ".join(text.split()) or "."), min_size=1
)


@given(LINES)
def test_words_are_runs_of_letters(lines: list[str]) -> None:
    told = [re.findall(r"[^\W\d_]{2,}", line.lower()) for line in lines]
    assert lexicon.words(lines) == [word for line in told for word in [*line, lexicon.BORDER]]
    odds = {"aa": -2.0, "éa": 1.0, "ßé": 0.5, "aaa": 1.5}
    found = lexicon.read(lines, lexicon.Table.of(odds))
    assert found.amount.tolist() == [*map(len, told)]
    assert found.scores.tolist() == [[*lexicon.score(odds, {*line[: lexicon.JUDGED]})] for line in told]


@given(LINES)
def test_a_sentence_ends_with_a_stop_before_white_space(lines: list[str]) -> None:
    number, ends = context.sentences(lines)
    stop = r"[.!?…][\"'”’»)\]]*(?=\s|$)|[。！？؟।۔]"
    assert number.tolist() == [len(re.findall(stop, line)) for line in lines]
    assert ends.tolist() == [line.rstrip(context.CLOSING).endswith(context.END) for line in lines]


def test_names_are_parted() -> None:
    assert lexicon.names("article-body__Content js") == {
        "article-body__content", "-article", "-body", "-content", "js", "-js",
    }  # fmt: skip
    assert lexicon.score({"-body": 2.0, "js": -1.0}, ["-body", "js", "x"]) == pytest.approx((-1.0, 2.0, 1 / 3))


# ----------------------------------------------------------------------------------------------------------- the trees


@given(st.data())
@settings(max_examples=50)
def test_trees_answer_as_a_walk_down_each_would(data: st.DataObject) -> None:
    trees, levels, columns = 5, data.draw(st.integers(1, 8)), 4
    numbers = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    model = Trees(
        columns=numbers.integers(0, columns, (trees, levels)).astype(np.int16),
        borders=numbers.random((trees, levels), dtype=np.float32),
        leaves=numbers.random((trees, 2**levels), dtype=np.float32),
        bias=np.array(-1, dtype=np.float32),
    )
    values = numbers.random((columns, 600), dtype=np.float32)
    for i in (0, 599):
        score = -1.0
        for tree in range(trees):
            leaf = 0
            for level in range(levels):
                leaf = 2 * leaf + int(values[model.columns[tree, level], i] > model.borders[tree, level])
            score += float(model.leaves[tree, leaf])
        assert model.probabilities(values)[i] == pytest.approx(1 / (1 + np.exp(-score)), rel=1e-5)


# -------------------------------------------------------------------------------------------------------- whole pages


@pytest.mark.parametrize("language", STORIES)
@pytest.mark.parametrize("container", ["article", "div class=css-1x2y3", "table><tr><td", "main id=content"])
def test_the_story_in_any_language_and_nothing_else(language: str, container: str) -> None:
    tag = container.partition(" ")[0].partition(">")[0]
    story = f"<{container}><h1>The harbour is closed</h1>{paragraphs(STORIES[language])}</{tag}>"
    assert read(document(story)) == STORIES[language]


def test_a_story_built_of_line_breaks() -> None:
    story = "<div id=story>" + "<br><br>".join(STORIES["en"]) + "</div>"
    assert read(document(story)) == STORIES["en"]


def test_headings_lists_and_quotes_belong_to_the_story() -> None:
    inside = (
        f"<p>{STORIES['en'][0]}</p><h2>What happened</h2><p>{STORIES['en'][1]}</p><ul><li>Two ships were held"
        " back in the basin.</li><li>The ferry did not sail to the islands.</li></ul>"
        f"<blockquote><p>{STORIES['en'][2]}</p>"
        f"</blockquote><p>{STORIES['en'][3]}</p>"
    )
    found = read(document(f"<article><h1>The harbour is closed</h1>{inside}</article>"))
    assert found[0] == STORIES["en"][0]
    assert {"What happened", "Two ships were held back in the basin.", STORIES["en"][2]} <= set(found)


def test_captions_comments_and_other_stories_do_not() -> None:
    figure = "<figure><img src=a.jpg><figcaption>The crane in the basin. Photo: J. Doe</figcaption></figure>"
    comment = "I have worked in that port for years and always said that this would happen one day. Nobody listened."
    comments = (
        f"<section class=comments><h3>2 Comments</h3>{f'<div class=comment><p>{comment}</p></div>' * 2}</section>"
    )
    excerpt = "The council of a town nearby voted on Monday to repair the bridge that was damaged in the winter storms."
    card = f"<div class=card><h3><a href=/x>Council votes for the bridge</a></h3><p>{excerpt}</p></div>"
    body = (
        f"<article><h1>The harbour is closed</h1>{figure}{paragraphs(STORIES['en'])}</article>{comments}"
        f"<aside class=related><h2>Related</h2>{card * 3}</aside>"
    )
    found = page.extract(document(body), None, None, {})
    assert found.paragraphs == STORIES["en"]
    kinds = {cut.text: cut.kind for cut in found.cut}
    assert kinds[comment] == "comments"
    assert kinds["Council votes for the bridge"] == "related"
    assert kinds["Weather"] == "nav"
    assert kinds["The crane in the basin. Photo: J. Doe"] == "nav"
    assert {cut.reason for cut in found.cut if cut.text.startswith("The crane")} == {"caption"}
    assert all(cut.reason for cut in found.cut)


SAID = "Two ships collided in the night, and nobody can say yet when the basin will be open to traffic again."
BESIDE = (
    "<div class=byline><a href=/jo>Jo Roe</a></div><div class=timestamp>12 June 2025, 3:15 p.m.</div>"
    "<div class=share><a href=/f>Facebook</a><br><a href=/x>X</a><br><a href=/m>E-mail</a></div>"
)


def with_standfirst(between: str) -> Extraction:
    head = f"<title>The harbour is closed</title><meta name=description content='{SAID}'>"
    top = f"<header><h1>The harbour is closed</h1><p>{SAID}</p></header>"
    body = f"<article>{top}{between}<div class=article-body>{paragraphs(STORIES['en'])}</div></article>"
    promotion = "<aside class=newsletter><p>Sign up for our newsletter.</p></aside>"
    return page.extract(document(body + promotion, head=head), None, None, {})


def test_a_standfirst_that_only_repeats_the_description_is_no_paragraph() -> None:
    found = with_standfirst(BESIDE)
    assert found.paragraphs == STORIES["en"]
    assert [cut.reason for cut in found.cut if cut.text == SAID] == ["standfirst, which the description repeats"]
    assert with_standfirst("").paragraphs == [SAID, *STORIES["en"]]  # the first paragraph of the text itself


def test_what_is_cut_is_promotion_only_where_it_is_a_sentence() -> None:
    kinds = {cut.text: cut.kind for cut in with_standfirst(BESIDE).cut}
    assert kinds["Sign up for our newsletter."] == "promo"
    assert kinds["12 June 2025, 3:15 p.m."] == "nav"


def test_a_post_quoted_between_paragraphs_belongs_to_the_story() -> None:
    post = "<blockquote class=twitter-tweet><p>The ferry is off today. Sorry!</p>— Port (@port)</blockquote>"
    first, *rest = STORIES["en"]
    found = read(document(f"<article><h1>The harbour is closed</h1><p>{first}</p>{post}{paragraphs(rest)}</article>"))
    assert found == [first, "The ferry is off today. Sorry!", "— Port (@port)", *rest]
    assert "— Port (@port)" not in read(
        document(f"<article>{paragraphs(STORIES['en'])}</article><aside>{post}</aside>")
    )


def test_captions_by_their_class() -> None:
    caption = "<div class='photo'><img src=a.jpg><p class='photo-caption'>The crane in the basin on Tuesday.</p></div>"
    assert read(document(f"<article>{caption}{paragraphs(STORIES['en'])}</article>")) == STORIES["en"]


def test_the_title_is_not_repeated() -> None:
    body = f"<article><div class=big>The harbour is closed</div>{paragraphs(STORIES['en'])}</article>"
    assert read(document(body)) == STORIES["en"]


def test_a_second_copy_of_the_story_is_left_out() -> None:
    twice = "".join(f"<div class={name}><div>{paragraphs(STORIES['en'])}</div></div>" for name in ("wide", "narrow"))
    assert read(document(twice)) == STORIES["en"]


def test_a_page_of_one_paragraph() -> None:
    assert read(document(f"<article><h1>The harbour is closed</h1>{paragraphs(STORIES['en'][:1])}</article>")) == [
        STORIES["en"][0]
    ]


def test_a_huge_block_counts_for_no_more_than_a_long_one() -> None:
    found = walk.read(html.document_fromstring(f"<div><p>{'A. ' * 50_000}</p><p>{STORIES['en'][0]}</p></div>"))
    rows, _ = choose.probabilities(found, About())
    assert rows.at.size.tolist() == [context.LONGEST_BLOCK, len(STORIES["en"][0])]


@pytest.mark.parametrize("junk", ["A" * 150_000, "x 0.7 " * 25_000, "港" * 50_000, ".a { margin: 0 } " * 9_000])
def test_a_flood_beside_a_short_story_is_left_out(junk: str) -> None:
    body = f"<p>{junk}</p><article><h1>The harbour is closed</h1>{paragraphs(STORIES['en'])}</article>"
    assert read(document(body)) == STORIES["en"]


def test_a_page_of_nothing_but_a_flood_is_read_all_the_same() -> None:
    thai = "ท่าเรือถูกปิดเมื่อวันอังคารหลังจากเครนตกลงไปในน้ำ " * 600
    assert thai.strip() in "\n".join(read(document(f"<article>{thai}</article>")))


def test_a_text_of_one_line_is_a_story() -> None:
    assert read("<html><body><div>Brief: the mayor resigned.</div></body></html>") == ["Brief: the mayor resigned."]


def test_a_page_without_text_has_no_body() -> None:
    assert read("<html><body><script>x</script><img src=a></body></html>") == []


@given(st.recursive(st.text("ab <&>.", max_size=8), lambda inner: st.lists(inner, max_size=4), max_leaves=30))
@settings(max_examples=60, deadline=None)
def test_any_tree_is_read(tree: object) -> None:
    def markup(item: object) -> str:
        if isinstance(item, str):
            return f"<a href=x>{item}</a>" if item.startswith("a") else item
        assert isinstance(item, list)
        return "<div>" + "<br>".join(markup(x) for x in item) + "</div>"

    found = page.extract(f"<html><body>{markup(tree)}</body></html>", None, None, {})
    json.dumps(found.paragraphs)
