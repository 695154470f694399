import subprocess
import sys

import pytest

from streams.summarise.extract import extract, headline, read_sentences
from streams.summarise.likelihood import Terms

STORY = [
    "A ferry with 200 people on board ran aground off the coast of Norway on Monday, the coast guard said.",
    "Read more: our newsletter on shipping, sign up here.",
    "All passengers were brought to safety by three rescue boats within two hours. “It was cold,” one of them said.",
    (
        "The coast guard is investigating why the ferry left its route. The ferry's owner, Fjordline, "
        "said that the captain had reported an engine failure before the ferry ran aground."
    ),
    "What happens now? The weather will stay calm. A tug is on its way.",
]


def chosen(paragraphs: list[str], language: str = "en", title: str | None = None) -> list[str]:
    summary = extract(title, paragraphs, language)
    return [sentence.text for sentence in summary.sentences] if summary else []


def test_the_story_is_told_and_nothing_else() -> None:
    sentences = chosen(STORY)
    assert sentences[0] == STORY[0]
    assert 2 <= len(sentences) <= 3
    assert not any("newsletter" in s or s.endswith("?") or len(s.split()) < 6 for s in sentences)
    assert 30 <= sum(len(s.split()) for s in sentences) <= 80


def test_what_is_said_once_is_not_said_again() -> None:
    again = "Off the coast of Norway, a ferry with 200 people on board ran aground on Monday, the coast guard said."
    assert len({STORY[0], again} & set(chosen([STORY[0], again, *STORY[2:]]))) == 1


def test_a_headline_that_the_text_repeats_is_no_summary() -> None:
    assert chosen(["Ferry runs aground", *STORY], title="Ferry runs aground")[0] == STORY[0]


def test_a_text_that_is_one_line_is_its_own_summary() -> None:
    assert chosen(["Ferry runs aground"], title="Ferry runs aground") == ["Ferry runs aground"]
    assert chosen([STORY[0]]) == [STORY[0]]
    assert chosen([""]) == []


def test_chinese_is_summarised_by_its_sentences() -> None:
    text = "中国人民银行周五宣布下调存款准备金率。行长潘功胜表示，仍有下调空间。为什么？经济学家认为此举将支持增长。"
    summary = extract(None, [text], "zh")
    assert summary is not None
    assert summary.sentences[0].text == "中国人民银行周五宣布下调存款准备金率。"
    assert "为什么？" not in summary.text
    assert " " not in summary.text


@pytest.mark.parametrize(
    ("begin", "rest"),
    [
        ("(CNN)", "A ferry ran aground off the coast on Monday, the coast guard said."),
        ("(CNN) -- ", "A ferry ran aground off the coast on Monday, the coast guard said."),
        ("OSLO, March 3 (Reuters) - ", "A ferry ran aground off the coast on Monday, the coast guard said."),
        ("NEW YORK — ", "A ferry ran aground off the coast on Monday, the coast guard said."),
        ("", "The World Health Organization (WHO) — 75 years old — met on Monday to speak of ferries."),
    ],
)
def test_a_dateline_is_no_part_of_the_story(begin: str, rest: str) -> None:
    first = read_sentences(None, [begin + rest], "en")[0].passage
    assert (first.text, first.start) == (rest, len(begin))


def test_a_headline_is_the_title_or_what_a_sentence_says_first() -> None:
    assert headline("Ferry runs  aground", STORY[0]) == "Ferry runs aground"
    long = " ".join(["word"] * 16)
    assert headline(long, "A ferry ran aground on Monday, the coast guard said, as it had feared for years.") == (
        "A ferry ran aground on Monday, the coast guard said"
    )
    assert headline(None, long) == " ".join(["word"] * 15) + " …"
    assert Terms(headline(None, "中国人民银行周五宣布下调存款准备金率" * 5)).words <= 15


def test_a_story_has_points() -> None:
    summary = extract("A title", STORY, "en")
    assert summary is not None
    assert summary.bullets == [sentence.text for sentence in summary.sentences]


def test_every_process_chooses_alike() -> None:
    code = f"from streams.summarise.extract import extract; print(extract(None, {STORY!r} * 9, 'en'))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, text=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
