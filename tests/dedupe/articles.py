"""Articles that tests make up, and a partition's judge that commits when told to."""

from collections.abc import Iterable, Sequence

from streams import identity
from streams.dedupe.rows import Row
from streams.dedupe.stage import dedupe
from streams.dedupe.state import Arrival, Change, State, View
from streams.events import Access, Article, Duplicate, Source, UniqueArticle

PIER = "The harbour council voted on Tuesday to rebuild the northern pier before the winter storms reach the old quay."
TEXTS = [
    [f"{PIER} Work begins in May."],
    ["Fishermen on the southern coast fear for the herring after a warm spring drove the shoals out to sea again."],
    ["A ferry with ninety passengers ran aground off the lighthouse in thick fog, but nobody was hurt, she said."],
    ["The museum opens its new wing on Saturday with paintings thought lost since the fire of 1911 in the town."],
]
# The same news in other words than TEXTS: whole, cut, edited, with more to it.
_COUNCIL = [
    "The council of the harbour town approved the budget for next year after a debate of six hours on Monday night.",
    "It sets aside 4.2 million for schools, 1.7 million for roads and nothing for the theatre, said Mayor Ida Holm.",
    "Opposition members left the hall before the vote, as they had done in 2019 and again in the spring of 2022.",
]
VARIANTS = [
    _COUNCIL,
    _COUNCIL[:2],
    [text.replace("Monday", "Monday late").replace("4.2", "4.3") for text in _COUNCIL],
    [*_COUNCIL, *(paragraph for text in TEXTS[1:] for paragraph in text)],
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
        self._bounds = window_ms, max_entries
        self.state = self._state()
        self.log: list[tuple[str, bytes | None]] = []
        self.arrived = 0
        self._begin()

    def _state(self) -> State:
        window_ms, max_entries = self._bounds
        return State(window_ms=window_ms, max_entries=max_entries)

    def _begin(self) -> None:
        self.view = View(self.state)
        self._written: list[Change] = []

    def visit(self, page: Article, *, position: str = "", at: int = 0, version: str = "1") -> UniqueArticle | Duplicate:
        """Judge an article in the batch that is open."""
        self.arrived += 1
        outcome, rows = dedupe(page, self.view, Arrival(position or f"raw/0/{self.arrived}/0", at, version))
        self._written += self.view.put(rows)
        return outcome

    def take_down(self, page: Article) -> None:
        """Forget an article, as `Work` does at a tombstone."""
        self._written.append(self.view.forget(page.article_id))

    def commit(self) -> None:
        """End the batch: its rows are in the topic and in the state."""
        for change in self._written:
            self.state.apply(change)
            self.log.append((change.article_id, change.value))
        self._begin()

    def abort(self) -> None:
        """Drop the batch: its rows are nowhere."""
        self._begin()

    def restore(self, log: Iterable[tuple[str, bytes | None]] | None = None) -> None:
        """Take the partition over: a state anew from the topic."""
        self.state = self._state()
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
