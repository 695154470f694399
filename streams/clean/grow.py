"""Grow the trees that trees.py evaluates: by catboost, which no worker needs.

Prokhorenkova et al. 2018, arXiv:1706.09516. The same pages give the same trees.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from catboost import CatBoostClassifier
from numpy.typing import NDArray

from streams.clean.trees import Floats, Trees

SETTINGS: dict[str, Any] = {  # coarse and strongly drawn to the mean: 641 sites are few
    "depth": 6,
    "learning_rate": 0.1,
    "l2_leaf_reg": 8,
    "border_count": 48,
    "rsm": 0.2,
    "subsample": 0.7,
    "bootstrap_type": "Bernoulli",
    "loss_function": "CrossEntropy",
    "random_seed": 1,
    "thread_count": 2,
    "verbose": False,
    "allow_writing_files": False,
}


def grown(values: Floats, labels: Floats, weights: Floats, trees: int) -> Trees:
    """Grow trees on rows of columns, their labels (0 to 1) and weights."""
    model = CatBoostClassifier(iterations=trees, **SETTINGS).fit(values, labels, sample_weight=weights)
    parts = exported(model, "own")
    made = Trees(**{name.removeprefix("own_"): part for name, part in parts.items()})
    if not np.allclose(made.probabilities(values[:1000].T), likely(model, values[:1000].T), atol=1e-4):
        raise ValueError("the exported trees differ from catboost's")
    return made


def likely(model: CatBoostClassifier, values: Floats) -> Floats:
    """Give the model's probabilities."""
    return np.asarray(model.predict_proba(values.T)[:, 1], dtype=np.float32)


def exported(model: CatBoostClassifier, name: str) -> dict[str, NDArray[Any]]:
    """Give a model's trees as streams.clean.trees takes them: the first level's answer is the highest bit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        told = json.loads(path.read_bytes())
    depth, trees = SETTINGS["depth"], told["oblivious_trees"]
    columns, borders = np.zeros((len(trees), depth), np.int16), np.full((len(trees), depth), np.inf, np.float32)
    leaves = np.zeros((len(trees), 2**depth), np.float32)
    scale, (bias,) = told["scale_and_bias"]
    for t, tree in enumerate(trees):
        for level, split in enumerate(reversed(tree["splits"])):  # a tree may have fewer levels: the lowest bits
            at = depth - len(tree["splits"]) + level
            columns[t, at], borders[t, at] = split["float_feature_index"], split["border"]
        leaves[t, : len(tree["leaf_values"])] = np.array(tree["leaf_values"]) * scale
    parts = {"columns": columns, "borders": borders, "leaves": leaves, "bias": np.float32(bias)}
    return {f"{name}_{part}": np.asarray(value) for part, value in parts.items()}
