"""Free time read back: windows, notice, holds, rhythm, nearby sites, and constant query counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from releve.contexts.booking import queries, services
from releve.contexts.booking.models import VisitReason
from releve.kernel.audit import SYSTEM
from tests.factories.booking import DAY, NOW, make_contact, make_doctor, make_identity, make_world

pytestmark = pytest.mark.django_db


def hours(slots, world):
    from zoneinfo import ZoneInfo

    return [s.starts_at.astimezone(ZoneInfo(world.site.time_zone)).strftime("%H:%M") for s in slots]


def find(world, category="first_visit", **kw):
    args = {"first_day": DAY, "days": 1, "now": NOW, **kw}
    return queries.find_slots(site_id=world.site.pk, reason_id=world.reasons[category].pk, **args)


def book(world, hour, minute=0, category="first_visit", **kw):
    args = {"identity": make_identity(), "contact": make_contact(), "booked_by": "desk", **kw}
    return services.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons[category].pk,
        starts_at=world.at(hour, minute),
        by=SYSTEM,
        now=args.pop("now", NOW),
        **args,
    )


def test_an_empty_morning_offers_a_chain():
    world = make_world()
    assert hours(find(world), world) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


def test_booked_time_is_not_offered_and_edges_are_preferred():
    world = make_world()
    book(world, 10)
    slots = find(world, "follow_up")
    assert "10:00" not in hours(slots, world)
    assert "10:15" not in hours(slots, world)
    by_hour = dict(zip(hours(slots, world), slots, strict=True))
    assert by_hour["10:30"].adjacent
    assert by_hour["09:45"].adjacent


def test_rhythm_of_the_doctor_lengthens_visits():
    world = make_world()
    world.doctor.rhythm_minutes = 20
    world.doctor.save()
    slots = find(world, "follow_up")
    assert {s.ends_at - s.starts_at for s in slots} == {timedelta(minutes=20)}


def test_notice_hides_what_is_too_soon():
    world = make_world()
    slots = find(world, now=world.at(8, 45))  # two hours of notice for a first visit
    assert hours(slots, world) == ["11:00", "11:30"]


def test_urgent_visits_open_on_the_day_only():
    world = make_world()
    assert find(world, "urgent") == []
    assert find(world, "urgent", now=world.at(8))


def test_partner_reason_is_hidden_from_the_public():
    world = make_world()
    world.shift_on(kind="nurse", start=14, end=17, doctor=make_doctor("Petit", profession="asalee_nurse"))
    assert find(world, "nurse") == []
    assert hours(find(world, "nurse", audience="partner"), world)[0] == "14:00"


@pytest.mark.parametrize("change", [{"status": "proposed"}, {"bookable": False}])
def test_only_confirmed_bookable_shifts_count(change):
    world = make_world()
    for name, value in change.items():
        setattr(world.shift, name, value)
    world.shift.save()
    assert find(world) == []


def test_closed_practice_offers_nothing():
    world = make_world()
    world.practice.status = "closed"
    world.practice.save()
    assert find(world) == []


def test_a_hold_hides_its_time_until_it_expires():
    world = make_world()
    services.place_hold(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=world.at(9),
        by=SYSTEM,
        now=NOW,
    )
    assert "09:00" not in hours(find(world), world)
    assert "09:00" in hours(find(world, now=NOW + timedelta(minutes=11)), world)


def test_overbooked_time_stays_busy_when_one_of_two_cancels():
    world = make_world()
    first = book(world, 9).appointment
    book(world, 9, identity=make_identity("Autre"), overbook_reason="Urgence")
    services.cancel_appointment(appointment_id=first.pk, cancelled_by="desk", by=SYSTEM, now=NOW)
    assert "09:00" not in hours(find(world), world)


def test_near_lists_sites_by_distance_with_their_next_times():
    near, far = make_world("nieul"), make_world("loin", lat=46.70, lon=-1.50)
    out = make_world("paris", lat=48.85, lon=2.35)
    found = queries.next_times_near(lat=46.575, lon=-1.506, now=NOW, radius_km=40)
    assert [f.site.slug for f in found] == [near.site.slug, far.site.slug]
    assert out.site.slug not in [f.site.slug for f in found]
    assert hours(found[0].slots, near) == ["09:00", "09:30", "10:00"]
    assert found[0].distance_km < 1 < found[1].distance_km


def test_near_keeps_a_site_without_any_time():
    world = make_world()
    world.shift.delete()
    found = queries.next_times_near(lat=46.575, lon=-1.506, now=NOW)
    assert [(f.site.pk, f.slots) for f in found] == [(world.site.pk, [])]


def test_near_widens_until_it_finds():
    world = make_world()
    world.shift.delete()
    world.shift_on(day=DAY + timedelta(days=14))
    found = queries.next_times_near(lat=46.575, lon=-1.506, now=NOW, days=28)
    assert len(found[0].slots) == 3


def test_slots_of_named_practitioners():
    world = make_world()
    world.doctor.rpps = "10001234567"
    world.doctor.save()
    slots = queries.practitioner_slots(
        rpps_list=["10001234567", "10009999999"], starts=NOW, ends=NOW + timedelta(days=3), now=NOW
    )
    assert {s.practitioner_id for s in slots} == {world.doctor.pk}


@pytest.mark.parametrize("rows", [1, 3])
def test_slot_search_statements_do_not_grow(rows, django_assert_num_queries):
    world = make_world()
    for index in range(rows):
        world.shift_on(day=DAY + timedelta(days=1 + index))
        book(world, 9 + index, identity=make_identity("Durand" + "abc"[index]))
    with django_assert_num_queries(5):
        assert find(world, days=10)


def test_a_few_slots_are_the_first_of_all():
    world = make_world()
    for days in (1, 2):
        world.shift_on(day=DAY + timedelta(days=days))
    book(world, 9)
    everything = find(world, days=10)
    for limit in (1, 5, 7, 30):
        assert find(world, days=10, limit=limit) == everything[:limit]


@pytest.mark.parametrize("rows", [1, 3])
def test_near_statements_do_not_grow(rows, django_assert_num_queries):
    for index in range(rows):
        world = make_world(f"lieu{index}")
        book(world, 9, identity=make_identity("Durand" + "abc"[index]))
    with django_assert_num_queries(5):
        assert len(queries.next_times_near(lat=46.575, lon=-1.506, now=NOW)) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_board_statements_do_not_grow(rows, django_assert_num_queries):
    world = make_world()
    for index in range(rows):
        book(world, 9 + index, identity=make_identity("Durand" + "abc"[index]))
    with django_assert_num_queries(4):
        board = queries.day_board(site_id=world.site.pk, day=DAY, now=NOW)
        [e.appointment.patient.family_name for c in board.columns for e in c.entries if e.appointment]
    assert board.columns[0].booked == rows
    assert board.columns[0].free_minutes == 180 - 30 * rows


def test_reasons_by_audience_and_patient():
    world = make_world()
    labels = {r.category for r in queries.list_reasons(world.practice.pk, patient_is_known=False)}
    assert labels == {"first_visit", "child", "urgent"}
    labels = {r.category for r in queries.list_reasons(world.practice.pk, patient_is_known=True)}
    assert labels == {"follow_up", "child", "urgent"}
    assert VisitReason.objects.count() == len(queries.list_reasons(world.practice.pk, audience="desk"))
