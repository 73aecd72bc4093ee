"""After a cancellation: filled again when it can be, with the fewest moves, and every rule kept."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from releve.engines.rostering import (
    Assignment,
    Need,
    Parameters,
    Practitioner,
    Problem,
    Stop,
    check_roster,
    replan,
    scheme_problem,
    solve,
)
from releve.engines.rostering.network import candidate_pairs

from .strategies import day, problem, random_problem

A = Assignment


def only_on(people: list[tuple[int, ...]], days: int = 14) -> np.ndarray:
    table = np.zeros((len(people), days, 2), dtype=bool)
    for p, mine in enumerate(people):
        table[p, list(mine)] = True
    return table


def three_in_a_chain() -> Problem:
    """p may take n0, q n0 or n1, r n1 or n2: one day each."""
    needs = [Need(f"n{d}", "a", day(d)) for d in range(3)]
    people = [Practitioner(name, monthly_cap=1) for name in "pqr"]
    return problem(needs, people, availability=only_on([(0,), (0, 1), (1, 2)]))


def test_somebody_free_takes_it_in_one_move() -> None:
    case = problem([Need("n", "a", day(0))], [Practitioner("p"), Practitioner("q")])
    answer = replan(case, [A("p", "n")], [A("p", "n")])
    assert answer.added == (A("q", "n"),)
    assert answer.removed == ()
    assert (answer.moves, answer.fewest, answer.unfilled) == (1, True, ())


def test_a_chain_when_nobody_free_can_take_it() -> None:
    answer = replan(three_in_a_chain(), [A("p", "n0"), A("q", "n1")], [A("p", "n0")])
    assert set(answer.assignments) == {A("q", "n0"), A("r", "n1")}
    assert answer.moves == 2


def test_the_need_worth_least_stays_empty() -> None:
    needs = [Need("n0", "a", day(0), priority=5), Need("n1", "a", day(1))]
    people = [Practitioner("p", monthly_cap=1), Practitioner("q", monthly_cap=1)]
    case = problem(needs, people)
    answer = replan(case, [A("p", "n0"), A("q", "n1")], [A("p", "n0")])
    assert answer.assignments == (A("q", "n0"),) or answer.assignments == (A("p", "n1"), A("q", "n0"))
    assert set(answer.unfilled) <= {"n1"}


def test_pinned_never_moves() -> None:
    case = dataclasses.replace(three_in_a_chain(), pinned=(A("q", "n1"),))
    answer = replan(case, [A("p", "n0"), A("q", "n1")], [A("p", "n0")])
    assert answer.unfilled == ("n0",)
    assert answer.assignments == (A("q", "n1"),)


def test_who_cancels_is_gone_for_the_whole_day() -> None:
    needs = [Need("n", "a", day(0)), Need("m", "b", day(0))]
    case = problem(needs, [Practitioner("p")])
    assert replan(case, [A("p", "n")], [A("p", "n")]).assignments == ()
    assert replan(case, [A("p", "n")], [A("p", "n")], whole_day=False).unfilled == ("n",)


def fewest_by_trying(case: Problem, before: set[tuple[int, int]], lost: tuple[int, int]) -> int | None:
    """Fewest additions among all rosters that fill as many seats as before; None when there is none."""
    c = case.columns
    pairs = list(zip(*(x.tolist() for x in candidate_pairs(c, Parameters())), strict=True))
    pairs = [
        pair for pair in pairs if not (pair[0] == lost[0] and c.need_day[pair[1]] == c.need_day[lost[1]])
    ]
    if len(pairs) > 11:
        return None
    best = None
    for chosen in itertools.combinations(pairs, len(before)):
        if {n for _, n in chosen} != {n for _, n in before}:
            continue
        rows = [A(case.practitioners[p].id, case.needs[n].id) for p, n in chosen]
        moves = len(set(chosen) - before)
        if (best is None or moves < best) and not check_roster(case, rows):
            best = moves
    return best


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_roster_fills_the_same_with_fewer_moves(seed: int) -> None:
    case = dataclasses.replace(random_problem(seed, whole_days=True, hard=False), pinned=(), published=())
    case = dataclasses.replace(case, needs=tuple(dataclasses.replace(n, wished=1) for n in case.needs))
    before = solve(case, stop=Stop(5)).assignments
    if not before:
        return
    gone = before[seed % len(before)]
    answer = replan(case, before, [gone])
    assert not check_roster(case, answer.assignments)
    pairs = {case.indices(*a) for a in before}
    least = fewest_by_trying(case, pairs, case.indices(*gone))
    if least is not None and len({n for _, n in pairs}) == len(pairs):
        assert answer.unfilled == ()
        assert answer.moves == least


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_rule_is_kept_on_the_way(seed: int) -> None:
    case = dataclasses.replace(random_problem(seed), pinned=(), published=())
    before = solve(case, stop=Stop(5)).assignments
    for gone in before:
        answer = replan(case, before, [gone])
        assert not [b for b in check_roster(case, answer.assignments) if b.rule != "supervision"]
        assert gone not in answer.assignments


def test_quick_on_a_month_of_the_scheme() -> None:
    case = scheme_problem(seed=5, zones=20, volunteers=300)
    before = solve(case, stop=Stop(20)).assignments
    answer = replan(case, before, [before[10]])
    assert answer.seconds < 2
    assert len(set(answer.assignments) ^ set(before)) <= 2 * answer.moves + 1
