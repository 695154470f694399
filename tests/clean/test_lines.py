"""Plain text without an aggregator's layout."""

from hypothesis import given
from hypothesis import strategies as st

from streams.clean import language, sanitise
from streams.clean.extraction import Extraction
from streams.clean.plain import layout, lines, markers
from streams.clean.tables import load

PROSE = "The minister said on Tuesday that the talks in Geneva would go on next week, despite many objections."


def extract(text: str) -> Extraction:
    return lines.extract(layout.read_lines(text), None)


def test_a_first_line_without_full_stop_is_the_title() -> None:
    found = extract(f"Talks go on\n{PROSE}\nAdvertisement\n{PROSE}")
    assert (found.title, found.paragraphs) == ("Talks go on", [PROSE, PROSE])


def test_prose_from_the_first_line_has_no_title() -> None:
    found = extract(f"{PROSE}\n{PROSE}")
    assert (found.title, found.paragraphs) == (None, [PROSE, PROSE])


def test_a_table_of_results_is_kept() -> None:
    text = "ACME 3RD QTR NET\nShr 52 cts vs 97 cts\nNet 17,192,713 vs 9,799,262\nRevs 683.6 mln vs 566.2 mln\n" + PROSE
    assert len(extract(text).paragraphs) >= 4


def test_sanitise() -> None:
    assert sanitise.line("a\x00b \u202e c\u00a0\u200b d") == "ab c d"
    assert sanitise.line("naÃ¯ve cafÃ© â€“ rÃ©sumÃ©") == "naïve café – résumé"
    assert sanitise.line("Z" + "\u0301" * 50) == "Z" + "\u0301" * 4
    assert sanitise.line("نمی‌خواهم") == "نمی‌خواهم"


def test_what_is_printable_is_safe() -> None:
    assert not [c for c in map(chr, range(0x110000)) if c.isprintable() and sanitise._UNSAFE.match(c)]


def test_language() -> None:
    assert language.detect("Talks go on", [PROSE])[0] == "en"
    assert language.detect(None, ["政府は金曜日、新しい予算案を承認した。"])[0] == "ja"
    assert language.detect(None, ["Ok."]) == ("und", 0.0)


def test_function_words_tell_the_language_where_they_are_clear() -> None:
    assert language.detect(None, [PROSE]) == ("en", language.WORDS_CONFIDENCE)
    assert language.detect("Talks go on", ["They said the harbour stays."], "en") == ("en", language.WORDS_CONFIDENCE)
    mixed = "The minister and the president have said that les ministres des finances ont été dans une salle avec elle."
    assert language.detect(None, [mixed])[1] != language.WORDS_CONFIDENCE


def test_no_function_word_stands_for_two_languages() -> None:
    words = [word for code, row in load("function_words").items() if code != "about" for word in row]
    assert len(words) == len(set(words))


@given(
    st.text()
    | st.text(alphabet="ab \t\r\n.é\u00a0\u0301\u0489\u20dd\u200f\u202e\u2028Ã©â€™日\ud800\x1c\x7f", max_size=40)
)
def test_text_is_cleaned_the_same_in_lines_and_as_a_line(text: str) -> None:
    assert list(sanitise.lines(text)) == [sanitise.line(line) for line in text.splitlines()]


@given(st.text() | st.text(alphabet="aB1_ (:).é\u00a0ſİ日", max_size=20))
def test_a_marker_is_known_by_its_letters(line: str) -> None:
    letters = "".join(c if c.isalnum() and not c.isdecimal() else " " for c in line.casefold())
    assert markers.fold(line) == " ".join(letters.split())


def test_a_page_of_millions_of_lines_is_read_up_to_a_limit() -> None:
    text = "a\r\n" * (layout.MOST_LINES - 1) + "last\u2028" + "b\n" * 1_000_000
    head, rest = layout.bounded(text)
    assert head.endswith("\nlast")
    assert (len(head.splitlines()), len(rest)) == (layout.MOST_LINES, 2_000_000)
    assert layout.bounded(text[:1000]) == (text[:1000], "")
    assert layout.bounded("a" * 100_000) == ("a" * 100_000, "")
