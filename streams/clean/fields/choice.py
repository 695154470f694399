"""Choose one of a field's candidates, or none, and say how likely that one is right.

A conditional logit (McFadden 1974): the probability of a candidate is its exp(weights · features) over the sum of all
and of "none of these". It is fitted on whole pages, so the probability is a calibrated confidence.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

Features = Mapping[str, float]
DIGITS = 3  # of a probability: more would tell nothing
NONE = "none"  # the feature, and the weight, of "none of these"


@cache
def weights(field: str) -> dict[str, float]:
    """Read a field's weights once."""
    return dict(json.loads(files(__package__).joinpath("weights.json").read_text("utf-8"))[field])


def probabilities(field: str, candidates: list[Features]) -> list[float]:
    """Give how likely each candidate is the right one; what is left is "none of these"."""
    known = weights(field)
    scores = [sum(known.get(name, 0.0) * value for name, value in features.items()) for features in candidates]
    scores.append(known.get(NONE, 0.0))
    top = max(scores)
    parts = [math.exp(score - top) for score in scores]
    total = sum(parts)
    return [round(part / total, DIGITS) for part in parts[:-1]]


def told(sources: list[str]) -> str:
    """Name the sources that agree, for people: the kind of each, once."""
    return " + ".join(dict.fromkeys(source.split()[0] for source in sources))
