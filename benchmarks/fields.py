"""CPU time of all fields of a page against trafilatura's metadata: `python -m benchmarks.fields RAW.jsonl.gz`.

Both read trees that are parsed already, in turns, in one process; the best round of each counts.
"""

import gzip
import json
import sys
import time

import msgspec
import trafilatura.metadata

from streams.clean import page
from streams.clean.decoding import decode
from streams.clean.extraction import Extraction
from streams.clean.fields.read import read
from streams.clean.stage import MAX_BODY_BYTES
from streams.events import RawPage

ROUNDS = 5


def main() -> None:
    """Print milliseconds a page and their ratio."""
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as lines:
        pages = [msgspec.convert(json.loads(line), RawPage) for line in lines]
    texts = [decode(raw, MAX_BODY_BYTES).text for raw in pages]
    best = {"parse": float("inf"), "fields": float("inf"), "trafilatura": float("inf")}
    for _ in range(ROUNDS):
        begin = time.process_time()
        trees = [page.parse(text) for text in texts]
        parsed = time.process_time()
        for raw, tree in zip(pages, trees, strict=True):
            assert tree is not None
            read(tree, url=raw.url, base=None, headers={}, found=Extraction())
        ours = time.process_time()
        for raw, tree in zip(pages, trees, strict=True):
            trafilatura.metadata.extract_metadata(tree, default_url=raw.url)
        theirs = time.process_time()
        for name, seconds in zip(best, (parsed - begin, ours - parsed, theirs - ours), strict=True):
            best[name] = min(best[name], seconds)
    for name, seconds in best.items():
        print(f"{name:<12} {seconds / len(pages) * 1000:6.2f} ms a page")
    print(f"trafilatura's metadata takes {best['trafilatura'] / best['fields']:.1f} times as long")


if __name__ == "__main__":
    main()
