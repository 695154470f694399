"""Faults for as long as one likes: `make faults MINUTES=30 SEED=7`. Prints what was done and what came of it.

`plays.py` says what is done, `scene.py` is a stream under load with workers that are started again, `books.py` reads
every topic and says what was lost, doubled or judged otherwise than without faults, `cluster.py` is three brokers and
`proxy.py` a network that can be bad.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.faults import cluster
from tests.faults.plays import PLAYS, perform


def main(minutes: float, seed: int) -> int:
    """Share the time among the plays; the exit code is 1 if any books do not close."""
    failed = False
    print(f"{'play':34}{'sent':>8}{'lost':>6}{'doubled':>9}{'dead':>6}{'misjudged':>11}{'gap s':>7}  (seed {seed})")
    with tempfile.TemporaryDirectory() as directory, cluster.running(Path(directory) / "cluster") as brokers:
        for number, name in enumerate(PLAYS):
            now = perform(name, brokers, Path(directory) / str(number), minutes * 60 / len(PLAYS), seed + number)
            books = now.books
            failed |= not books.closed
            done = ", ".join(f"{count} × {fault}" for fault, count in Counter(now.faults).items())
            print(
                f"{name:34}{books.sent:>8}{books.lost:>6}{books.doubled:>9}{books.dead:>6}{books.misjudged:>11}"
                f"{books.longest_gap:>7.1f}  {done}; {now.restarts} restarts",
                flush=True,
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2])))
