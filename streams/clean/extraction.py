"""What clean finds in a page: the story, the other stories beside it, and every line that was cut, with its reason.

Both the article events and `newsflow explain` are made from this one object.
"""

from collections.abc import Iterable
from typing import Literal, get_args

from msgspec import Struct, field

from streams.events import Access, Image, Moment, Provenance, Removed

CutKind = Literal["hashtags", "comments", "promo", "related", "nav"]
CUT_KINDS: tuple[CutKind, ...] = get_args(CutKind)


class Cut(Struct, frozen=True):
    """A line or block of the page that is no part of the story."""

    kind: CutKind
    text: str
    reason: str


class Story(Struct, kw_only=True):
    """Another story shown on the page."""

    title: str | None
    text: list[str]
    source: str | None
    age_text: str | None
    published_at: Moment | None
    url: str | None = None


class Extraction(Struct, kw_only=True):
    """The page, read."""

    title: str | None = None
    paragraphs: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    published_at: Moment | None = None
    modified_at: Moment | None = None
    canonical_url: str | None = None
    site: str | None = None
    declared_language: str | None = None
    images: list[Image] = field(default_factory=list)
    access: Access = Access(free=None, license=None, tdm_opt_out=None)
    hashtags: list[str] = field(default_factory=list)
    comments_count: int | None = None
    related: list[Story] = field(default_factory=list)
    cut: list[Cut] = field(default_factory=list)
    provenance: dict[str, Provenance] = field(default_factory=dict)

    def drop(self, kind: CutKind, lines: Iterable[str], reason: str) -> None:
        """Note lines as cut."""
        self.cut += [Cut(kind, line, reason) for line in lines if line]

    def found(self, name: str, method: str, confidence: float) -> None:
        """Note where a field comes from."""
        self.provenance[name] = Provenance(method=method, confidence=confidence)

    def removed(self) -> list[Removed]:
        """Sum up what was cut, a row for each kind that occurs."""
        chars: dict[CutKind, int] = {}
        for cut in self.cut:
            chars[cut.kind] = chars.get(cut.kind, 0) + len(cut.text)
        return [Removed(kind=kind, chars=chars[kind]) for kind in CUT_KINDS if kind in chars]
