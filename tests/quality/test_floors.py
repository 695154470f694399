"""Quality floors: what the chain reaches on pages that it does not ship, and on its own.

`FLOORS` holds what is reached today, less the noise of a sample; it only ever rises. With NEWSFLOW_DATA the sets there
are scored by the scorer beside them; without, the project's own pages are.
"""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NEWSFLOW = Path(sys.executable).parent / "newsflow"

# Set → field of the score → floor.
FLOORS: dict[str, dict[str, float]] = {
    "pages": {"main": 0.972},
    "articles": {
        "main": 0.946,
        "title_exact": 0.87,
        "date_exact": 0.855,
        "authors_exact": 0.785,
    },
    "duplicates": {"main": 0.985, "precision": 0.985},
    "daily8": {"main": 0.985, "body": 0.985},
    "plaintext": {"main": 0.918},
    "languages": {"main": 0.995},
    "keywords": {"DUC2001 f1@10": 0.32, "500N-KPCrowd f1@10": 0.145},
    "topics": {"main": 0.77, "macro_f1": 0.82},
    "summaries": {"main": 0.370, "verbatim": 1.0},
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FLOORS)
def test_floor(name: str, data: Path, tmp_path: Path) -> None:
    printed = tmp_path / "enriched.jsonl"
    with printed.open("wb") as out:
        alone = [] if name == "duplicates" else ["--independent"]
        subprocess.run([NEWSFLOW, "enrich", *alone, data / name / "raw.jsonl.gz"], stdout=out, check=True)
    gold = tmp_path / "gold.jsonl"
    gold.write_bytes(gzip.decompress((data / name / "gold.jsonl.gz").read_bytes()))
    scorer = data.parent / "score" / "score.py"
    scored = subprocess.run([sys.executable, scorer, name, gold, printed], capture_output=True, check=True).stdout
    score: dict[str, Any] = json.loads(scored)
    assert {field: score[field] for field, floor in FLOORS[name].items() if score[field] < floor} == {}


def test_own_pages_come_out_whole() -> None:
    page = Path(__file__).parents[2] / "streams" / "cli" / "sample.txt"
    run = subprocess.run(
        [NEWSFLOW, "enrich", "--source", "Daily8", "--fetched-at", "2025-06-07T12:00:00Z", page],
        capture_output=True,
        check=True,
        env={**os.environ, "NEWSFLOW_TOPIC_PREFIX": ""},
    )
    articles = [json.loads(line)["value"] for line in run.stdout.splitlines()]
    main, parts = articles[0], articles[1:]
    assert [related["title"] for related in main["related"]] == [part["title"] for part in parts]
    assert len(parts) == 3
    body = "\n".join(main["paragraphs"])
    assert not any(paragraph in body for part in parts for paragraph in part["paragraphs"])
    assert all(article["summary"] and article["keywords"] and article["language"] == "en" for article in articles)
