"""One place at a time, and the value of each further day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releve.engines.siting import Aim, NegativeInput, best_single_places, marginal_values, solve

from .strategies import problems
from .test_solve import three_villages


def test_values_of_the_worked_example():
    places = best_single_places(three_villages(), days=2, radius_minutes=12)
    assert places.values.tolist() == [1600, 900]
    # From the third village only B is within twelve minutes.
    assert places.best_candidate.tolist() == [0, 0, 1]
    assert places.best_value.tolist() == [1600, 1600, 900]
    travel = best_single_places(
        three_villages(aim=Aim.TRAVEL, current_minutes=np.array([20.0, 20.0, np.nan])), days=1
    )
    assert travel.values[0] == pytest.approx(1000 * 19 + 600 * 10 + 0)
    assert travel.values[1] == pytest.approx(600 * 8 + 300 * 24)


@pytest.mark.parametrize("aim", [Aim.PEOPLE_ABOVE_THRESHOLD, Aim.PRIORITY_VISITS, Aim.TRAVEL])
def test_each_value_is_that_of_the_plan(aim):
    @settings(max_examples=25, deadline=None)
    @given(problems(aim, limits=False))
    def check(problem):
        places = best_single_places(problem, days=2)
        for candidate in range(problem.effects.shape[0]):
            alone = np.zeros(problem.effects.shape[0])
            alone[candidate] = 2
            fixed = replace(problem, budget_days=2, committed_days=alone, max_days=2.0)
            gain = solve(fixed).gain * (problem.population.sum() if aim is Aim.TRAVEL else 1.0)
            assert places.values[candidate] == pytest.approx(gain, abs=1e-6)

    check()


@settings(max_examples=25, deadline=None)
@given(problems(Aim.PRIORITY_VISITS, limits=False), st.integers(1, 30))
def test_the_best_of_a_radius(problem, radius):
    places = best_single_places(problem, days=1, radius_minutes=radius)
    minutes = problem.minutes.toarray()
    for point in range(minutes.shape[1]):
        near = np.flatnonzero((minutes[:, point] > 0) & (minutes[:, point] <= radius))
        if not len(near):
            assert places.best_candidate[point] == -1
            assert np.isnan(places.best_value[point])
        else:
            assert places.best_value[point] == places.values[near].max()
            assert places.best_candidate[point] in near


def test_further_days():
    problem = three_villages(budget_days=1, max_days=5.0)
    result = solve(problem)
    assert result.objective == 600
    curve = marginal_values(problem, result, 4)
    assert curve.added_days.tolist() == [1, 2, 3, 4]
    assert (np.diff(curve.objective) >= 0).all()
    assert curve.objective[-1] == pytest.approx(result.objective + curve.gains.sum())
    assert (curve.plans >= result.days).all()
    assert (curve.bound >= curve.objective - 1e-9).all()


def test_further_days_of_travel_never_lengthen_it():
    problem = three_villages(aim=Aim.TRAVEL, budget_days=1)
    curve = marginal_values(problem, solve(problem), 2)
    assert (np.diff(curve.objective) <= 1e-12).all()
    assert (curve.gains >= 0).all()


def test_refusals():
    with pytest.raises(NegativeInput):
        best_single_places(three_villages(), days=-1)
    with pytest.raises(NegativeInput):
        marginal_values(three_villages(), solve(three_villages()), -1)
