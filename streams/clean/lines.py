"""Plain text without an aggregator's layout: a story alone, or a web page flattened to lines."""

from streams.clean import markers
from streams.clean.blocks import Line
from streams.clean.extraction import Extraction

LONGEST_TITLE = 200  # characters
SENTENCE_END = tuple(".!?…。！？؟।\"'”’»)")


def extract(lines: list[Line]) -> Extraction:
    """Read the story out of lines; a text of one line has no title."""
    found = Extraction()
    texts = [line.text for line in lines]
    if len(texts) == 1:
        found.paragraphs = texts
        return found
    first = texts[0]
    if (
        len(first) <= LONGEST_TITLE
        and not first.endswith((".", "。", ":", ",", ";"))
        and len(texts[1]) > len(first) / 2
    ):
        found.title = first
        found.found("title", "first line", 0.7)
        texts = texts[1:]
    for text in texts:
        if markers.is_a(text, "ads"):
            found.drop("promo", [text], "advertisement")
        else:
            found.paragraphs.append(text)
    return found
