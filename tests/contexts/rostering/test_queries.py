"""Reads of the roster: what they show, and that their cost does not grow with the rows."""

from __future__ import annotations

from datetime import date, time

import pytest

from releve.contexts.practices.models import SiteClosure
from releve.contexts.rostering import queries, services
from releve.kernel.audit import SYSTEM
from tests.contexts.rostering.conftest import make_place
from tests.factories.practices import NOW, make_site
from tests.factories.practitioners import make_member, make_practitioner
from tests.factories.rostering import DAY, make_shift, make_template_line

pytestmark = pytest.mark.django_db
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def show(shift) -> tuple:
    """Everything a page reads of a row."""
    who = shift.practitioner.display_name if shift.practitioner else ""
    room = shift.room.name if shift.room else ""
    return (shift.practice.name, shift.site.name, shift.site.commune.name, room, who)


def test_roster_view(place, doctor):
    make_shift(place.site, practitioner=doctor)
    make_shift(place.site, starts=time(14), ends=time(17))
    dropped = make_shift(place.site, day=date(2026, 3, 5))
    services.cancel_shift(shift_id=dropped.pk, reason="Verglas", by=SYSTEM, now=NOW)
    SiteClosure.objects.create(site=place.site, first_day=date(2026, 3, 6), last_day=date(2026, 3, 6))
    make_shift(make_place("Mazingarbe").site)
    view = queries.roster_view(place.practice.pk, DAY, date(2026, 4, 6))
    assert [len(day.shifts) for day in view.days[:3]] == [2, 1, 0]
    assert view.days[2].closures == [(place.site.pk, "Fermeture")]
    assert view.counts == {"open": 1, "proposed": 0, "confirmed": 1, "held": 0, "cancelled": 1}
    assert view.days[-1].public_holiday is True
    assert view.days[0].public_holiday is False
    assert len(queries.roster_view(place.practice.pk, DAY, DAY, with_cancelled=False).shifts) == 2
    other = make_site(place.practice)
    assert queries.roster_view(place.practice.pk, DAY, DAY, site_id=other.pk).shifts == []


def test_roster_view_costs_the_same_at_one_and_three(place, doctor, django_assert_num_queries):
    def cost():
        view = queries.roster_view(place.practice.pk, *MARCH)
        return [show(shift) for shift in view.shifts]

    make_shift(place.site, practitioner=doctor, room_id=place.rooms[0].pk)
    with django_assert_num_queries(4):
        assert len(cost()) == 1
    make_shift(place.site, practitioner=doctor, day=date(2026, 3, 5))
    make_shift(make_site(place.practice), day=date(2026, 3, 6))
    with django_assert_num_queries(4):
        assert len(cost()) == 3


def test_lists_cost_the_same_at_one_and_three(place, doctor, django_assert_num_queries):
    def cost():
        return [
            len([show(s) for s in queries.shifts_between(place.practice.pk, *MARCH)]),
            len([show(s) for s in queries.shifts_of(doctor, first=DAY)]),
            len(
                [
                    show(c)
                    for week in queries.month_grid(place.site.pk, 2026, 3)
                    for d in week
                    for c in d.shifts
                ]
            ),
            len([h for d in queries.opening_days(place.site.pk, *MARCH) for h in d.hours]),
            sum(w.confirmed for w in queries.coverage(place.practice.pk, *MARCH)),
        ]

    make_shift(place.site, practitioner=doctor)
    with django_assert_num_queries(7):
        assert cost() == [1, 1, 1, 1, 1]
    make_shift(place.site, practitioner=doctor, day=date(2026, 3, 11))
    make_shift(place.site, practitioner=doctor, day=date(2026, 3, 12))
    with django_assert_num_queries(7):
        assert cost() == [3, 3, 3, 3, 3]


def test_month_grid_is_whole_weeks(place):
    make_shift(place.site, day=date(2026, 4, 1))
    grid = queries.month_grid(place.site.pk, 2026, 3)
    assert (grid[0][0].day, grid[-1][-1].day) == (date(2026, 2, 23), date(2026, 4, 5))
    assert [cell.in_month for cell in grid[0]] == [False] * 6 + [True]
    assert len(grid[-1][2].shifts) == 1


def test_the_public_sees_confirmed_days_and_only_public_names(place, doctor):
    make_shift(place.site)
    make_shift(place.site, practitioner=doctor, status="proposed", day=date(2026, 3, 5))
    private = make_practitioner(practice=place.practice)
    private.name_is_public = False
    private.save()
    make_shift(place.site, practitioner=private, day=date(2026, 3, 6))
    days = queries.opening_days(place.site.pk, *MARCH)
    assert [(d.day.day, [h.public_name for h in d.hours]) for d in days] == [(6, ["Médecin"])]


def test_coverage_by_week(place, doctor):
    make_shift(place.site, practitioner=doctor)
    make_shift(place.site, day=date(2026, 3, 6))
    make_shift(place.site, day=date(2026, 3, 9))
    first, second = queries.coverage([place.practice.pk], *MARCH)
    assert (first.monday, first.open, first.confirmed, first.rate) == (date(2026, 3, 2), 1, 1, 0.5)
    assert (second.monday, second.needed, second.filled) == (date(2026, 3, 9), 1, 0)
    assert queries.coverage([place.practice.pk], *MARCH, site_ids=[0]) == []


def test_team_of_the_day(place, doctor):
    leaver = make_practitioner()
    make_member(place.practice, leaver, since=date(2026, 1, 1), until=date(2026, 3, 3))
    assert queries.assignable_practitioners(place.practice.pk, DAY) == [doctor]


def test_template_lines_and_proposals(place, doctor):
    late, early = make_template_line(place.site, weekday=4), make_template_line(place.site, weekday=1)
    assert queries.template_lines(place.site.pk) == [early, late]
    asked = make_shift(place.site, practitioner=doctor, status="proposed")
    assert queries.pending_proposals(place.practice.pk, today=DAY) == [asked]
    assert queries.pending_proposals(place.practice.pk, today=date(2026, 3, 5)) == []


def test_staffing_options(place, doctor, django_assert_num_queries):
    busy = make_practitioner(practice=place.practice)
    make_practitioner(practice=place.practice, profession="asalee_nurse", status="employee")
    other = make_place("Mazingarbe")
    make_member(other.practice, busy)
    make_shift(other.site, practitioner=busy)
    services.set_availability(
        practitioner_id=doctor.pk, entries=[(DAY, "day", "available")], by=SYSTEM, now=NOW
    )
    shift = make_shift(place.site)
    with django_assert_num_queries(3):
        options = queries.staffing_options(place.practice.pk, [shift])[shift.pk]
    assert [(o.practitioner_id, o.availability) for o in options] == [
        (doctor.pk, "available"),
        (busy.pk, None),
    ]
    # Another practice's place is not named.
    assert [r.message for r in options[1].reasons] == ["Déjà pris ailleurs à ces heures."]
