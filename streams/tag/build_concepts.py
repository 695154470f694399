"""Make `data/concepts.json` anew: `python -m streams.tag.build_concepts mediatopics.jsonl.gz`.

The source is the concept list of the IPTC Media Topics (cv.iptc.org/newscodes/mediatopic, CC-BY 4.0), a JSON object a
line: `qcode`, `name`, `top` (qcode of the top level), `level`, `retired`. Kept are the concepts in use.
"""

import gzip
import json
import sys
from pathlib import Path

from streams.tag.topics import CONCEPTS


def main(source: Path) -> None:
    """Write code → [name, code of the top level], the top level first."""
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        listed = [json.loads(line) for line in lines]
    kept = sorted((c for c in listed if not c["retired"]), key=lambda c: (c["level"], c["qcode"]))
    rows = {c["qcode"].removeprefix("medtop:"): [c["name"], c["top"].removeprefix("medtop:")] for c in kept}
    lines_of = (f"{json.dumps(code)}: {json.dumps(row)}" for code, row in rows.items())
    CONCEPTS.write_text("{\n" + ",\n".join(lines_of) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
