"""Pages a CPU second of the plain-text path, whole: text in, articles out, on the project's own pages.

    python benchmarks/plain_text.py

Pages are the sample of `newsflow demo` and the aggregators' pages of the tests, in every shape and language, each round
with other words in its stories, so that no cache of lines helps. The last line is JSON.
"""

import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from streams.clean.stage import clean, warm
from streams.events import RawPage
from tests.clean import aggregator, test_shapes

ROUNDS = 15
PARAGRAPHS = 12  # of a story; the mean of aggregators' pages is near


def pages(turn: int) -> list[RawPage]:
    """Make the pages of one round."""
    sample = Path(__file__).parents[1] / "streams" / "cli" / "sample.txt"
    story = [f"{line} It was said {turn}-{i} times." for i in range(PARAGRAPHS // 2) for line in aggregator.STORY]
    texts = [sample.read_text("utf-8").replace("Reuters", f"Reuters {turn}")]
    for words in test_shapes.LANGUAGES.values():
        for shape in test_shapes.TWICE.values():
            text = test_shapes.page(words, shape, tags=["#Harbour", "#G7"], gap=1)
            texts.append(text.replace("\n".join(aggregator.STORY), "\n".join(story)))
    stamp = "2025-06-12T09:00:00Z"
    return [RawPage(url=f"https://example.org/{turn}/{i}", body=t, fetched_at=stamp) for i, t in enumerate(texts)]


def main() -> None:
    """Print pages a CPU second: the median and the best of the rounds."""
    warm()
    speeds, sizes = [], []
    for turn in range(ROUNDS):
        batch = pages(turn)
        start = time.process_time()
        for page in batch:
            clean(page)
        speeds.append(len(batch) / (time.process_time() - start))
        sizes += [len(page.body or "") for page in batch]
    figures = {"pages_per_cpu_second": round(statistics.median(speeds)), "best": round(max(speeds))}
    print(f"{len(sizes)} pages of {statistics.mean(sizes):.0f} characters in {ROUNDS} rounds")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
