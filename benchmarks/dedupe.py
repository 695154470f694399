"""What dedupe takes and finds, beside datasketch and rensa on the same documents: `python -m benchmarks.dedupe [ROWS]`.

- CPU of the stage an article of some 500 words, decoding and encoding of events aside: fingerprint, candidates,
  verdict, evidence, the state row and its way into the state. Interleaved rounds; the peers' figure is shingling,
  MinHash (128 permutations of 5-word shingles) and LSH at 0.5, with no verdict on what they find.
- Pairwise F1 of the groups, where NEWSFLOW_DATA holds the labelled set.
- Memory and time of a restore of ROWS rows (200,000): from records of the topic as they come from the consumer, and
  from disk.

The last line of the output is one JSON object.
"""

import gzip
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import count, islice, pairwise
from pathlib import Path

import datasketch
import msgspec
import rensa

from benchmarks.stages import article as raw_article
from streams.clean.stage import clean
from streams.dedupe.rows import encode
from streams.dedupe.stage import dedupe
from streams.dedupe.state import Arrival, State, View
from streams.events import Article, Duplicate, RawPage, UniqueArticle
from streams.identity import folded, short_hash

ROUNDS = 3
ARTICLES = 1000
PERMUTATIONS = 128
ALIKE = 0.5  # the peers' threshold: their best on the labelled set
PORTION = 1000  # rows in memory at once
Documents = Sequence[Article]


def made(count: int) -> list[Article]:
    """Make articles of 500 words; every fifth is an edited copy of one before it."""
    made = []
    for number in range(count):
        page = msgspec.json.decode(raw_article(number - number % 5 if number % 5 == 1 else number), type=RawPage)
        body = (page.body or "").replace(" a", " an", number % 5)
        [article] = clean(RawPage(url=f"https://bench.example/{number}", body=body, content_type="text/plain"))
        made.append(article)
    return made


def newsflow(articles: Documents) -> list[int]:
    """Group by the stage."""
    state = State(window_ms=2**40, max_entries=10**6)
    place = {article.article_id: number for number, article in enumerate(articles)}
    groups = []
    for number, article in enumerate(articles):
        view = View(state)
        outcome, rows = dedupe(article, view, Arrival(f"bench/0/{number}/0", 0, ""))
        for change in view.put(rows):
            state.apply(change)
        groups.append(_first(outcome, place))
    return groups


def _first(outcome: UniqueArticle | Duplicate, place: dict[str, int]) -> int:
    return place.get(outcome.story_id, -1)


def _shingles(article: Article) -> list[str]:
    words = folded(" ".join(article.paragraphs)).split()
    return [" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))]


def by_datasketch(articles: Documents) -> list[int]:
    """Group by datasketch's MinHash and LSH, each article with the first that it meets."""
    index = datasketch.MinHashLSH(threshold=ALIKE, num_perm=PERMUTATIONS)
    groups = []
    for number, article in enumerate(articles):
        sketch = datasketch.MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([shingle.encode() for shingle in _shingles(article)])
        found = index.query(sketch)
        groups.append(groups[min(found)] if found else number)
        index.insert(number, sketch)
    return groups


def by_rensa(articles: Documents) -> list[int]:
    """Group by rensa's, in the same way."""
    index = rensa.RMinHashLSH(threshold=ALIKE, num_perm=PERMUTATIONS, num_bands=32)
    sketches: list[rensa.RMinHash] = []
    groups = []
    for number, article in enumerate(articles):
        sketch = rensa.RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(_shingles(article))
        found = [other for other in index.query(sketch) if sketch.jaccard(sketches[other]) >= ALIKE]
        groups.append(groups[min(found)] if found else number)
        index.insert(number, sketch)
        sketches.append(sketch)
    return groups


WAYS: dict[str, Callable[[Documents], list[int]]] = {
    "newsflow": newsflow,
    "datasketch": by_datasketch,
    "rensa": by_rensa,
}


def speed() -> dict[str, float]:
    """CPU in µs an article: medians of interleaved rounds."""
    articles = made(ARTICLES)
    taken: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name, way in WAYS.items():
            begin = time.process_time()
            way(articles)
            taken[name].append((time.process_time() - begin) / len(articles) * 1e6)
    return {f"{name}_us": round(statistics.median(each), 1) for name, each in taken.items()}


def quality(folder: Path) -> dict[str, float]:
    """Pairwise F1 of the groups."""
    with gzip.open(folder / "gold.jsonl.gz", "rt") as lines:
        cluster = {line["url"]: line["cluster"] for line in map(json.loads, lines)}
    with gzip.open(folder / "raw.jsonl.gz", "rb") as pages:
        articles = [clean(msgspec.json.decode(page, type=RawPage))[0] for page in pages]  # type: ignore[index]
    want = [cluster[article.url] for article in articles]
    scores = {}
    for name, way in WAYS.items():
        got = way(articles)
        hit, true, found = (_pairs(each) for each in (list(zip(got, want, strict=True)), want, got))
        scores[f"{name}_f1"] = round(2 * hit / (true + found), 4)
        scores[f"{name}_precision"] = round(hit / found, 4)
    return scores


def _pairs(groups: Sequence[object]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def restore(total: int) -> dict[str, float]:
    """Load rows as they come from the topic, and from disk again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.sqlite"
        endless = rows()
        state = State(window_ms=2**40, max_entries=total, path=path)
        portion = list(islice(endless, PORTION))  # what making rows takes is no part of it
        before, loaded, size = _resident(), 0.0, 0
        for _ in range(0, total, PORTION):
            portion = list(islice(endless, PORTION))
            begin = time.process_time()
            for name, value in portion:
                state.load(name, value)
            loaded += time.process_time() - begin
            size += sum(len(value) for _, value in portion)
            state.keep(total, 1)
        resident = _resident() - before
        state.close()
        begin = time.process_time()
        state = State(window_ms=2**40, max_entries=total, path=path)
        for _ in state.revive():
            pass
        revived = time.process_time() - begin
        assert len(state) == total
        index = state.memory
        state.close()
    return {
        "rows": total,
        "row_bytes": round(size / total),
        "index_bytes_a_row": round(index / total, 1),
        "resident_bytes_a_row": round(resident / total, 1),
        "load_seconds": round(loaded, 2),
        "revive_seconds": round(revived, 2),
    }


def rows() -> Iterator[tuple[str, bytes]]:
    """Rows of real size, without end: those of a hundred articles under other names and keys."""
    state = State(window_ms=2**40, max_entries=1000)
    known = [
        row
        for number, article in enumerate(made(100))
        for row in dedupe(article, View(state), Arrival(f"news.article.raw.v1/0/{number}/0", 0, "0.1.0+00000000"))[1]
    ]
    for number in count():
        row, name = known[number % len(known)], short_hash(str(number))
        keys = blake2b(name.encode(), digest_size=len(row.keys)).digest()
        yield name, encode(msgspec.structs.replace(row, article_id=name, keys=keys))


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Measure, and print."""
    found: dict[str, float] = restore(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
    found |= speed()
    folder = Path(os.environ.get("NEWSFLOW_DATA", "")) / "duplicates"
    if folder.is_dir():
        found |= quality(folder)
    for name, value in found.items():
        print(f"{name:>28}  {value:,}")
    for one, other in pairwise(("newsflow_us", "rensa_us")):
        print(f"CPU of {one[:-3]} is {found[one] / found[other]:.2f} times that of {other[:-3]}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
