"""`solve` against trying everything, its bounds, what it refuses and why nothing is possible."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from releve.engines.siting import (
    Aim,
    Fairness,
    InvalidParameter,
    MissingInput,
    NegativeInput,
    NotFinite,
    ShapeMismatch,
    SitingError,
    SitingProblem,
    Status,
    solve,
)

from .strategies import everything, problems


def three_villages(**changes) -> SitingProblem:
    """The worked example of docs/algorithms/siting.md: three villages on a road, candidates A and B."""
    values = {
        "aim": Aim.PEOPLE_ABOVE_THRESHOLD,
        "population": np.array([1000.0, 600.0, 300.0]),
        "budget_days": 3,
        "effects": sparse.csr_array(np.array([[0.5, 0.2, 0.0], [0.0, 0.4, 0.6]])),
        "minutes": sparse.csr_array(np.array([[1.0, 10.0, 25.0], [25.0, 12.0, 1.0]])),
        "baseline": np.array([1.6, 2.1, 1.4]),
        "max_days": 3.0,
        "threshold": 2.5,
    }
    return SitingProblem(**(values | changes))


def test_worked_example_people_above():
    result = solve(three_villages())
    # Two days at A lift its 1,000 people to 2.6 and the 600 to exactly 2.5; a third day
    # would lift nobody more and stays in the budget.
    assert result.status is Status.OPTIMAL
    assert result.objective == 1600
    assert result.baseline_objective == 0
    assert result.days.tolist() == [2, 0]
    assert result.scores[1] >= 2.5 - 1e-9


def test_worked_example_of_the_other_aims():
    lowest = solve(three_villages(aim=Aim.HIGHEST_MINIMUM))
    assert lowest.days.tolist() == [1, 2]
    assert lowest.objective == pytest.approx(2.1)
    visits = solve(three_villages(aim=Aim.PRIORITY_VISITS, threshold=None))
    assert visits.days.tolist() == [3, 0]
    assert visits.objective == pytest.approx(3 * (1000 * 0.5 + 600 * 0.2))
    capped = solve(three_villages(aim=Aim.PRIORITY_VISITS))
    assert capped.days.tolist() == [2, 1]
    assert capped.objective == pytest.approx(1000 * 0.9 + 600 * 0.4 + 300 * 0.6)
    travel = solve(three_villages(aim=Aim.TRAVEL, max_sites=1))
    assert travel.sites.tolist() == [0]
    assert travel.objective == pytest.approx((1000 * 1 + 600 * 10 + 300 * 25) / 1900)


@pytest.mark.parametrize("aim", list(Aim))
def test_as_good_as_trying_everything(aim):
    @settings(max_examples=60, deadline=None)
    @given(problems(aim))
    def check(problem):
        best, result = everything(problem), solve(problem, seconds=10)
        if best is None:
            assert result.status is Status.INFEASIBLE
            assert result.reasons
            return
        assert result.status is Status.OPTIMAL
        assert result.objective == pytest.approx(best, abs=1e-6, nan_ok=True)

    check()


@pytest.mark.parametrize("aim", list(Aim))
def test_a_bound_is_never_wrong_even_without_time(aim):
    @settings(max_examples=30, deadline=None)
    @given(problems(aim, limits=False))
    def check(problem):
        best, result = everything(problem), solve(problem, seconds=1e-6, gap=0.0)
        if np.isnan(best):
            return
        if aim is Aim.TRAVEL:
            assert result.bound <= best + 1e-9 <= result.objective + 2e-9
        else:
            assert result.bound >= best - 1e-9 >= result.objective - 2e-9

    check()


@settings(max_examples=25, deadline=None)
@given(problems(Aim.PEOPLE_ABOVE_THRESHOLD, limits=False), st.randoms())
def test_order_does_not_matter(problem, random):
    candidates = list(range(problem.effects.shape[0]))
    points = list(range(len(problem.population)))
    random.shuffle(candidates)
    random.shuffle(points)
    shuffled = replace(
        problem,
        population=problem.population[points],
        baseline=problem.baseline[points],
        priority=problem.priority[points],
        group=problem.group[points],
        candidate_group=problem.candidate_group[candidates],
        effects=problem.effects[candidates][:, points],
        minutes=problem.minutes[candidates][:, points],
    )
    for aim in Aim:
        one, other = solve(replace(problem, aim=aim)), solve(replace(shuffled, aim=aim))
        assert one.objective == pytest.approx(other.objective, abs=1e-6, nan_ok=True)


def test_half_days():
    result = solve(three_villages(budget_days=2.5, step=0.5))
    assert result.objective == 1600
    assert result.days[0] == 2.0


def test_unknown_scores_are_left_out_and_counted():
    result = solve(three_villages(baseline=np.array([np.nan, 2.1, 1.4])))
    assert result.excluded_points == 1
    assert np.isnan(result.scores[0])
    assert result.objective == 900


def test_nothing_to_do():
    empty = three_villages(effects=sparse.csr_array((0, 3)), minutes=sparse.csr_array((0, 3)))
    for aim in Aim:
        result = solve(replace(empty, aim=aim))
        assert result.status is Status.OPTIMAL
        assert result.days.shape == (0,)
        nothing = solve(three_villages(aim=aim, budget_days=0))
        assert nothing.status is Status.OPTIMAL
        assert nothing.days.sum() == 0
        assert nothing.gain == 0


def test_lowest_score_of_nobody():
    result = solve(three_villages(aim=Aim.HIGHEST_MINIMUM, population=np.zeros(3), max_sites=1))
    assert result.status is Status.OPTIMAL
    assert np.isnan(result.objective)


@pytest.mark.parametrize(
    "changes,error",
    [
        ({"budget_days": -1}, NegativeInput),
        ({"max_days": -1.0}, NegativeInput),
        ({"committed_days": np.array([-1.0, 0.0])}, NegativeInput),
        ({"population": np.array([1.0, -2.0, 3.0])}, NegativeInput),
        ({"effects": sparse.csr_array(np.array([[-0.1, 0, 0], [0, 0, 0]]))}, NegativeInput),
        ({"population": np.array([1.0, np.nan, 3.0])}, NotFinite),
        ({"budget_days": float("nan")}, NotFinite),
        ({"baseline": np.array([1.0, 2.0])}, ShapeMismatch),
        ({"minutes": sparse.csr_array((3, 3))}, ShapeMismatch),
        ({"baseline": None}, MissingInput),
        ({"threshold": None}, MissingInput),
        ({"aim": Aim.TRAVEL, "minutes": None}, MissingInput),
        ({"min_reached_share": 0.5}, MissingInput),
        ({"step": 0.0}, InvalidParameter),
        ({"max_minutes": 20.0, "min_reached_share": 1.5}, InvalidParameter),
        ({"fairness": Fairness(0.5)}, MissingInput),
        ({"fairness": Fairness(2.0), "group": np.zeros(3, dtype=int)}, InvalidParameter),
    ],
)
def test_refusals(changes, error):
    with pytest.raises(error) as refusal:
        solve(three_villages(**changes))
    assert isinstance(refusal.value, SitingError)
    assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize(
    "changes,code",
    [
        ({"committed_days": np.array([3.0, 1.0])}, "committed_over_budget"),
        ({"committed_days": np.array([1.0, 1.0]), "max_sites": 1}, "committed_over_sites"),
        ({"committed_days": np.array([2.0, 0.0]), "max_days": 1.0}, "committed_over_site"),
        ({"max_minutes": 5.0, "min_reached_share": 1.0}, "reach_too_short"),
        (
            {
                "fairness": Fairness(min_group_days=2),
                "group": np.array([0, 1, 1]),
                "candidate_group": np.array([0, 1]),
            },
            "groups_over_budget",
        ),
        ({"max_minutes": 12.0, "min_reached_share": 1.0, "max_sites": 1}, "limits_together"),
    ],
)
def test_reasons_when_nothing_is_possible(changes, code):
    for aim in (Aim.PEOPLE_ABOVE_THRESHOLD, Aim.TRAVEL):
        result = solve(three_villages(aim=aim, **changes))
        assert result.status is Status.INFEASIBLE
        assert code in [reason.code for reason in result.reasons]
        assert result.days.sum() == 0


def test_fairness_gives_each_group_its_share():
    groups = {"group": np.array([0, 0, 1]), "candidate_group": np.array([0, 1])}
    alone = solve(three_villages(**groups, aim=Aim.PRIORITY_VISITS, threshold=2.5))
    fair = solve(three_villages(**groups, aim=Aim.PRIORITY_VISITS, fairness=Fairness(min_group_days=1.0)))
    assert fair.days[1] >= 1
    assert fair.objective <= alone.objective + 1e-9
    floor = solve(
        three_villages(
            **groups, aim=Aim.PRIORITY_VISITS, max_days=5.0, fairness=Fairness(proportional_floor=0.8)
        )
    )
    needed = np.array([1000 * 0.9 + 600 * 0.4, 300 * 1.1])
    gained = np.array(
        [1000 * (floor.scores[0] - 1.6) + 600 * (floor.scores[1] - 2.1), 300 * (floor.scores[2] - 1.4)]
    )
    assert (gained / needed >= 0.8 * gained.sum() / needed.sum() - 1e-9).all()


def test_the_callers_arrays_are_left_alone():
    problem = three_villages(max_minutes=11.0)
    before = problem.effects.toarray(), problem.minutes.toarray()
    solve(problem)
    assert (problem.effects.toarray() == before[0]).all()
    assert (problem.minutes.toarray() == before[1]).all()
