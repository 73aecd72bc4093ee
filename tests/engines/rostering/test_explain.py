"""Why a need is empty, what is nearest to fill it, why somebody holds nothing, why a month is impossible."""

from __future__ import annotations

import numpy as np
import pytest

from releve.engines.rostering import (
    Assignment,
    InvalidProblem,
    Need,
    Practitioner,
    Problem,
    Rule,
    Site,
    conflict,
    solve,
    why_empty,
    why_unused,
)

from .strategies import day, problem

A = Assignment


def hard_to_fill() -> Problem:
    people = [
        Practitioner("late", papers_until=day(0)),
        Practitioner("far", max_minutes=5.0),
        Practitioner("busy"),
        Practitioner("both", papers=False, max_minutes=5.0),
    ]
    free = np.ones((4, 14, 2), dtype=bool)
    free[2, 2] = False
    return problem([Need("n", "a", day(2))], people, availability=free)


def test_counts_by_rule_and_who_is_kept_away_by_one_alone() -> None:
    why = why_empty(hard_to_fill(), [], "n")
    assert why.of == 4
    assert why.by_rule == {Rule.PAPERS: 2, Rule.REACH: 2, Rule.AVAILABILITY: 1}
    assert why.alone == {Rule.PAPERS: 1, Rule.REACH: 1, Rule.AVAILABILITY: 1}


def test_the_nearest_ways_name_a_day_and_a_person() -> None:
    ways = why_empty(hard_to_fill(), [], "n").ways
    assert (ways[0].kind, ways[0].practitioner) == ("move_day", "busy")
    assert ways[0].day in (1, 3)
    assert {(w.kind, w.practitioner) for w in ways} == {
        ("move_day", "busy"), ("ask", "busy"), ("ask", "far"), ("ask", "late")
    }  # fmt: skip


def test_a_chain_is_a_way() -> None:
    free = np.zeros((2, 14, 2), dtype=bool)
    free[0, [0, 1]] = True
    free[1, 1] = True
    needs = [Need("n0", "a", day(0)), Need("n1", "a", day(1))]
    case = problem(needs, [Practitioner("p", monthly_cap=1), Practitioner("q")], availability=free)
    why = why_empty(case, [A("p", "n1")], "n0")
    assert [w.kind for w in why.ways][:1] == ["chain"]
    assert set(why.ways[0].moves) == {A("p", "n0"), A("q", "n1")}
    assert why.alone[Rule.MONTHLY_CAP] == 1


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidProblem):
        why_empty(hard_to_fill(), [], "nothing")
    with pytest.raises(InvalidProblem):
        why_unused(hard_to_fill(), [], "nobody")


@pytest.mark.parametrize(
    ("person", "free", "code"),
    [
        ({}, False, "unavailable"),
        ({"max_minutes": 1.0}, True, "no_need_in_reach"),
        ({"papers": False}, True, "papers"),
        ({"last_resort": True}, True, "last_resort"),
        ({"recent": 3}, True, "not_needed"),
    ],
)
def test_why_unused(person: dict, free: bool, code: str) -> None:
    table = np.ones((2, 14, 2), dtype=bool)
    table[0] = free
    case = problem(
        [Need("n", "a", day(0))], [Practitioner("p", **person), Practitioner("q")], availability=table
    )
    result = solve(case)
    assert "p" in result.unused
    assert why_unused(case, result.assignments, "p").code == code


def test_a_possible_month_has_no_conflict() -> None:
    assert conflict(problem([Need("n", "a", day(0), minimum=1)], [Practitioner("p")])).possible


def test_the_rules_that_make_a_month_impossible() -> None:
    needs = [Need(f"n{d}", "a", day(d), minimum=1) for d in range(3)] + [Need("o", "b", day(9), minimum=0)]
    case = problem(
        needs, [Practitioner("p", monthly_cap=2), Practitioner("q", papers=False, max_minutes=5.0)]
    )
    found = conflict(case)
    assert not found.possible
    # q would do it all: one of the two rules that keep q away is enough beside the cap of p.
    assert found.rules == (Rule.REACH, Rule.MONTHLY_CAP)
    assert set(found.needs) == {"n0", "n1", "n2"}


def test_one_of_two_obstacles_is_enough_and_a_site_minimum_conflicts() -> None:
    sites = [Site("a", week_minimum=1), Site("b")]
    case = problem([Need("n", "a", day(0))], [Practitioner("p", papers=False, max_minutes=5.0)], sites)
    found = conflict(case)
    assert found.rules == (Rule.REACH,)
    assert found.sites == ("a",)


def test_more_asked_than_there_are_people() -> None:
    needs = [Need("m", "a", day(0), minimum=2, wished=2)]
    found = conflict(problem(needs, [Practitioner("p")]))
    assert (found.possible, found.rules, found.needs) == (False, (), ("m",))
