"""What the body extractor's weights are fitted on: labels from a gold text, and pages made out of pages."""

from random import Random

import pytest
from lxml import html

from streams.clean.body import walk
from streams.clean.body.features import About
from streams.clean.body.fitting import augment, gold
from streams.clean.body.fitting.augment import Pool, Sample

STORY = [f"Sentence number {i} of the story says something that no other sentence on the page says." for i in range(9)]
POOL = Pool(
    [f"A reader or another story says thing number {i} here." for i in range(9)], ["Quite another story's title"]
)


def sample() -> Sample:
    markup = (
        f"<div><nav><a href=/>Home</a></nav><article><h1>Title</h1>{''.join(f'<p>{s}</p>' for s in STORY)}</article>"
    )
    page = walk.read(html.document_fromstring(markup + "<footer><p>About us</p></footer></div>"))
    return Sample(page, gold.labels([b.text for b in page.blocks], "\n".join(STORY)), About(body=" ".join(STORY)))


def test_blocks_of_the_gold_are_labelled() -> None:
    assert sample().labels == [0, 0, *[1] * len(STORY), 0]


def test_of_two_copies_the_one_within_the_story_is_gold() -> None:
    teaser = "A line that stands twice on the page."
    blocks = [teaser, *["Many words of a menu here"] * 2, *STORY[:2], teaser, *STORY[2:4]]
    assert gold.labels(blocks, "\n".join([*STORY[:2], teaser, *STORY[2:4]])) == [0, 0, 0, 1, 1, 1, 1, 1]


def test_a_fragment_is_gold_where_its_neighbours_are() -> None:
    blocks = [STORY[0], "number 1", STORY[1], "Menu", "number 1"]
    assert gold.labels([*blocks, "x" * 9, *["Many words of a menu here"] * 3], "\n".join(STORY[:2]))[:5] == [
        1,
        1,
        1,
        0,
        0,
    ]


def test_a_block_without_words_has_no_label() -> None:
    assert gold.labels(["***"], "text") == [gold.UNKNOWN]


def test_the_metric_counts_runs_of_four_words() -> None:
    assert gold.f1([("a b c d e", "a b c d e")]) == (1, 1, 1)
    score, precision, recall = gold.f1([("a b c d e", "a b c d e f"), ("a b c d e", "x")])
    assert (precision, recall) == pytest.approx((1 / 3, 0.5))
    assert score == pytest.approx(0.4)


def test_a_page_that_is_parted_and_put_together_is_the_same() -> None:
    one = sample()
    assert augment._page(augment._events(one)) == (one.page, one.labels)


@pytest.mark.parametrize("seed", range(20))
def test_a_variant_is_a_page_with_labels(seed: int) -> None:
    one = sample()
    made = augment.variant(one, Random(seed), POOL)
    page = made.page
    assert len(page.blocks) == len(made.labels)
    assert 0 < sum(made.labels) <= sum(one.labels)
    for number, block in enumerate(page.blocks):
        node = block.node
        while node:
            assert page.nodes[node].first <= number < page.nodes[node].end
            node = page.nodes[node].parent
    assert made == augment.variant(one, Random(seed), POOL)


def test_a_translated_page_keeps_its_shape() -> None:
    one = sample()
    for chinese in (True, False):
        made = augment.translated(one, chinese=chinese)
        assert made.labels == one.labels
        assert not any(block.text.isascii() for block in made.page.blocks)
        assert made.page.blocks[0].linked == len(made.page.blocks[0].text)


def test_renamed_elements_keep_their_kinds() -> None:
    markup = "<div class='card big'><p class=card>a</p><p class=text>b</p></div>"
    one = Sample(walk.read(html.document_fromstring(markup)), [0, 1], About())
    names = [node.signature for node in augment.renamed(one, "salt").page.nodes]
    assert names[-3].split()[0] == names[-2]
    assert names[-1] not in {"text", names[-2]}
