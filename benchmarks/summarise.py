"""Summaries a CPU second, beside sumy's LexRank on the same texts in the same run: `make bench-summarise`.

Both get the same sentences and words, so that choosing is compared and not splitting; newsflow's figure holds its own
splitting all the same. Rounds are interleaved and CPU time is counted. The last line is JSON.
"""

import gzip
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence  # type: ignore[import-not-found]
from sumy.summarizers.lex_rank import LexRankSummarizer  # type: ignore[import-not-found]

from streams.summarise.extract import extract
from streams.summarise.sentences import sentences

ROUNDS = 5
OWN = "The harbour council voted to rebuild pier {n}. Engineers had warned of rotten piles for {n} years. "


class Words:
    """A tokenizer as sumy wants it."""

    def to_words(self, sentence: str) -> Sequence[str]:
        """Split at white space."""
        return sentence.split()


def texts() -> list[str]:
    """Read the texts of NEWSFLOW_DATA's set summaries, or make some up."""
    path = Path(os.environ.get("NEWSFLOW_DATA", "../shared/data")) / "summaries" / "raw.jsonl.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line)["body"] for line in lines]
    return ["".join(OWN.format(n=number * place) for place in range(1, 16)) for number in range(100)]


def cpu(work: Callable[[str], object], known: Sequence[str]) -> float:
    """Time the work on all texts: texts a CPU second."""
    begin = time.process_time()
    for text in known:
        work(text)
    return len(known) / (time.process_time() - begin)


def main() -> None:
    """Run both, round by round."""
    known = texts()
    words = Words()
    lex_rank = LexRankSummarizer()

    def theirs(text: str) -> object:
        spans = [Sentence(text[a:b], words) for a, b in sentences(text, "en")]
        return lex_rank(ObjectDocumentModel([Paragraph(spans)]), 3)

    def ours(text: str) -> object:
        return extract(None, [text], "en")

    cpu(ours, known), cpu(theirs, known[:10])
    figures = [(cpu(ours, known), cpu(theirs, known)) for _ in range(ROUNDS)]
    mine, other = (statistics.median(each) for each in zip(*figures, strict=True))
    ratio = statistics.median(a / b for a, b in figures)
    print(f"{len(known)} texts: newsflow {mine:.0f} a CPU second, sumy's LexRank {other:.0f}: {ratio:.1f} times")
    print(json.dumps({"texts_per_cpu_second": round(mine), "sumy_lexrank": round(other), "ratio": round(ratio, 2)}))


if __name__ == "__main__":
    main()
