"""What tagging costs: CPU per article, topics a second, and keywords against YAKE on the same articles.

Reads the set `keywords` of NEWSFLOW_DATA: English news. `make bench-tag` installs YAKE (LGPL) aside, in `.venv/peers`,
as a peer to measure against; newsflow neither ships nor imports it. Rounds are interleaved, figures are CPU of one
process, medians. The last line of the output is one JSON object.
"""

import gzip
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from streams.clean.stage import clean
from streams.dedupe.stage import dedupe
from streams.dedupe.state import Arrival, State, View
from streams.events import Article, RawPage, UniqueArticle
from streams.memory import spare_garbage_collector
from streams.tag.keywords import keywords
from streams.tag.stage import tag
from streams.tag.tokens import read
from streams.tag.topics import topics

DATA = Path(os.environ.get("NEWSFLOW_DATA", "../shared/data")) / "keywords" / "raw.jsonl.gz"
PEERS = Path(sys.prefix) / "peers"
ROUNDS = 5
ARTICLES = 100
PEER_ARTICLES = 10  # YAKE takes some 100 ms each
WORDS = range(300, 900)  # of an article: 500 in the mean


def articles() -> list[UniqueArticle]:
    """Read articles as tag gets them."""
    found: list[UniqueArticle] = []
    view = View(State(window_ms=2**40, max_entries=10**6))
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            page = json.loads(line)
            for made in clean(RawPage(url=page["url"], body=page["body"]), max_body_bytes=2**24):
                if isinstance(made, Article) and made.word_count in WORDS and made.language == "en":
                    judged, _ = dedupe(made, view, Arrival(str(number), 0, "1"))
                    found += [judged] if isinstance(judged, UniqueArticle) else []
    return found[:ARTICLES]


def milliseconds(work: Callable[[UniqueArticle], object], on: list[UniqueArticle]) -> float:
    """CPU of a function, in ms an article."""
    begin = time.process_time()
    for article in on:
        work(article)
    return (time.process_time() - begin) / len(on) * 1e3


def peer() -> Callable[[UniqueArticle], object] | None:
    """Make YAKE's extractor, as its guide sets it up."""
    sys.path.append(str(PEERS))
    try:
        import yake  # noqa: PLC0415 - installed for the benchmark only
    except ImportError:
        print("YAKE is not installed: make bench-tag does it")
        return None
    extractor = yake.KeywordExtractor(lan="en", n=3, top=10)
    return lambda article: extractor.extract_keywords("\n".join([article.title or "", *article.paragraphs]))


def main() -> None:
    """Measure, and print a line a figure."""
    read_in = articles()
    words = statistics.mean(article.word_count for article in read_in)
    measured: dict[str, Callable[[UniqueArticle], object]] = {
        "tag": tag,
        "keywords": lambda a: keywords(read(a.title, a.paragraphs, a.language)),
        "topics": lambda a: topics(read(a.title, a.paragraphs, a.language)),
    }
    yake = peer()
    if yake:
        measured["yake"] = yake
    rounds: dict[str, list[float]] = {name: [] for name in measured}
    milliseconds(tag, read_in)  # tables
    spare_garbage_collector()  # as a worker does
    for _ in range(ROUNDS):
        for name, work in measured.items():
            rounds[name].append(milliseconds(work, read_in[:PEER_ARTICLES] if name == "yake" else read_in))
    cost = {name: statistics.median(times) for name, times in rounds.items()}
    cost["keywords, on YAKE's articles"] = milliseconds(measured["keywords"], read_in[:PEER_ARTICLES])
    for name, time_each in cost.items():
        print(f"{name:>30}: {time_each:7.2f} ms an article")
    result = {
        "articles": len(read_in),
        "words": round(words),
        "tag_ms_per_500_words": round(cost["tag"] / words * 500, 2),
        "topics_per_second": round(1e3 / cost["topics"]),
        "keywords_times_yake": round(cost["yake"] / cost["keywords, on YAKE's articles"], 1) if yake else None,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
