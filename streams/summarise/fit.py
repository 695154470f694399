"""Fit the weights of the extractive summary: `python -m streams.summarise.fit RAW.jsonl.gz GOLD.jsonl.gz`.

RAW holds raw events of HTML pages, GOLD their texts (`url`, `text`). A page's own description, where its words stand
in the text, is taken for a human summary. The weights that ship were fitted on the 641 pages of the project's set
train-articles (pages of the 2026 web, CC-BY-4.0), of which some 400 have such a description; no page judges them.
"""

import base64
import gzip
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from lxml import html

from streams.summarise.extract import WEIGHTS, Sentence, Weights, choose, read_sentences
from streams.tag.stopwords import stopwords

# Where the search begins: each by hand, in shares of the most telling sentence.
_START = Weights(
    telling=1.0, early=0.35, fade=6.0, floor=0.1, repeated=0.7, length=0.6, brief=0.5, junk=1.0, question=0.3,
    quote=0.05, first_person=0.1, number=0.05, names=0.1, budget=58.0, over=0.02, most=1.4,
)  # fmt: skip
# How far a step goes. What is not here stays: telling is the unit of all others; descriptions are shorter than the
# summaries that people want; and these pages have too few fragments and "read more" lines to tell what those cost.
_STEP = {
    "early": 0.1, "fade": 2.0, "floor": 0.05, "repeated": 0.2, "length": 0.15, "question": 0.15,
    "quote": 0.08, "first_person": 0.1, "number": 0.08, "names": 0.1,
}  # fmt: skip
_SEARCHES, _STEPS = 4, 200  # their mean overfits less than the best of them
_WORD = re.compile(r"[a-z0-9]+")

Case = tuple[list[Sentence], list[str]]


def cases(raw: Path, gold: Path) -> Iterator[Case]:
    """Yield the sentences and the description's words of each page that has a good one."""
    texts = {page["url"]: page["text"] for page in _lines(gold)}
    for event in _lines(raw):
        tree = html.fromstring(base64.b64decode(event["body_b64"]))
        described = tree.xpath("string(//meta[@property='og:description' or @name='description']/@content)")
        wanted = _WORD.findall(str(described).lower())
        paragraphs = [line.strip() for line in texts[event["url"]].split("\n") if line.strip()]
        known = set(_WORD.findall(texts[event["url"]].lower()))
        content = [word for word in wanted if word not in stopwords("en")]
        if len(wanted) >= 15 and len(known) >= 150 and sum(w in known for w in content) >= 0.75 * len(content):  # noqa: PLR2004 - a teaser, a stub, a slogan
            yield read_sentences(None, paragraphs, "en"), wanted


def rouge1(got: Sequence[str], wanted: Sequence[str]) -> float:
    """F1 of words (Lin 2004, ROUGE-1)."""
    hit = (Counter(got) & Counter(wanted)).total()
    return 2 * hit / (len(got) + len(wanted)) if hit else 0.0


def value(weights: Weights, known: Sequence[Case]) -> float:
    """Mean ROUGE-1 of the summaries that these weights choose."""
    scores = (
        rouge1([word for at in choose(read, weights) for word in _WORD.findall(read[at].passage.text.lower())], wanted)
        for read, wanted in known
    )
    return sum(scores) / len(known)


def search(known: Sequence[Case], seed: int) -> Weights:
    """Climb from the start by random steps in three weights at a time."""
    dice = random.Random(seed)  # noqa: S311 - a search, no secret
    best, weights = value(_START, known), _START
    for _ in range(_STEPS):
        names = dice.sample(list(_STEP), 3)
        moved = {n: max(1.0 if n == "fade" else 0.0, getattr(weights, n) + dice.gauss(0, _STEP[n])) for n in names}
        tried = msgspec.structs.replace(weights, **moved)
        if (now := value(tried, known)) > best:
            best, weights = now, tried
    print(f"search {seed}: ROUGE-1 {best:.4f}", file=sys.stderr)
    return weights


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main(raw: Path, gold: Path) -> None:
    """Fit, and write the weights."""
    known = list(cases(raw, gold))
    print(f"{len(known)} pages; at the start ROUGE-1 {value(_START, known):.4f}", file=sys.stderr)
    found = [search(known, seed) for seed in range(_SEARCHES)]
    mean = {name: round(sum(getattr(w, name) for w in found) / len(found), 3) for name in Weights.__struct_fields__}
    print(f"mean: ROUGE-1 {value(Weights(**mean), known):.4f}", file=sys.stderr)
    WEIGHTS.write_text(json.dumps(mean, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
