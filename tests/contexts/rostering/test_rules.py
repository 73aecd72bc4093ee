"""Each reason to refuse, alone: when it speaks, when it stays silent."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from releve.contexts.rostering import rules
from releve.contexts.rostering.enums import HalfDay
from releve.contexts.rostering.rules import (
    BusyTime,
    CadenceLine,
    PersonFacts,
    ShiftFacts,
    SiteDays,
    TeamWindow,
)

DAY = date(2026, 3, 4)  # a Wednesday


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 4, hour, minute, tzinfo=UTC)


def shift(**fields) -> ShiftFacts:
    values = {
        "day": DAY,
        "starts_at": at(8),
        "ends_at": at(11),
        "kind": "consultation",
        "time_zone": "Europe/Paris",
    }
    return ShiftFacts(**{**values, **fields})


def person(**fields) -> PersonFacts:
    values = {
        "practitioner_id": 1,
        "name": "Dr Claire Martin",
        "profession": "doctor",
        "status": "replacement",
        "licence_ends_on": None,
    }
    return PersonFacts(**{**values, **fields})


OPEN_SITE = SiteDays(frozenset(), (), None)
MEMBER = [TeamWindow(date(2026, 1, 1), None)]


def codes(reasons) -> list[str]:
    return [reason.code for reason in reasons]


@pytest.mark.parametrize(("today", "refused"), [(date(2026, 3, 4), False), (date(2026, 3, 5), True)])
def test_past_day(today, refused):
    assert bool(rules.past_day(DAY, today)) is refused


@pytest.mark.parametrize(
    ("site", "refused"),
    [
        (OPEN_SITE, False),
        (SiteDays(frozenset({2}), (), None), True),
        (SiteDays(frozenset({3}), (), None), False),
        (SiteDays(frozenset(), ((DAY, DAY, "Travaux"),), None), True),
        (SiteDays(frozenset(), ((date(2026, 3, 5), date(2026, 3, 9), ""),), None), False),
        (SiteDays(frozenset(), ((date(2026, 3, 1), date(2026, 3, 3), ""),), None), False),
    ],
)
def test_site_closed(site, refused):
    assert codes(rules.site_closed(DAY, site)) == (["site-closed"] if refused else [])


def test_site_closed_says_why():
    site = SiteDays(frozenset(), ((DAY, date(2026, 3, 6), "Travaux"),), None)
    assert (
        rules.site_closed(DAY, site)[0].message
        == "Le lieu est fermé du 04/03/2026 au 06/03/2026\u00a0: Travaux."
    )


@pytest.mark.parametrize(("end", "refused"), [(None, False), (DAY, False), (date(2026, 3, 3), True)])
def test_practice_ended(end, refused):
    found = rules.practice_ended(DAY, SiteDays(frozenset(), (), end))
    assert codes(found) == (["practice-ended"] if refused else [])


@pytest.mark.parametrize(("end", "refused"), [(None, False), (DAY, False), (date(2026, 3, 3), True)])
def test_licence_is_valid_on_its_last_day(end, refused):
    found = rules.licence_ended(DAY, person(licence_ends_on=end))
    assert codes(found) == (["licence-ended"] if refused else [])


@pytest.mark.parametrize(
    ("windows", "refused"),
    [
        ([], True),
        (MEMBER, False),
        ([TeamWindow(DAY, DAY)], False),
        ([TeamWindow(date(2026, 3, 5), None)], True),
        ([TeamWindow(date(2025, 1, 1), date(2026, 3, 3))], True),
    ],
)
def test_not_in_team_on_the_day(windows, refused):
    assert bool(rules.not_in_team(DAY, person(), windows)) is refused


@pytest.mark.parametrize(
    ("kind", "profession", "status", "refused"),
    [
        ("consultation", "doctor", "replacement", False),
        ("consultation", "midwife", "employee", False),
        ("consultation", "doctor", "saspas_intern", True),
        ("consultation", "nurse", "employee", True),
        ("nurse", "asalee_nurse", "employee", False),
        ("nurse", "nurse", "employee", False),
        ("nurse", "doctor", "titulaire", True),
        ("intern", "doctor", "saspas_intern", False),
        ("intern", "doctor", "titulaire", True),
    ],
)
def test_wrong_profession(kind, profession, status, refused):
    found = rules.wrong_profession(kind, person(profession=profession, status=status))
    assert codes(found) == (["wrong-profession"] if refused else [])


def test_already_elsewhere_names_the_place_only_when_it_may_be_known():
    known = rules.already_elsewhere(shift(), [BusyTime(at(9), at(12), "Maison de santé")])
    assert known[0].message == "Déjà pris\u00a0: Maison de santé, de 10\u00a0h à 13\u00a0h."
    hidden = rules.already_elsewhere(shift(), [BusyTime(at(9), at(12)), BusyTime(at(8), at(9))])
    assert [r.message for r in hidden] == ["Déjà pris ailleurs à ces heures."]


def test_back_to_back_is_no_clash():
    assert rules.already_elsewhere(shift(), [BusyTime(at(11), at(12)), BusyTime(at(6), at(8))]) == []
    assert rules.room_taken(shift(), "Salle 1", [BusyTime(at(11), at(12))]) == []


def test_room_taken_says_which_and_when():
    found = rules.room_taken(shift(), "Salle 1", [BusyTime(at(10, 30), at(12))])
    assert found[0].code == "room-taken"
    assert "«\u00a0Salle 1\u00a0» est déjà prise de 11\u00a0h\u00a030 à 13\u00a0h" in found[0].message


def test_clash_reasons_gathers_them_all():
    found = rules.clash_reasons(
        shift=shift(kind="nurse"),
        today=date(2026, 3, 10),
        site=SiteDays(frozenset({2}), (), date(2026, 3, 1)),
        person=person(licence_ends_on=date(2026, 1, 1)),
        windows=[],
        busy=[BusyTime(at(8), at(9))],
        room_name="Salle 1",
        room_busy=[BusyTime(at(8), at(9))],
    )
    assert codes(found) == [
        "past-day",
        "site-closed",
        "practice-ended",
        "room-taken",
        "already-elsewhere",
        "licence-ended",
        "not-in-team",
        "wrong-profession",
    ]


def test_clash_reasons_is_empty_when_all_is_well():
    assert (
        rules.clash_reasons(shift=shift(), today=DAY, site=OPEN_SITE, person=person(), windows=MEMBER) == []
    )


@pytest.mark.parametrize(
    ("starts", "ends", "half"),
    [
        (time(9), time(12), HalfDay.MORNING),
        (time(9), time(13, 30), HalfDay.MORNING),
        (time(12), time(15), HalfDay.AFTERNOON),
        (time(14), time(18), HalfDay.AFTERNOON),
        (time(9), time(18), HalfDay.DAY),
    ],
)
def test_half_day(starts, ends, half):
    assert rules.half_day_of(starts, ends) == half


@pytest.mark.parametrize(
    ("starts", "ends", "faults"),
    [
        (time(9), time(12), []),
        (time(12), time(9), ["hours-order"]),
        (time(9), time(9), ["hours-order"]),
        (time(9, 2), time(12), ["hours-grid"]),
        (time(9, 0, 30), time(12), ["hours-grid"]),
    ],
)
def test_impossible_hours(starts, ends, faults):
    assert codes(rules.hours_faults(starts, ends)) == faults


def test_cadence_is_anchored_on_the_week_of_the_first_day():
    line = CadenceLine(weekday=2, every_weeks=2, first_day=date(2026, 3, 5), last_day=date(2026, 4, 20))
    wednesdays = [date(2026, 3, 4), date(2026, 3, 11), date(2026, 3, 18), date(2026, 3, 25)]
    # The first day is a Thursday: its week is week zero, whose Wednesday is before the line's life.
    assert [rules.falls_on(line, day) for day in wednesdays] == [False, False, True, False]
    assert rules.falls_on(line, date(2026, 4, 29)) is False
    assert rules.falls_on(line, date(2026, 3, 19)) is False


def test_cadence_without_first_day_is_stable_over_the_new_year():
    line = CadenceLine(0, 2, None, None)
    mondays = [date(2025, 12, 15), date(2025, 12, 22), date(2025, 12, 29), date(2026, 1, 5)]
    due = [rules.falls_on(line, day) for day in mondays]
    assert due in ([True, False, True, False], [False, True, False, True])


def test_contradictory_availability():
    said, faults = rules.expand_entries([(DAY, "day", "available"), (DAY, "morning", "unavailable")])
    assert codes(faults) == ["contradictory-availability"]
    said, faults = rules.expand_entries([(DAY, "day", "available"), (DAY, "morning", "available")])
    assert faults == []
    assert said == {(DAY, HalfDay.MORNING): "available", (DAY, HalfDay.AFTERNOON): "available"}


@pytest.mark.parametrize(
    ("half", "said", "answer"),
    [
        ("morning", {}, None),
        ("morning", {HalfDay.MORNING: "available"}, "available"),
        ("day", {HalfDay.MORNING: "available"}, None),
        ("day", {HalfDay.MORNING: "available", HalfDay.AFTERNOON: "if_needed"}, "if_needed"),
        ("day", {HalfDay.MORNING: "available", HalfDay.AFTERNOON: "unavailable"}, "unavailable"),
    ],
)
def test_availability_of_a_whole_day_is_its_most_reserved_half(half, said, answer):
    assert rules.availability_of(half, said) == answer


def test_needs_are_ranked_by_availability_then_distance_then_date():
    early, late = date(2026, 3, 4), date(2026, 3, 20)
    ranked = sorted(
        [
            ("unknown near", rules.need_rank(None, 1.0, early)),
            ("available far", rules.need_rank("available", 55.0, early)),
            ("available near late", rules.need_rank("available", 12.0, late)),
            ("available near early", rules.need_rank("available", 15.0, early)),
            ("if needed", rules.need_rank("if_needed", 1.0, early)),
            ("no home", rules.need_rank("available", None, early)),
        ],
        key=lambda pair: pair[1],
    )
    assert [name for name, _ in ranked] == [
        "available near early",
        "available near late",
        "available far",
        "no home",
        "if needed",
        "unknown near",
    ]
