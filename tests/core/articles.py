"""Articles that tests make up, and a partition's judge that commits when told to."""

from collections.abc import Iterable, Sequence

from streams import identity
from streams.dedupe.stage import dedupe
from streams.dedupe.state import Arrival, Row, State, View
from streams.events import Access, Article, Duplicate, Source, UniqueArticle

PIER = "The harbour council voted on Tuesday to rebuild the northern pier before the winter storms reach the old quay."
TEXTS = [
    [f"{PIER} {rest}"]
    for rest in ("Work begins in May.", "Work begins in June.", "Fishermen fear for the herring.", "Nobody was hurt.")
]
FOREVER = 10**15


def article(
    name: str, paragraphs: Sequence[str], *, title: str | None = "A pier", kind: str = "publisher", part_of: str = ""
) -> Article:
    """An article at a URL of that name."""
    url = f"https://harbour.example/{name}"
    return Article(
        article_id=identity.article_id(url, None, None, ()),
        url=url,
        canonical_url=url,
        source=Source(name="Harbour Post", domain="harbour.example", kind=kind),  # type: ignore[arg-type]
        title=title,
        authors=[],
        published_at=None,
        modified_at=None,
        language="en",
        language_confidence=1.0,
        paragraphs=list(paragraphs),
        text_sha256=identity.text_sha256(title, paragraphs),
        word_count=sum(len(paragraph.split()) for paragraph in paragraphs),
        images=[],
        access=Access(free=None, license=None, tdm_opt_out=None),
        page_hashtags=[],
        comments_count=None,
        related=[],
        removed=[],
        provenance={},
        part_of=part_of or None,
    )


class Judge:
    """A partition's state and what was written to its topic; one batch at a time, as the stream runs them."""

    def __init__(self, *, window_ms: int = FOREVER, max_entries: int = 1000) -> None:
        self.bounds = {"window_ms": window_ms, "max_entries": max_entries}
        self.state = State(**self.bounds)
        self.log: list[tuple[str, bytes | None]] = []
        self.arrived = 0
        self._begin()

    def _begin(self) -> None:
        self.view = View(self.state)
        self._written: list[tuple[str, bytes | None]] = []

    def visit(self, page: Article, *, position: str = "", at: int = 0, version: str = "1") -> UniqueArticle | Duplicate:
        """Judge an article in the batch that is open."""
        self.arrived += 1
        outcome, rows = dedupe(page, self.view, Arrival(position or f"raw/0/{self.arrived}/0", at, version))
        self._written += self.view.put(rows)
        return outcome

    def take_down(self, page: Article) -> None:
        """Forget an article, as `Work` does at a tombstone."""
        self.view.forget(page.article_id)
        self._written.append((page.article_id, None))

    def commit(self) -> None:
        """End the batch: its rows are in the topic and in the state."""
        for article_id, value in self._written:
            self.state.load(article_id, value)
        self.log += self._written
        self._begin()

    def abort(self) -> None:
        """Drop the batch: its rows are nowhere."""
        self._begin()

    def restore(self, log: Iterable[tuple[str, bytes | None]] | None = None) -> None:
        """Take the partition over: a state anew from the topic."""
        self.state = State(**self.bounds)
        for article_id, value in self.log if log is None else log:
            self.state.load(article_id, value)
        self._begin()

    def compacted(self) -> list[tuple[str, bytes | None]]:
        """The topic as compaction leaves it: each article's last row, where it was written."""
        last = {article_id: number for number, (article_id, _) in enumerate(self.log)}
        return [self.log[number] for number in sorted(last.values())]

    def rows(self) -> dict[str, Row | None]:
        """What the state holds of every article that the topic ever named."""
        return {article_id: self.state.row(article_id) for article_id, _ in self.log}
