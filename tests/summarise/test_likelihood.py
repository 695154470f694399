"""How likely a summary names a word: what is reckoned of each word is what the weights were fitted for."""

import math

import msgspec
import pytest

from streams.summarise.likelihood import Terms, features, likelihoods, weights
from streams.tag.stopwords import stopwords

STORY = [
    "The harbour council of Norvik voted for the new pier on 3 March, and for the old one, too.",
    '"We will build the pier in 2027," said the mayor of Norvik, "or I shall resign."',
    "The internationalisation of Norvik’s harbour costs 3.5 million, half of it the council's.",
    "A vote on the harbour's 1st crane follows: the 1st is to be bought in 2027.",
]


def test_a_likelihood_is_the_logistic_of_the_weighed_features() -> None:
    read, stop = [Terms(sentence) for sentence in STORY], stopwords("en")
    bias, *by = msgspec.structs.astuple(weights())
    described = features(read, stop)
    likely = likelihoods(read, stop, weights())
    assert list(likely) == list(described)
    for term, known in described.items():
        odds = bias + sum(w * value for w, value in zip(by, known, strict=True))
        assert likely[term] == pytest.approx(1 / (1 + math.exp(-odds)), rel=1e-12), term
