"""Aims in order: hand-checked cases, then everything tried on tiny problems."""

from __future__ import annotations

import dataclasses
import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releve.engines.rostering import (
    Assignment,
    InvalidParameter,
    Level,
    Need,
    Parameters,
    Practitioner,
    Problem,
    Published,
    Site,
    SolverMissing,
    Status,
    Stop,
    check_roster,
    flow,
    scheme_problem,
    solve,
)
from releve.engines.rostering.network import build, candidate_pairs

from .strategies import best_of_all, day, problem, random_problem

A = Assignment
needs_ortools = pytest.mark.skipif(
    importlib.util.find_spec("ortools") is None, reason="OR-Tools is not installed in this environment"
)


def held(result) -> set[tuple[str, str]]:
    return {tuple(a) for a in result.assignments}


def one_day_each(people: int) -> list[Practitioner]:
    return [Practitioner(f"p{i}", monthly_cap=1) for i in range(people)]


def test_the_worked_table_of_the_specification() -> None:
    """docs/algorithms/rostering.md: three needs, two practitioners."""
    needs = [
        Need("mon-a", "a", day(0), priority=3),
        Need("tue-a", "a", day(1), priority=1),
        Need("mon-b", "b", day(0), priority=1),
    ]
    people = [Practitioner("ada", monthly_cap=1), Practitioner("ben", monthly_cap=2)]
    home = np.asarray([[10.0, 10.0], [40.0, 5.0]])
    result = solve(problem(needs, people, home_minutes=home))
    assert held(result) == {("ada", "mon-a"), ("ben", "mon-b"), ("ben", "tue-a")}
    assert result.status is Status.OPTIMAL
    assert result.objective == {
        "minimum": 0, "filled": 0, "last_resort": 0, "changes": 0, "fairness": 11, "comfort": 41
    }  # fmt: skip
    assert {entry.rule: entry.cost for entry in result.ledger if entry.cost} == {
        "fair_sites": 10, "fair_doctors": 1, "travel": 11, "continuity": 12, "preferences": 18
    }  # fmt: skip
    assert result.method == "network"


def test_minimum_comes_before_priority() -> None:
    needs = [Need("m", "a", day(0), priority=9), Need("n", "b", day(0), minimum=1)]
    assert held(solve(problem(needs, one_day_each(1)))) == {("p0", "n")}


def test_the_minimum_of_a_site_counts_each_week() -> None:
    sites = [Site("a"), Site("b", week_minimum=1)]
    needs = [Need("m", "a", day(0), priority=9), Need("n", "b", day(1)), Need("o", "b", day(8))]
    assert held(solve(problem(needs, one_day_each(2), sites))) == {("p0", "n"), ("p1", "o")} or held(
        solve(problem(needs, one_day_each(2), sites))
    ) == {("p1", "n"), ("p0", "o")}


def test_the_precious_need_first() -> None:
    needs = [Need("m", "a", day(0)), Need("n", "b", day(0), priority=2)]
    result = solve(problem(needs, one_day_each(1)))
    assert held(result) == {("p0", "n")}
    assert [(u.need, u.seats, u.under_minimum) for u in result.unfilled] == [("m", 1, 0)]


def test_last_resort_only_when_nobody_else() -> None:
    people = [Practitioner("t", last_resort=True), Practitioner("v", max_minutes=200.0)]
    home = np.asarray([[1.0, 1.0], [190.0, 190.0]])
    assert held(solve(problem([Need("n", "a", day(0))], people, home_minutes=home))) == {("v", "n")}
    alone = problem([Need("n", "a", day(0))], people[:1])
    assert held(solve(alone)) == {("t", "n")}


def test_published_is_changed_only_for_something_better() -> None:
    people = [Practitioner("p", recent=9), Practitioner("q")]
    need = Need("n", "a", day(0))
    kept = problem([need], people, published=(Published("p", "n"),))
    assert held(solve(kept)) == {("p", "n")}
    assert held(solve(problem([need], people))) == {("q", "n")}


def test_fairness_between_practitioners_and_between_sites() -> None:
    needs = [Need(f"n{d}", "a", day(d)) for d in range(4)]
    result = solve(problem(needs, [Practitioner("p"), Practitioner("q")]))
    assert sorted(sum(a.practitioner == who for a in result.assignments) for who in "pq") == [2, 2]
    needs = [Need(f"{s}{d}", s, day(d)) for s in "ab" for d in range(2)]
    result = solve(problem(needs, one_day_each(2)))
    assert {a.need[0] for a in result.assignments} == {"a", "b"}


@pytest.mark.parametrize(
    ("extra", "who"),
    [
        ({"home_minutes": np.asarray([[30.0, 9.0], [10.0, 9.0]])}, "q"),
        ({"history": {("p", "a"): 3}}, "p"),
        ({"preferences": {("q", "a"): 2}}, "q"),
        ({"preferences": {("q", "a"): -1, ("gone", "a"): 3}}, "p"),
    ],
)
def test_comfort(extra: dict, who: str) -> None:
    case = problem([Need("n", "a", day(0))], [Practitioner("p"), Practitioner("q")], **extra)
    assert held(solve(case)) == {(who, "n")}


def test_lodging_is_wished_for_by_who_comes_from_far() -> None:
    people = [Practitioner("p", lodging_beyond=5.0), Practitioner("q")]
    assert held(solve(problem([Need("n", "a", day(0))], people))) == {("q", "n")}


def test_nobody_alone_when_it_can_be_avoided() -> None:
    needs = [Need("a1", "a", day(0)), Need("b2", "b", day(0)), Need("a2", "a", day(0))]
    people = [Practitioner("p", avoids_alone=True), Practitioner("q"), Practitioner("r")]
    home = np.asarray([[10.0, 5.0], [10.0, 10.0], [10.0, 10.0]])
    result = solve(problem(needs, people, home_minutes=home))
    assert next(a.need for a in result.assignments if a.practitioner == "p")[0] == "a"
    assert result.status is Status.OPTIMAL


def test_empty_problems() -> None:
    assert solve(problem([], [Practitioner("p")])).assignments == ()
    assert solve(problem([Need("n", "a", day(0))], [])).unfilled[0].need == "n"
    assert solve(problem([], [])).status is Status.OPTIMAL


@pytest.mark.parametrize("backend", [pytest.param("ortools", marks=needs_ortools), "highs"])
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), whole=st.booleans())
def test_nothing_beats_it(backend: str, seed: int, whole: bool) -> None:
    case = dataclasses.replace(random_problem(seed, whole_days=whole, hard=not whole), pinned=())
    parameters = Parameters(backend=backend)
    best = best_of_all(case, parameters)
    if best is None:
        return
    result = solve(case, parameters, Stop(20))
    assert not check_roster(case, result.assignments, parameters)
    assert tuple(result.objective.values()) == best
    assert result.status is Status.OPTIMAL
    assert result.gap == 0.0
    if whole and not case.columns.avoids_alone.any():
        assert result.method in ("network", "exact")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), method=st.sampled_from(["network", "large"]))
def test_bounds_are_bounds_whatever_the_method(seed: int, method: str) -> None:
    case = dataclasses.replace(random_problem(seed), pinned=())
    parameters = Parameters(method=method)
    best = best_of_all(case, parameters)
    if best is None:
        return
    result = solve(case, parameters, Stop(0.3))
    assert not check_roster(case, result.assignments, parameters)
    value = tuple(result.objective.values())
    assert value >= best
    settled = True
    for low, mine, true in zip(result.bound.values(), value, best, strict=True):
        if settled and low is not None:
            assert low <= true
        settled = settled and mine == true


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_pinned_are_always_there(seed: int) -> None:
    case = random_problem(seed)
    result = solve(case, stop=Stop(5))
    assert set(case.pinned) <= set(result.assignments)
    if not case.pinned:
        assert result.broken == ()


def test_a_potential_proves_the_flow_and_refuses_a_worse_one() -> None:
    case = problem([Need("n", "a", day(0))], [Practitioner("p"), Practitioner("q", recent=5)])
    c = case.columns
    network = build(c, Parameters(), *candidate_pairs(c, Parameters()))
    found = flow.lexicographic(network, "highs")
    assert found.units is not None
    cost = network.cost[:, 4]
    aim = cost + 100 * network.cost[:, 1]
    flow.potentials(network, aim, found.units, network.low, network.cap)
    empty = np.zeros_like(found.units)
    empty[-1] = network.total
    with pytest.raises(ValueError, match="cheaper"):
        flow.potentials(network, aim, empty, network.low, network.cap)


def test_aims_that_do_not_fit_in_one_number_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    case = scheme_problem(seed=3, zones=2, volunteers=30, network_only=True)
    whole = solve(case, Parameters(backend="highs"))
    monkeypatch.setattr(flow, "HIGHS_LIMIT", 1)
    apart = solve(case, Parameters(backend="highs"))
    assert apart.objective == whole.objective
    assert apart.iterations > whole.iterations


@needs_ortools
def test_both_back_ends_agree() -> None:
    case = scheme_problem(seed=4, zones=3, volunteers=60, network_only=True)
    first, second = (solve(case, Parameters(backend=backend)) for backend in ("ortools", "highs"))
    assert first.objective == second.objective
    assert first.method == second.method == "network"


def test_a_missing_solver_has_its_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow.importlib.util, "find_spec", lambda name: None)
    case = problem([Need("n", "a", day(0))], [Practitioner("p")])
    with pytest.raises(SolverMissing):
        solve(case, Parameters(backend="ortools"))
    assert solve(case).backend == "highs"


def test_a_month_of_the_scheme_in_small_with_every_rule() -> None:
    case = scheme_problem(seed=1, zones=4, volunteers=70, halves=True)
    result = solve(case, stop=Stop(20))
    assert not check_roster(case, result.assignments)
    assert result.objective[Level.FILLED] >= (result.bound[Level.FILLED] or 0)
    again = scheme_problem(seed=1, zones=4, volunteers=70, halves=True)
    assert again.needs == case.needs
    assert again.practitioners == case.practitioners


def test_asked_to_stop_it_keeps_the_best_so_far() -> None:
    case = scheme_problem(seed=2, zones=4, volunteers=70, halves=True)
    result = solve(case, Parameters(method="large"), Stop(60, asked=lambda: True))
    assert result.assignments
    assert not check_roster(case, result.assignments)


def test_a_warm_start_is_never_lost() -> None:
    case = scheme_problem(seed=2, zones=3, volunteers=40)
    good = solve(case, stop=Stop(10))
    again = solve(case, Parameters(method="large"), Stop(0.01), start=good.assignments)
    assert tuple(again.objective.values()) <= tuple(good.objective.values())


@pytest.mark.parametrize(
    "wrong",
    [{"levels": ()}, {"backend": "magic"}, {"method": "magic"}, {"travel_step": 0}, {"isolation_points": -1}],
)
def test_parameters_out_of_their_domain(wrong: dict) -> None:
    with pytest.raises(InvalidParameter):
        Parameters(**wrong)
    with pytest.raises(InvalidParameter):
        Stop(0)


def unused(problem: Problem) -> tuple[str, ...]:
    return solve(problem).unused


def test_unused_practitioners_are_named() -> None:
    case = problem([Need("n", "a", day(0))], [Practitioner("p"), Practitioner("q", papers=False)])
    assert unused(case) == ("q",)
