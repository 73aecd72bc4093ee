"""Likeness of territories: standardised differences over what is known on both sides."""

import numpy as np
import pytest

from releve.contexts.diagnosis.comparables import DOCUMENTED, differences, likeness
from releve.contexts.diagnosis.landscape import FEATURES, Level

NAN = float("nan")


def _level(features):
    features = np.array(features, dtype=float)
    size = len(features)
    return Level(
        codes=np.array([str(rank) for rank in range(size)]),
        index={str(rank): rank for rank in range(size)},
        population=np.ones(size),
        criteria=np.full((size, 5), NAN),
        fragility=np.full((size, 5), NAN),
        features=features,
        spread=np.array([2.0, 1.0, 0.5, 0.0, NAN])[: len(FEATURES)],
    )


def test_differences_by_hand():
    level = _level([[4, 1, 1.0, 3, 3], [0, 1, 0.5, 9, 9], [NAN, 1, 0.5, 0, 0], [NAN, NAN, 0.5, 0, 0]])
    here = np.array([0.0, 1.0, 0.5, 3.0, 3.0])
    found = differences(here, level, np.arange(4))
    # gaps in standard deviations: 2, 0, 1; what does not vary in the country, or is unknown, says nothing
    assert found[0] == pytest.approx(np.sqrt((4 + 0 + 1) / 3))
    assert found[1] == 0
    assert found[2] == 0
    assert np.isnan(found[3])  # one feature known on both sides is too little


@pytest.mark.parametrize(
    ("gap", "words"), [(0.2, "très proche"), (0.5, "proche"), (1.0, "assez différent"), (2.5, "différent")]
)
def test_words(gap, words):
    assert likeness(gap) == words


def test_documented_cases_have_their_source():
    assert {case.commune_code for case in DOCUMENTED} == {"85161", "62563", "25462", "70285", "25632"}
    assert all(case.origin and case.told.endswith(".") and "'" not in case.told for case in DOCUMENTED)
