"""Make `data/clusters.txt.gz` anew: `python -m streams.tag.build_clusters MODEL labelled.jsonl`.

MODEL is the directory of spaCy's en_core_web_md 3.8 (MIT licence), whose vectors of words are cut into clusters by
spherical k-means; kept are the words of our lists of names and of the texts that `fit_kinds.py` reads.
"""

import gzip
import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from streams.tag.lexicon import known
from streams.tag.names import CLUSTERS, given, organisations, places, surnames, towns

_CLUSTERS = 256  # as good as 1,024, and as 64 and 1,024 together
_ROUNDS = 12
_SEED = 0
_NOTICE = """\
# Clusters of words that stand in like places. Made by streams/tag/build_clusters.py from the vectors of spaCy's
# en_core_web_md 3.8, MIT licence, copyright 2016-2024 ExplosionAI GmbH. Lower case.
"""


def clustered(vectors: Any) -> Any:
    """Tell the cluster of each vector."""
    unit = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    order = np.random.default_rng(_SEED)
    centres = unit[order.choice(len(unit), _CLUSTERS, replace=False)].copy()
    for _ in range(_ROUNDS):
        nearest = np.argmax(unit @ centres.T, axis=1)
        for number in range(_CLUSTERS):
            members = unit[nearest == number]
            centre = members.sum(axis=0) if len(members) else unit[order.integers(len(unit))]
            centres[number] = centre / (np.linalg.norm(centre) + 1e-9)
    return np.argmax(unit @ centres.T, axis=1)


def words_in_use(labelled: Path) -> set[str]:
    """Gather the words worth a cluster, in lower case."""
    found = set(known()) | given() | surnames()
    for name in (*places(), *towns(), *organisations()):
        found |= set(name.lower().split())
    with labelled.open(encoding="utf-8") as lines:
        for line in lines:
            for paragraph in json.loads(line)["paragraphs"]:
                found |= set(re.findall(r"\w+(?:[-'’]\w+)*", paragraph.lower()))
    return found


def main(model: Path, labelled: Path) -> None:
    """Write the clusters, one a line."""
    spacy: Any = importlib.import_module("spacy")
    vocabulary = spacy.load(model, exclude=["parser", "tagger", "ner", "lemmatizer", "attribute_ruler"]).vocab
    numbers = clustered(vocabulary.vectors.data.astype(np.float32))
    rows = vocabulary.vectors.key2row
    found: dict[int, list[str]] = {number: [] for number in range(_CLUSTERS)}
    for word in sorted(words_in_use(labelled)):
        row = rows.get(vocabulary.strings[word])
        if row is not None:
            found[int(numbers[row])].append(word)
    text = _NOTICE + "".join(f"{number}: {' '.join(words)}\n" for number, words in found.items() if words)
    CLUSTERS.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{sum(map(len, found.values()))} words, {CLUSTERS.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
