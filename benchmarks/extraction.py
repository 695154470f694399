"""Body and fields of an HTML page: newsflow's clean against `trafilatura.extract` with its metadata, by CPU time.

    NEWSFLOW_DATA=… .venv/bin/python -m benchmarks.extraction [ROUNDS]

Both read the same pages from text, in turn, page by page; the fastest of each page's rounds counts. Prints the F1 of
the body by runs of four words (as scrapinghub's article-extraction-benchmark), the share of exact titles, and the
ratio of the times; the last line is JSON.
"""

import base64
import gzip
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import trafilatura

from streams.clean import page
from streams.clean.body.fitting.gold import f1
from streams.clean.stage import warm

Found = tuple[str, str | None]  # body and title
SETS = ("pages", "articles")


def newsflow(text: str) -> Found:
    """Read a page as clean does."""
    found = page.extract(text, None, None, {})
    return "\n".join(found.paragraphs), found.title


def peer(text: str) -> Found:
    """Read a page as trafilatura does."""
    found = trafilatura.extract(text, with_metadata=True, output_format="json", include_comments=False)
    told = json.loads(found) if found else {}
    return told.get("text") or "", told.get("title")


def timed(read: Callable[[str], Found], text: str) -> tuple[float, Found]:
    """Give the CPU seconds that a page takes, and what was found."""
    start = time.process_time()
    found = read(text)
    return time.process_time() - start, found


def measure(data: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Measure one set: reader → F1, precision, recall, title, milliseconds a page."""
    with gzip.open(data / "raw.jsonl.gz") as raw, gzip.open(data / "gold.jsonl.gz") as true:
        texts = [base64.b64decode(json.loads(line)["body_b64"]).decode("utf-8", "replace") for line in raw]
        gold = [json.loads(line) for line in true]
    readers = {"newsflow": newsflow, "trafilatura": peer}
    seconds = dict.fromkeys(readers, 0.0)
    found: dict[str, list[Found]] = {name: [] for name in readers}
    for text in texts:
        runs = [{name: timed(read, text) for name, read in readers.items()} for _ in range(rounds)]
        for name in readers:
            seconds[name] += min(run[name][0] for run in runs)
            found[name].append(runs[0][name][1])
    told = {}
    for name, all_ in found.items():
        score, precision, recall = f1([(g["text"], body) for g, (body, _) in zip(gold, all_, strict=True)])
        titled = [g["title"] == title for g, (_, title) in zip(gold, all_, strict=True) if g.get("title")]
        told[name] = {
            "f1": round(score, 4),
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "title": round(sum(titled) / max(1, len(titled)), 3),
            "ms": round(1000 * seconds[name] / len(texts), 2),
        }
    return told


def main() -> None:
    """Measure every set that there is."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    warm()
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    result: dict[str, object] = {}
    for name in SETS:
        told = measure(Path(os.environ["NEWSFLOW_DATA"]) / name, rounds)
        ratio = round(told["trafilatura"]["ms"] / told["newsflow"]["ms"], 2)
        for reader, figures in told.items():
            print(f"{name:>9} {reader:>12}  " + "  ".join(f"{key} {value}" for key, value in figures.items()))
        print(f"{name:>9} times as fast: {ratio}")
        result[name] = {**told, "ratio": ratio}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
