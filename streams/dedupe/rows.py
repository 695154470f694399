"""What dedupe remembers of an article: a row, as it is written to the state topic and to disk."""

import zlib
from typing import Literal

import msgspec
from msgspec import Struct

from streams.dedupe.fingerprint import Fingerprint, unpacked
from streams.dedupe.store import FORMAT
from streams.events import Article

# Visits of one article that are told apart; an older one that comes back counts as a re-fetch. A news page that is
# fetched every half hour stands for 8 hours.
HISTORY = 16
TEXTS = 3  # of an article by which exact copies find it: the latest ones


class Verdict(Struct, array_like=True, frozen=True, kw_only=True, gc=False):
    """What was decided on one visit of an article, and everything that its event says of it."""

    kind: Literal["unique", "revision", "exact", "near", "contained", "revision_unchanged"]
    revision: int
    story_id: str
    supersedes: list[str]
    text_key: str
    text_sha256: str
    claims: bool = False  # copies of this text are from now on judged against this article
    similarity: float = 1.0
    passages: list[tuple[int, int, int]] = []  # paragraph, start, end
    nearest: list[tuple[str, float]] = []
    duplicate_of: str = ""  # where it is not the story's first article
    position: str = ""
    version: str = ""

    @property
    def passed(self) -> bool:
        """Whether the article went on to the next stage."""
        return self.kind in {"unique", "revision"}


class Row(Struct, array_like=True, frozen=True, kw_only=True, gc=False):
    """An article: its last visits and verdicts, the last one last, and how good a copy it is.

    `fingerprint` is of the text that other articles are compared with; none where another row's will do.
    """

    article_id: str
    first_at: int
    seen_at: int
    original: bool  # the publisher's own page, rather than a part of another page or an aggregator's copy
    source: int
    title_key: str
    verdicts: list[Verdict]
    keys: bytes = b""
    fingerprint: Fingerprint | None = None

    @property
    def last(self) -> Verdict:
        """The verdict on the last visit."""
        return self.verdicts[-1]

    @property
    def passed(self) -> bool:
        """Whether the article ever went on to the next stage."""
        return any(verdict.passed for verdict in self.verdicts)

    def verdict_at(self, position: str) -> Verdict | None:
        """Find what was decided when this very record was read before."""
        return next((verdict for verdict in self.verdicts if verdict.position == position), None)

    def claims(self, text_key: str) -> bool:
        """Whether copies of this text are judged against this article."""
        return any(verdict.claims and verdict.text_key == text_key for verdict in self.verdicts)

    @property
    def hashes(self) -> list[int]:
        """By which it is found: its name, its title, its last texts, its keys."""
        texts = dict.fromkeys(verdict.text_key for verdict in reversed(self.verdicts) if verdict.claims)
        title = [self.title_key] if self.title_key and self.passed else []
        named = [self.article_id, *title, *list(texts)[:TEXTS]]
        return [*map(name_hash, named), *unpacked(self.keys, 4)]


def name_hash(name: str) -> int:
    """Hash a name to 32 bits. Who looks one up compares the whole of it."""
    return zlib.crc32(name.encode())


def is_original(article: Article) -> bool:
    """Whether this copy is the publisher's own: it wins over an equal one from an aggregator or out of a page."""
    return article.part_of is None and article.source.kind != "aggregator"


def recent(verdicts: list[Verdict], added: Verdict) -> list[Verdict]:
    """Add a verdict to an article's history, in place of an earlier one on the same record."""
    if any(verdict.position == added.position for verdict in verdicts):
        return [added if verdict.position == added.position else verdict for verdict in verdicts]
    return [*verdicts[-HISTORY + 1 :], added]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Row).decode
_PREFIX = bytes([FORMAT])


def encode(row: Row) -> bytes:
    """Write a row: its format in the first byte, MessagePack."""
    return _PREFIX + _encode(row)


def decode(value: bytes) -> Row:
    """Read a row of this format."""
    return _decode(memoryview(value)[1:])


def readable(value: bytes) -> bool:
    """Whether a row is of this format; one that is not is as good as forgotten."""
    return value[:1] == _PREFIX
