"""The second look: a block's columns once more, with what the first look made of the blocks around it.

Stacking in sequence (Cohen and Carvalho 2005, IJCAI): a line that looks like a menu's stands for something else between
two paragraphs that are surely the story's.
"""

import numpy as np

from streams.clean.body.features import Columns, Floats, Rows, running, stacked

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
    place = np.arange(n)
    found: Columns = {"first": first}
    weight = np.sqrt(at.size)
    likely = np.asarray(first * weight, dtype=np.float64)
    for step in STEPS:
        there = place + step
        found[f"first{step}"] = np.where((there >= 0) & (there < n), first[np.clip(there, 0, n - 1)], 0)
    weights, likelies = running(weight), running(likely)
    for width in WIDTHS:
        low, high = np.maximum(0, place - width), np.minimum(n, place + width + 1)
        around = likelies[high] - likelies[low] - likely
        found[f"around{width}"] = around / np.maximum(1, weights[high] - weights[low] - weight)
    held, within, up = at.sums(weight), at.sums(likely), at.node
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
