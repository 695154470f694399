"""The second look: a block's columns once more, with what the first look made of the blocks around it.

Stacking in sequence (Cohen and Carvalho 2005, IJCAI): a line that looks like a menu's stands for something else between
two paragraphs that are surely the story's.
"""

import numpy as np

from streams.clean.body.context import running
from streams.clean.body.features import Columns, Floats, Rows, beside, stacked

STEPS = (-4, -3, -2, -1, 1, 2, 3, 4)
WIDTHS = (1, 2, 5, 10)
LEVELS = 4


def columns(rows: Rows, first: Floats) -> tuple[list[str], Floats]:
    """Give the names and values of a page's columns for the second look.

    Args:
        rows: the columns of the first look.
        first: its probabilities.
    """
    at, n = rows.at, len(first)
    found: Columns = {"first": first}
    weight = np.sqrt(at.size)
    likely = np.asarray(first * weight, dtype=np.float64)
    padded, farthest = beside(first, 0, STEPS[-1]), STEPS[-1]
    for step in STEPS:
        found[f"first{step}"] = padded[farthest + step : farthest + step + n]
    sums = running(np.array([weight, likely]))
    likelies = sums[1]
    near = sums[:, np.arange(-WIDTHS[-1], n + 1 + WIDTHS[-1]).clip(0, n)]  # so that what is around is a slice
    for width in WIDTHS:
        low, high = WIDTHS[-1] - width, WIDTHS[-1] + width + 1
        held, within = near[:, high : high + n] - near[:, low : low + n]
        found[f"around{width}"] = (within - likely) / np.maximum(1, held - weight)
    (held, within), up = sums[:, at.end] - sums[:, at.first], at.node
    for level in range(LEVELS):
        up = at.parent[up] if level else up
        found[f"within{level}"] = (within[up] - likely) / np.maximum(1, held[up] - weight)
    for level, kind in ((0, at.kind[at.node]), (1, at.kind[at.parent[at.node]])):
        others = np.bincount(kind, weight)[kind] - weight
        found[f"kind{level}"] = (np.bincount(kind, likely)[kind] - likely) / np.maximum(1, others)
    total = max(1.0, float(likely.sum()))
    found["before"], found["after"] = likelies[:-1] / total, (likelies[-1] - likelies[1:]) / total
    found["page"] = np.full(n, np.log1p((first * at.size).sum()))
    found["best"] = np.full(n, first.max())
    return [*rows.names, *found], np.vstack([rows.values, stacked(found)])
