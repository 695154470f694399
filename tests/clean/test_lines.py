"""Plain text without an aggregator's layout."""

from streams.clean import language, layout, lines, sanitise
from streams.clean.extraction import Extraction

PROSE = "The minister said on Tuesday that the talks in Geneva would go on next week, despite many objections."


def extract(text: str) -> Extraction:
    return lines.extract(layout.read_lines(text))


def test_a_first_line_without_full_stop_is_the_title() -> None:
    found = extract(f"Talks go on\n{PROSE}\nAdvertisement\n{PROSE}")
    assert (found.title, found.paragraphs) == ("Talks go on", [PROSE, PROSE])


def test_prose_from_the_first_line_has_no_title() -> None:
    found = extract(f"{PROSE}\n{PROSE}")
    assert (found.title, found.paragraphs) == (None, [PROSE, PROSE])


def test_a_flattened_page_loses_its_menus() -> None:
    menu = "\n".join(["Home", "World", "Sport", "Sign in", "Newsletters", "Contact us"] * 4)
    found = extract(f"{menu}\n{PROSE}\n{PROSE}\n{menu}")
    assert found.paragraphs == [PROSE, PROSE]
    assert {cut.kind for cut in found.cut} == {"nav"}


def test_a_table_of_results_is_kept() -> None:
    text = "ACME 3RD QTR NET\nShr 52 cts vs 97 cts\nNet 17,192,713 vs 9,799,262\nRevs 683.6 mln vs 566.2 mln\n" + PROSE
    assert len(extract(text).paragraphs) >= 4


def test_sanitise() -> None:
    assert sanitise.line("a\x00b \u202e c\u00a0\u200b d") == "ab c d"
    assert sanitise.line("naÃ¯ve cafÃ© â€“ rÃ©sumÃ©") == "naïve café – résumé"
    assert sanitise.line("Z" + "\u0301" * 50) == "Z" + "\u0301" * 4
    assert sanitise.line("نمی‌خواهم") == "نمی‌خواهم"


def test_language() -> None:
    assert language.detect("Talks go on", [PROSE])[0] == "en"
    assert language.detect(None, ["政府は金曜日、新しい予算案を承認した。"])[0] == "ja"
    assert language.detect(None, ["Ok."]) == ("und", 0.0)
