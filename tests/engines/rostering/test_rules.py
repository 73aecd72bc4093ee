"""Every hard rule by itself: what it refuses, what it lets through, and that the solver and the check agree."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from releve.engines.rostering import (
    Assignment,
    Edit,
    Half,
    InvalidProblem,
    Need,
    Practitioner,
    Problem,
    Rule,
    Site,
    check_edit,
    check_roster,
    solve,
)

from .strategies import day, problem

A = Assignment


def faults(problem: Problem, *pairs: tuple[str, str]) -> set[Rule]:
    return {broken.rule for broken in check_roster(problem, [A(*pair) for pair in pairs])}


def held(problem: Problem) -> list[tuple[str, str]]:
    return [tuple(a) for a in solve(problem).assignments]


def changed(person: dict | None = None, need: dict | None = None, **extra) -> Problem:
    return problem([Need("n", "a", day(2), **(need or {}))], [Practitioner("p", **(person or {}))], **extra)


NEVER = np.zeros((1, 14, 2), dtype=bool)
PAIRS = [
    (Rule.AVAILABILITY, {}, {}, {"availability": NEVER}),
    (Rule.QUALIFICATION, {"status": "intern"}, {"accepts": frozenset({"volunteer"})}, {}),
    (Rule.QUALIFICATION, {}, {"skills": frozenset({"echography"})}, {}),
    (Rule.PAPERS, {"papers_until": day(1)}, {}, {}),
    (Rule.PAPERS, {"papers_from": day(3)}, {}, {}),
    (Rule.PAPERS, {"papers": False}, {}, {}),
    (Rule.REACH, {"max_minutes": 9.0}, {}, {}),
    (Rule.REACH, {"max_minutes": np.inf}, {}, {"home_minutes": np.full((1, 2), np.inf)}),
    (Rule.FIXED_DAYS, {"fixed_weekdays": frozenset({0})}, {}, {}),
    (Rule.FIXED_DAYS, {"fixed_site": "b"}, {}, {}),
    (Rule.LODGING_NEEDED, {"lodging_beyond": 5.0, "lodging_required": True}, {}, {}),
    (Rule.MONTHLY_CAP, {"monthly_cap": 2, "used_days": 1.5}, {}, {}),
    (Rule.WEEK_DAYS, {"max_days_week": 0}, {}, {}),
    (Rule.ROOMS, {}, {}, {"sites": [Site("a", rooms=0), Site("b")]}),
]


@pytest.mark.parametrize(("rule", "person", "need", "extra"), PAIRS)
def test_one_need_one_practitioner(rule: Rule, person: dict, need: dict, extra: dict) -> None:
    refused = changed(person, need, **extra)
    assert faults(refused, ("p", "n")) == {rule}
    assert held(refused) == []
    assert held(changed()) == [("p", "n")]


def test_papers_count_the_last_day_and_the_first() -> None:
    assert held(changed({"papers_until": day(2), "papers_from": day(2)})) == [("p", "n")]


def test_a_half_day_is_enough_for_a_half_day() -> None:
    mornings = np.zeros((1, 14, 2), dtype=bool)
    mornings[:, :, 0] = True
    assert held(changed(need={"halves": Half.MORNING}, availability=mornings)) == [("p", "n")]
    assert held(changed(need={"halves": Half.AFTERNOON}, availability=mornings)) == []
    assert held(changed(availability=mornings)) == []


def two(first: dict, second: dict, person: dict | None = None, **extra) -> Problem:
    """One practitioner, two needs: `m` at a on day 2, `n` where and when told."""
    needs = [Need("m", "a", day(2), **first), Need("n", **{"site": "b", "day": day(2), **second})]
    return problem(needs, [Practitioner("p", **(person or {}))], **extra)


FAR = np.asarray([[0.0, 50.0], [50.0, 0.0]])
CLASHES = [
    (Rule.TWO_PLACES, two({}, {"halves": Half.AFTERNOON})),
    (Rule.TWO_PLACES, two({}, {})),
    (Rule.HALF_DAY_TRAVEL, two({"halves": Half.MORNING}, {"halves": Half.AFTERNOON}, site_minutes=FAR)),
    (Rule.MONTHLY_CAP, two({}, {"day": day(5)}, {"monthly_cap": 1.5})),
    (Rule.WEEK_DAYS, two({}, {"day": day(6)}, {"max_days_week": 1})),
    (Rule.REST, two({"rest_after": 1}, {"day": day(3)})),
    (Rule.REST, two({}, {"day": day(3)}, {"max_consecutive_days": 1})),
]


@pytest.mark.parametrize(("rule", "case"), CLASHES)
def test_two_needs_one_practitioner(rule: Rule, case: Problem) -> None:
    assert faults(case, ("p", "m"), ("p", "n")) == {rule}
    result = solve(case)
    assert len(result.assignments) == 1
    assert result.status == "optimal"
    edit = Edit(add=(A("p", "n"),))
    (broken,) = check_edit(case, [A("p", "m")], edit)
    assert broken.rule is rule
    assert set(broken.needs) == {"m", "n"}
    assert check_edit(case, [A("p", "m")], Edit(add=(A("p", "n"),), remove=(A("p", "m"),))) == []


@pytest.mark.parametrize(
    "case",
    [
        two({"halves": Half.MORNING}, {"halves": Half.AFTERNOON}),
        two({}, {"day": day(5)}, {"monthly_cap": 2}),
        two({}, {"day": day(7)}, {"max_days_week": 1}),  # the next Monday
        two({"rest_after": 1}, {"day": day(4)}),
        two({}, {"day": day(4)}, {"max_consecutive_days": 1}),
    ],
)
def test_two_needs_that_go_together(case: Problem) -> None:
    assert faults(case, ("p", "m"), ("p", "n")) == set()
    assert len(solve(case).assignments) == 2


def test_the_cap_is_that_of_each_month_and_used_days_those_of_the_first() -> None:
    last = day(27)  # a Sunday; the month ends on day 30
    needs = [Need(f"n{d}", "a", day(d)) for d in (28, 29, 32, 33)]
    case = problem(needs, [Practitioner("p", monthly_cap=2, used_days=1)], days=40)
    assert last.month == 3
    assert len(held(case)) == 3


def test_rooms_are_shared_by_the_needs_of_a_site() -> None:
    needs = [Need("m", "a", day(0)), Need("n", "a", day(0), Half.MORNING, kind="specialist")]
    case = problem(needs, [Practitioner("p"), Practitioner("q")], [Site("a", rooms=1)])
    assert faults(case, ("p", "m"), ("q", "n")) == {Rule.ROOMS}
    assert held(case) in ([("p", "m")], [("q", "m")])


def test_no_more_practitioners_than_seats() -> None:
    case = problem([Need("n", "a", day(0))], [Practitioner("p"), Practitioner("q")])
    assert faults(case, ("p", "n"), ("q", "n")) == {Rule.SEATS}


def supervised(reachable: bool, minutes: float = 10.0, halves: Half = Half.DAY) -> Problem:
    needs = [Need("m", "a", day(0), accepts=frozenset({"intern"})), Need("n", "b", day(0), halves)]
    people = [Practitioner("boss"), Practitioner("p", status="intern", supervisors=("boss",))]
    return problem(
        needs,
        people,
        site_minutes=np.asarray([[0.0, minutes], [minutes, 0.0]]),
        reachable=np.full((2, 14, 2), reachable),
    )


def test_an_intern_works_with_a_supervisor_at_hand_or_near() -> None:
    assert faults(supervised(True), ("p", "m")) == set()
    assert faults(supervised(False), ("p", "m")) == {Rule.SUPERVISION}
    assert faults(supervised(False), ("p", "m"), ("boss", "n")) == set()
    assert faults(supervised(False, minutes=31.0), ("p", "m"), ("boss", "n")) == {Rule.SUPERVISION}
    assert faults(supervised(False, halves=Half.MORNING), ("p", "m"), ("boss", "n")) == {Rule.SUPERVISION}
    assert held(supervised(False)) == [("boss", "n"), ("p", "m")]
    assert held(supervised(False, minutes=31.0)) == [("boss", "n")] or len(held(supervised(False, 31.0))) == 1


def test_taking_a_supervisor_away_is_refused() -> None:
    broken = check_edit(supervised(False), [A("p", "m"), A("boss", "n")], Edit(remove=(A("boss", "n"),)))
    assert [(b.rule, b.practitioner) for b in broken] == [(Rule.SUPERVISION, "p")]


def test_pinned_is_kept_even_against_a_rule_and_the_result_says_so() -> None:
    case = changed({"papers": False}, pinned=(A("p", "n"),))
    result = solve(case)
    assert result.assignments == (A("p", "n"),)
    assert [b.rule for b in result.broken] == [Rule.PAPERS]
    (broken,) = check_edit(changed(pinned=(A("p", "n"),)), [A("p", "n")], Edit(remove=(A("p", "n"),)))[:1]
    assert broken.rule is Rule.PINNED


def test_a_rule_left_out_refuses_nothing() -> None:
    from releve.engines.rostering import Parameters

    case = changed({"papers": False})
    assert len(solve(case, Parameters(disabled=frozenset({Rule.PAPERS}))).assignments) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"days": 0},
        {"availability": np.ones((2, 14, 2), dtype=bool)},
        {"home_minutes": np.full((1, 2), np.nan)},
        {"needs": (Need("n", "nowhere", day(0)),)},
        {"needs": (Need("n", "a", day(99)),)},
        {"needs": (Need("n", "a", day(0)), Need("n", "b", day(0)))},
        {"needs": (Need("n", "a", day(0), minimum=2),)},
        {"needs": (Need("n", "a", day(0), priority=0),)},
        {"sites": (Site("a", rooms=-1), Site("b"))},
        {"practitioners": (Practitioner("p", supervisors=("nobody",)),)},
        {"practitioners": (Practitioner("p", monthly_cap=-1),)},
        {"practitioners": (Practitioner("p", fixed_site="nowhere"),)},
        {"pinned": (A("p", "nothing"),)},
        {"pinned": (A("p", "n"), A("p", "n"))},
    ],
)
def test_contradictory_rows_are_refused(change: dict) -> None:
    with pytest.raises(InvalidProblem):
        dataclasses.replace(changed(), **change)
