"""Clean: any page in, the article out, and nothing else.

    bytes ─ decoding ─► text ─┬─ HTML ── page.py ────► extraction ─ assemble ─► article, and one for each related story
                              └─ plain text ─ plain/layout.py, plain/lines.py ─► (the same)

Input: a raw page (streams.events.RawPage). Output: the page's own article, then the related stories that the page
shows, in its order, each an article of its own with `part_of`; or a take-down for a page that is gone.

What is refused: `too_large` (bytes above the limit once unpacked), `charset`, `not_article` (binary data, JSON, an
error page), and `no_text`. The rule for `no_text`: a page in an aggregator's layout that has a title but no body is an
article without paragraphs (a video's brief: `missing` will say so); a page with no line of a story, or those of a wall
alone (walls.py), has no text. A text of one line is an article without a title. Nothing is refused for being short. Of
plain text the first 50,000 lines are looked at (plain/layout.py); `removed` counts what is behind them.

Method: structure before words (plain/layout.py), and a line model where there is none (plain/lines.py);
boosted trees over the blocks of an HTML page for its body (body/choose.py); title, authors and day by a fitted choice
among candidates (fields/__init__.py).
"""

import re
from datetime import datetime

import orjson
from msgspec import Struct

from streams import identity
from streams.clean import assemble, page, times, walls
from streams.clean.decoding import Decoded, decode
from streams.clean.extraction import Extraction
from streams.clean.language import detect
from streams.clean.plain import layout, lines
from streams.errors import ErrorCode, Refused
from streams.events import Article, RawPage
from streams.outcomes import PartRefused, TakeDown

MAX_BODY_BYTES = 16 * 2**20
LONGEST_JSON = 1 << 20  # characters parsed to tell JSON from text that begins with a brace
_LETTER = re.compile(r"[^\W\d_]")


class Explanation(Struct, frozen=True):
    """Everything that clean did to one page."""

    outcomes: list[Article | PartRefused]
    extraction: Extraction
    decoded: Decoded


def clean(raw: RawPage, *, max_body_bytes: int = MAX_BODY_BYTES) -> list[Article | PartRefused] | TakeDown:
    """Make the articles of a page.

    Args:
        raw: the page as its crawler wrote it.
        max_body_bytes: bytes of the body, unpacked, above which it is refused.

    Raises:
        Refused: the page holds no article; see the module's text for the codes.
    """
    if raw.gone:
        reason = f"http_{int(raw.http_status)}" if raw.http_status in {404, 410, 451} else "takedown"
        return TakeDown(article_id=identity.article_id(raw.url, None, None, ()), reason=reason)
    return explain(raw, max_body_bytes=max_body_bytes).outcomes


def explain(raw: RawPage, *, max_body_bytes: int = MAX_BODY_BYTES) -> Explanation:
    """Do what `clean` does, and keep what was cut and why."""
    decoded = decode(raw, max_body_bytes)
    base = times.fetched(raw.fetched_at)
    found = _extract(raw, decoded.text, base)
    times.weigh(found, base)
    if not found.paragraphs and not (found.title and "aggregator" in found.provenance):
        raise Refused(ErrorCode.NO_TEXT, "the page holds no text of a story")
    walls.refuse(found)
    return Explanation(assemble.articles(raw, found), found, decoded)


def _extract(raw: RawPage, text: str, base: datetime | None) -> Extraction:
    if page.is_html(text, raw.content_type):
        headers = {str(k).lower(): str(v) for k, v in (raw.headers or {}).items()}
        return page.extract(text, raw.url, base, headers)
    if _is_json(text):
        raise Refused(ErrorCode.NOT_ARTICLE, "the page is JSON")
    text, rest = layout.bounded(text)
    found_lines = layout.read_lines(text)
    if not any(_LETTER.search(line.text) for line in found_lines):
        raise Refused(ErrorCode.NO_TEXT, "the page holds no letter")
    found = layout.extract(found_lines, base) or lines.extract(found_lines, base)
    found.drop("nav", [rest], "more lines than are looked at")
    return found


def _is_json(text: str) -> bool:
    start = text[:100].lstrip("\ufeff \t\r\n")
    if not start.startswith(("{", "[")) or len(text) > LONGEST_JSON:
        return False
    try:
        return isinstance(orjson.loads(text.strip("\ufeff \t\r\n").encode("utf-8", "replace")), dict | list)
    except ValueError:
        return False


def warm() -> None:
    """Load every table and run one page of each kind, so that the first real page pays nothing for it."""
    story = "The minister said on Tuesday that the talks in Geneva would go on next week. " * 4
    web = f"<html><head><title>Talks go on</title></head><body><article><h1>Talks go on</h1><p>{story}</article></html>"
    tail = (
        "Hashtags\n#G7\nComments\nNo comments yet...\nRelated Articles\n\nReuters\n2 hours ago\n- Reuters\nTalks go on"
    )
    menu = "Home\nWorld\nSport\n" * 20
    for body in (web, f"Talks go on\n{story}\n{tail}\n{story}", f"{menu}\n{story}\n{menu}"):
        clean(RawPage(url="https://example.org/", body=body, fetched_at="2025-06-12T09:00:00Z"))
    detect(None, ["Geneva Lausanne Basel Lugano"])  # no function words: the identifier loads its model, half a second
