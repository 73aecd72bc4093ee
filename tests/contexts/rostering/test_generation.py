"""From the typical week to dated shifts: what is skipped and why; running again does nothing twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from releve.contexts.practices.models import SiteClosure
from releve.contexts.rostering import services
from releve.contexts.rostering.models import Shift
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, Invalid, NotFound
from tests.contexts.rostering.conftest import make_place
from tests.factories.practices import NOW
from tests.factories.practitioners import make_member, make_practitioner
from tests.factories.rostering import make_shift, make_template_line

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 29)


def generate(place, first=FIRST, last=LAST, *, now=NOW, **options):
    return services.generate_shifts(
        site_id=place.site.pk,
        first_day=first,
        last_day=last,
        by=SYSTEM,
        now=now,
        **{"skip_public_holidays": True, "skip_school_holidays": False, **options},
    )


def skipped(report) -> list[tuple[date, str]]:
    return [(day, reason.code) for day, reason in report.skipped]


def test_four_wednesdays_then_nothing_more(place):
    make_template_line(place.site, room_id=place.rooms[0].pk)
    report = generate(place)
    assert [s.day for s in report.created] == [date(2026, 3, day) for day in (4, 11, 18, 25)]
    assert all(s.status == "open" and s.room_id == place.rooms[0].pk for s in report.created)
    again = generate(place)
    assert again.created == []
    assert {code for _, code in skipped(again)} == {"already-generated"}
    assert Shift.objects.count() == 4


def test_local_hours_survive_the_clock_change(place):
    make_template_line(place.site, weekday=0)
    report = generate(place, date(2026, 3, 23), date(2026, 3, 30))
    assert [s.starts_at for s in report.created] == [
        datetime(2026, 3, 23, 8, 0, tzinfo=UTC),
        datetime(2026, 3, 30, 7, 0, tzinfo=UTC),
    ]


def test_a_time_that_does_not_exist_is_reported(place):
    make_template_line(place.site, weekday=6, starts=time(2, 30), ends=time(5))
    report = generate(place, date(2026, 3, 29), date(2026, 3, 29))
    assert skipped(report) == [(date(2026, 3, 29), "impossible-time")]


def test_cancelled_and_moved_occurrences_are_not_made_again(place):
    make_template_line(place.site)
    one, two, *_ = generate(place).created
    services.cancel_shift(shift_id=one.pk, reason="Verglas", by=SYSTEM, now=NOW)
    services.edit_shift(
        shift_id=two.pk, expected_version=1, starts=time(14), ends=time(17), by=SYSTEM, now=NOW
    )
    assert generate(place).created == []
    assert Shift.objects.exclude(status="cancelled").count() == 3


def test_a_line_deleted_and_typed_again_recognises_its_shifts(place):
    line = make_template_line(place.site)
    generate(place)
    services.delete_template_line(template_id=line.pk, by=SYSTEM, now=NOW)
    make_template_line(place.site)
    report = generate(place)
    assert report.created == []
    assert {code for _, code in skipped(report)} == {"already-there"}
    # A second line with the same hours is a second doctor: it is not mistaken for the first.
    make_template_line(place.site)
    assert len(generate(place).created) == 4


def test_public_holidays_closures_and_the_end_are_skipped_with_their_reason(place):
    make_template_line(place.site, weekday=0)
    make_template_line(place.site, weekday=4)
    SiteClosure.objects.create(
        site=place.site, first_day=date(2026, 4, 10), last_day=date(2026, 4, 10), reason="Travaux"
    )
    place.site.planned_end_on = date(2026, 4, 14)
    place.site.save()
    report = generate(place, date(2026, 4, 6), date(2026, 4, 17))
    assert skipped(report) == [
        (date(2026, 4, 6), "public-holiday"),  # Easter Monday
        (date(2026, 4, 10), "site-closed"),
        (date(2026, 4, 17), "practice-ended"),
    ]
    assert [s.day for s in report.created] == [date(2026, 4, 13)]
    assert str(report.skipped[1][1]) == "Le lieu est fermé du 10/04/2026 au 10/04/2026\u00a0: Travaux."
    place.site.planned_end_on = None
    place.site.save()
    kept = generate(place, date(2026, 4, 6), date(2026, 4, 6), skip_public_holidays=False)
    assert len(kept.created) == 1


def test_school_holidays_only_if_asked(place):
    make_template_line(place.site)
    # Winter holidays 2026, zone B: 14 February to 2 March.
    week, before = (date(2026, 2, 16), date(2026, 2, 22)), datetime(2026, 2, 1, tzinfo=UTC)
    asked = generate(place, *week, skip_school_holidays=True, now=before)
    assert skipped(asked) == [(date(2026, 2, 18), "school-holiday")]
    free = generate(place, *week, now=before)
    assert len(free.created) == 1


def test_past_days_are_reported(place):
    make_template_line(place.site, weekday=0)
    report = generate(place, date(2026, 2, 23), date(2026, 3, 2))
    assert skipped(report) == [(date(2026, 2, 23), "past-day")]
    assert len(report.created) == 1


def test_every_other_week(place):
    make_template_line(place.site, every_weeks=2, first_day=date(2026, 3, 9))
    assert [s.day.day for s in generate(place).created] == [11, 25]


def test_the_intern_s_day_is_confirmed_or_left_open_with_the_reason(place):
    intern = make_practitioner(practice=place.practice, status="saspas_intern")
    line = make_template_line(place.site, kind="intern", practitioner_id=intern.pk)
    other = make_place("Mazingarbe")
    make_member(other.practice, intern)
    make_shift(
        other.site, practitioner=intern, kind="intern", day=date(2026, 3, 11), starts=time(10), ends=time(13)
    )
    intern.licence_ends_on = date(2026, 3, 20)
    intern.save()
    report = generate(place)
    assert [(s.day.day, s.status) for s in report.created] == [
        (4, "confirmed"),
        (11, "open"),
        (18, "confirmed"),
        (25, "open"),
    ]
    assert [(day.day, why.code) for day, why in report.left_open] == [
        (11, "already-elsewhere"),
        (25, "licence-ended"),
    ]
    # The other practice's place is not named to whoever generates here.
    assert report.left_open[0][1].message == "Déjà pris ailleurs à ces heures."
    assert report.left_open[0][1].template_id == line.pk


def test_two_lines_of_one_room_do_not_collide(place):
    room = place.rooms[0].pk
    make_template_line(place.site, room_id=room)
    make_template_line(place.site, room_id=room, starts=time(11), ends=time(13))
    report = generate(place, date(2026, 3, 4), date(2026, 3, 4))
    assert len(report.created) == 1
    assert skipped(report) == [(date(2026, 3, 4), "room-taken")]


def test_when_the_database_refuses_the_batch_the_rest_is_kept(place, doctor, monkeypatch):
    make_template_line(place.site, practitioner_id=doctor.pk)
    make_shift(place.site, practitioner=doctor, day=date(2026, 3, 11), starts=time(10), ends=time(11))
    # As if the other shift had been written between the look and the write.
    monkeypatch.setattr("releve.contexts.rostering.rules.person_reasons", lambda **kwargs: [])
    report = generate(place)
    assert [(s.day.day, s.status) for s in sorted(report.created, key=lambda s: s.day)] == [
        (4, "confirmed"),
        (11, "open"),
        (18, "confirmed"),
        (25, "confirmed"),
    ]
    assert [(day.day, why.code) for day, why in report.left_open] == [(11, "already-elsewhere")]


def test_only_the_lines_asked_for(place):
    one = make_template_line(place.site)
    make_template_line(place.site, weekday=3)
    assert len(generate(place, template_ids=[one.pk]).created) == 4
    with pytest.raises(NotFound):
        generate(place, template_ids=[0])


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [(LAST, FIRST, "days-order"), (date(2026, 3, 2), date(2028, 3, 2), "period-too-long")],
)
def test_impossible_periods(place, first, last, code):
    with pytest.raises(Invalid) as caught:
        generate(place, first, last)
    assert caught.value.code == code


def test_statements_do_not_grow_with_the_period(place, doctor, django_assert_num_queries):
    make_template_line(place.site, practitioner_id=doctor.pk)
    # Site, lock, lines, people, closures, existing, shifts here, the person's, team, savepoints, insert, journal.
    with django_assert_num_queries(15):
        generate(place, date(2026, 3, 4), date(2026, 3, 4))
    with django_assert_num_queries(15):
        generate(place, date(2026, 3, 5), date(2026, 3, 25))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"weekday": 7}, "unknown-weekday"),
        ({"every_weeks": 0}, "cadence"),
        ({"starts": time(12), "ends": time(9)}, "hours-order"),
        ({"first_day": LAST, "last_day": FIRST}, "days-order"),
        ({"kind": "garde"}, "unknown-kind"),
    ],
)
def test_impossible_lines(place, fields, code):
    with pytest.raises(Invalid) as caught:
        make_template_line(place.site, **fields)
    assert caught.value.code == code


def test_a_line_refuses_a_person_of_another_profession(place, doctor):
    with pytest.raises(Conflict) as caught:
        make_template_line(place.site, kind="nurse", practitioner_id=doctor.pk)
    assert caught.value.code == "wrong-profession"


def test_a_line_of_another_site_is_unknown(place):
    line = make_template_line(place.site)
    with pytest.raises(NotFound):
        make_template_line(make_place("Mazingarbe").site, template_id=line.pk)
    assert make_template_line(place.site, template_id=line.pk, weekday=1).weekday == 1
