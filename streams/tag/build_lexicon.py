"""Make `data/english.txt` anew: `python -m streams.tag.build_lexicon en-lexicon.txt`.

The source is the lexicon of Brill's tagger 1.14 (MIT licence), as the package textblob ships it (`textblob/en/`).
Kept are the words whose class `streams.tag.lexicon.guess` would not guess from their spelling.
"""

import sys
from pathlib import Path

from streams.tag.lexicon import DATA, guess

_NOTICE = """\
# Word classes of English: noun, adjective, gerund, verb (past or participle), base verb, other. One class a line.
# Made by streams/tag/build_lexicon.py from the lexicon of Brill's rule-based tagger v1.14 (Brown corpus and Penn
# Treebank). Copyright 1993 by the Massachusetts Institute of Technology and the University of Pennsylvania. All rights
# reserved. MIT license. Some words of it: Gimpel et al. 2011, Twitter Part-of-Speech Annotated Data, CC-BY 3.0.
"""
_CLASSES = {"JJ": "J", "JJR": "J", "JJS": "J", "FW": "N", "VBG": "G", "VBN": "V", "VBD": "V", "VB": "B", "VBP": "B"}


def main(source: Path) -> None:
    """Write the classes of all plain words of the lexicon."""
    kept: dict[str, list[str]] = {letter: [] for letter in "NJGVBX"}
    for line in source.read_text(encoding="utf-8").splitlines():
        word, _, tags = line.partition(" ")
        if not word.replace("-", "").isalpha() or not tags:
            continue
        tag = tags.split("|")[0]
        letter = "N" if tag.startswith("NN") else _CLASSES.get(tag, "B" if tag.startswith("V") else "X")
        # Any capitalised word is taken for a name: of those only the adjectives ("Russian") need be known.
        if (letter == "J") if word[0].isupper() else (letter != guess(word)):
            kept[letter].append(word)
    rows = (f"{letter}: {' '.join(sorted(words))}\n" for letter, words in kept.items())
    DATA.write_text(_NOTICE + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
