"""Boosted oblivious trees, evaluated by numpy alone.

All nodes of one level of an oblivious tree ask the same question (Kohavi 1994; Prokhorenkova et al. 2018,
arXiv:1706.09516), so a tree's answers are the bits of the number of its leaf: no branch, no loop.
"""

from functools import cached_property

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float32]
BLOCKS = 512  # at a time: keeps the questions of a page of 20,000 blocks within 4 MB


class Trees(Struct, frozen=True, kw_only=True, dict=True):
    """An ensemble of `t` trees of `d` ≤ 8 levels."""

    columns: NDArray[np.int16]  # t × d: which column each level asks about
    borders: Floats  # t × d: it asks whether the column is above this
    leaves: Floats  # t × 2^d: the first level's answer is the highest bit
    bias: Floats

    def probabilities(self, values: Floats) -> Floats:
        """Give each block's probability from its columns (columns × blocks)."""
        if values.shape[1] <= BLOCKS:
            return self._probabilities(values)
        parts = [self._probabilities(values[:, i : i + BLOCKS]) for i in range(0, values.shape[1], BLOCKS)]
        return np.concatenate(parts)

    def _probabilities(self, values: Floats) -> Floats:
        columns, borders, levels = self._questions
        answers = (values.take(columns, axis=0) > borders).view(np.uint8)
        leaf = answers.take(levels[0], axis=0)
        for level in levels[1:]:
            leaf += leaf  # numpy adds sixteen at a time, and shifts one
            leaf += answers.take(level, axis=0)
        score = self._flat.take(leaf + self._starts).sum(axis=0) + self.bias
        return np.asarray(1 / (1 + np.exp(-score)), dtype=np.float32)

    @cached_property
    def _questions(self) -> tuple[NDArray[np.intp], Floats, list[NDArray[np.intp]]]:
        """Give what is asked, each once (column, border), and for each level which of them each tree asks."""
        asked = np.stack([self.columns.ravel(), self.borders.ravel()])
        (columns, borders), which = np.unique(asked, axis=1, return_inverse=True)
        levels = np.ascontiguousarray(which.reshape(self.columns.shape).T)
        return columns.astype(np.intp), borders.astype(np.float32)[:, None], list(levels)

    @cached_property
    def _flat(self) -> Floats:
        return self.leaves.ravel()

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        return np.arange(0, self.leaves.size, self.leaves.shape[1], dtype=np.intp)[:, None]
