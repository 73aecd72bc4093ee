"""The definitions of the figures, one case per sentence of the definition."""

from datetime import date

import pytest

from releve.contexts.indicators.rules import half_days_in, monday_of, rate, week_coverage

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(("half_day", "expected"), [("morning", 1), ("afternoon", 1), ("day", 2)])
def test_half_days_of_a_shift(half_day, expected):
    assert half_days_in(half_day) == expected


def test_monday_of_any_day_of_the_week():
    assert monday_of(date(2026, 3, 8)) == MONDAY
    assert monday_of(MONDAY) == MONDAY


def test_covered_counts_confirmed_and_held_against_everything_not_cancelled():
    week = week_coverage(
        MONDAY, [("day", "confirmed"), ("day", "held"), ("day", "open"), ("day", "cancelled")]
    )
    assert (week.covered_days, week.wished_days, week.missing_days) == (2, 3, 1)
    assert week.rate == pytest.approx(2 / 3)
    assert week.level == "partial"


def test_a_proposal_is_wished_but_does_not_cover():
    week = week_coverage(MONDAY, [("morning", "proposed")])
    assert (week.wished, week.covered, week.proposed) == (1, 0, 1)
    assert week.level == "empty"


def test_under_half_of_the_need_is_thin():
    week = week_coverage(MONDAY, [("morning", "confirmed"), ("day", "open")])
    assert week.level == "thin"
    assert week.is_thin


def test_a_blank_week_counts_the_typical_week():
    assert week_coverage(MONDAY, [], typical=6).wished_days == 3
    assert week_coverage(MONDAY, [], typical=6).level == "empty"


def test_a_week_decided_by_people_ignores_the_typical_week():
    week = week_coverage(MONDAY, [("day", "cancelled")], typical=6)
    assert (week.wished, week.level, week.rate) == (0, "none", None)
    assert not week.is_thin


def test_more_than_wished_is_full_and_never_over_one():
    week = week_coverage(MONDAY, [("day", "held"), ("day", "confirmed")])
    assert week.level == "full"
    assert week.rate == 1


def test_unknown_is_not_zero():
    assert rate(0, 0) is None
    assert rate(1, 4) == 0.25
