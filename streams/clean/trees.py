"""Boosted oblivious trees, evaluated by numpy alone.

All nodes of one level of an oblivious tree ask the same question (Kohavi 1994; Prokhorenkova et al. 2018,
arXiv:1706.09516), so a tree's answers are the bits of the number of its leaf: no branch, no loop.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float32]
BLOCKS = 512  # at a time: keeps the questions of a page of 20,000 blocks within 4 MB


class Trees(Struct, frozen=True, kw_only=True):
    """An ensemble of `t` trees of `d` ≤ 8 levels."""

    columns: NDArray[np.int16]  # t × d: which column each level asks about
    borders: Floats  # t × d: it asks whether the column is above this
    leaves: Floats  # t × 2^d: the first level's answer is the highest bit
    bias: Floats

    def probabilities(self, values: Floats) -> Floats:
        """Give each block's probability from its columns (columns × blocks)."""
        parts = [self._probabilities(values[:, i : i + BLOCKS]) for i in range(0, values.shape[1], BLOCKS)]
        return np.concatenate(parts)

    def _probabilities(self, values: Floats) -> Floats:
        trees, levels = self.columns.shape
        leaf = np.zeros((trees, values.shape[1]), dtype=np.uint8)
        for level in range(levels):
            leaf <<= 1
            leaf |= values[self.columns[:, level]] > self.borders[:, level, None]
        starts = np.arange(0, self.leaves.size, self.leaves.shape[1], dtype=np.int32)
        score = self.leaves.ravel()[leaf + starts[:, None]].sum(axis=0) + self.bias
        return np.asarray(1 / (1 + np.exp(-score)), dtype=np.float32)
