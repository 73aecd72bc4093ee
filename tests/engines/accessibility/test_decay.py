"""Decays: values, reach, refusals, and that none rises."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from releve.engines.accessibility import (
    APL_2012,
    APL_STEPS,
    Decay,
    Gaussian,
    InvalidDecay,
    Linear,
    PiecewiseLinear,
    SmoothedSteps,
    Steps,
    as_dict,
    from_dict,
)

EVERY = [
    APL_STEPS,
    APL_2012,
    Steps(range(1, 13), np.linspace(1.0, 0.1, 12)),
    Linear(20.0),
    Linear(20.0, flat=5.0),
    Gaussian(9.0, 20.0),
    PiecewiseLinear((0.0, 10.0, 15.0, 20.0), (1.0, 0.8, 0.3, 0.0)),
    SmoothedSteps((10.0, 15.0, 20.0), (1.0, 2 / 3, 1 / 3), 2.5),
]


@pytest.mark.parametrize("decay", EVERY, ids=lambda d: type(d).__name__)
def test_never_rises_and_stops_at_its_reach(decay):
    assert isinstance(decay, Decay)
    minutes = np.linspace(0, 60, 4001)
    weights = decay.weights(minutes)
    assert weights.shape == minutes.shape
    assert (np.diff(weights) <= 1e-15).all()
    assert (weights >= 0).all()
    assert (weights[minutes > decay.reach] == 0).all()
    assert decay.weights(np.array([decay.reach * 0.999]))[0] > 0
    assert decay.weights(np.array([[1.0, 2.0]])).shape == (1, 2)


@pytest.mark.parametrize("decay", EVERY, ids=lambda d: type(d).__name__)
def test_plain_values_and_back(decay):
    assert from_dict(json.loads(json.dumps(as_dict(decay)))) == decay


@pytest.mark.parametrize(
    "plain", [{}, {"kind": "Cubic"}, {"kind": "Linear", "weights": [1]}, {"kind": "Linear"}]
)
def test_plain_values_that_are_no_decay(plain):
    with pytest.raises(InvalidDecay):
        from_dict(plain)


def test_bounds_belong_to_the_nearer_step():
    np.testing.assert_array_equal(
        APL_STEPS.weights([0, 10, 10.001, 15, 20, 20.001]), [1, 1, 2 / 3, 2 / 3, 1 / 3, 0]
    )
    assert Steps((5, 10), (1, 0)).reach == 5


def test_values():
    assert Linear(20.0, flat=5.0).weights(12.5) == pytest.approx(0.5)
    assert Gaussian(10.0, 30.0).weights(np.array([10.0]))[0] == pytest.approx(np.exp(-0.5))
    assert PiecewiseLinear((10, 15, 20), (1, 0.5, 0)).weights(17.5) == pytest.approx(0.25)
    smooth = SmoothedSteps((10.0,), (1.0,), 2.0)
    assert smooth.weights(np.array([10.0]))[0] == pytest.approx(0.5)
    assert smooth.reach == pytest.approx(13.29)


@given(st.floats(0.05, 5.0), st.floats(0.0, 40.0))
def test_smoothed_steps_are_the_mean_of_steps_over_the_error(sigma, minutes):
    smooth = SmoothedSteps(APL_STEPS.bounds, APL_STEPS.step_weights, sigma)
    if minutes > smooth.reach:
        return
    quantiles = (np.arange(4000) + 0.5) / 4000
    from scipy.special import ndtri

    mean = APL_STEPS.weights(minutes + sigma * ndtri(quantiles)).mean()
    assert smooth.weights(np.array([minutes]))[0] == pytest.approx(mean, abs=1e-3)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Steps((), ()),
        lambda: Steps((10, 5), (1, 0.5)),
        lambda: Steps((10, 10), (1, 0.5)),
        lambda: Steps((5, 10), (0.5, 1)),
        lambda: Steps((5, 10), (1, -0.5)),
        lambda: Steps((5,), (0,)),
        lambda: Steps((5, 10), (1,)),
        lambda: Steps((np.nan,), (1,)),
        lambda: Linear(0.0),
        lambda: Linear(5.0, flat=7.0),
        lambda: Gaussian(0.0, 20.0),
        lambda: Gaussian(5.0, -1.0),
        lambda: PiecewiseLinear((5, 10), (1, 0.5)),
        lambda: PiecewiseLinear((5, 10), (0.5, 1)),
        lambda: SmoothedSteps((5,), (1,), 0.0),
    ],
)
def test_refusals(make):
    with pytest.raises(InvalidDecay):
        make()
