"""Two people, one time, the same second: on both databases exactly one wins and nothing is left half done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from releve.contexts.booking import services
from releve.contexts.booking.models import Appointment, Hold, Occupation
from releve.contexts.patients.models import Patient
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, DomainError, Gone
from tests.factories.booking import NOW, make_contact, make_doctor, make_identity, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def race(jobs: list[Callable[[], object]]) -> tuple[list[object], list[DomainError]]:
    """Run jobs in threads that start together; results and refusals."""
    barrier = Barrier(len(jobs))

    def run(job):
        try:
            barrier.wait()
            return job()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        outcomes = list(pool.map(run, jobs))
    refused = [o for o in outcomes if isinstance(o, DomainError)]
    return [o for o in outcomes if not isinstance(o, DomainError)], refused


def booker(world, name, hour=9, **kw):
    return lambda: services.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=world.at(hour),
        identity=make_identity(name),
        contact=make_contact(),
        booked_by="desk",
        by=SYSTEM,
        now=NOW,
        **kw,
    )


def letters(n):
    return ["Durand" + "abcdefghijkl"[i] for i in range(n)]


def test_eight_people_chase_one_time():
    world = make_world()
    won, refused = race([booker(world, name) for name in letters(8)])
    assert len(won) == 1
    assert {type(r) for r in refused} == {services.SlotTaken}
    assert Appointment.objects.count() == 1
    assert Patient.objects.count() == 1
    assert Occupation.objects.count() == 18


def test_eight_holds_for_two_doctors():
    world = make_world()
    world.shift_on(doctor=make_doctor("Petit"))

    def holder():
        return services.place_hold(
            site_id=world.site.pk,
            reason_id=world.reasons["first_visit"].pk,
            starts_at=world.at(9),
            by=SYSTEM,
            now=NOW,
        )

    won, _ = race([holder] * 8)
    # Each of the two doctors may be held once; a loser who raced for the same doctor is told to choose again.
    assert 1 <= len(won) <= 2
    assert len({w.hold.practitioner_id for w in won}) == len(won)
    assert Hold.objects.count() == len(won)


def test_one_patient_two_doctors_same_hour():
    world = make_world()
    other = world.shift_on(doctor=make_doctor("Petit"))
    won, refused = race(
        [booker(world, "Durand", shift_id=world.shift.pk), booker(world, "Durand", shift_id=other.pk)]
    )
    assert len(won) == 1
    assert [r.code for r in refused] == ["patient-busy"]
    assert Patient.objects.count() == 1


def test_same_form_sent_twice_confirms_once():
    world = make_world()
    placed = services.place_hold(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=world.at(9),
        by=SYSTEM,
        now=NOW,
    )
    services.save_hold_identity(
        token=placed.token,
        identity=make_identity(),
        contact=make_contact(),
        booked_by="patient",
        by=SYSTEM,
        now=NOW,
    )

    def confirm():
        return services.confirm_hold(token=placed.token, code=None, without_code=True, by=SYSTEM, now=NOW)

    won, refused = race([confirm] * 4)
    assert len(won) == 1
    assert {type(r) for r in refused} <= {Gone, Conflict}
    assert Appointment.objects.count() == 1


def test_same_idempotency_key_acts_once():
    world = make_world()

    def call():
        def action():
            booking = booker(world, "Durand")()
            return 201, {"id": booking.appointment.public_id}

        return services.answer_once(scope="s", key="k", request="r", now=NOW, action=action)

    won, refused = race([call] * 4)
    assert refused == []
    assert len({answer.body["id"] for answer in won}) == 1
    assert Appointment.objects.count() == 1


def test_two_desks_move_two_visits_to_one_time():
    world = make_world()
    first, second = (booker(world, name, hour)().appointment for name, hour in (("Durand", 9), ("Petit", 10)))
    moves = [
        lambda a=a: services.move_appointment(appointment_id=a.pk, starts_at=world.at(11), by=SYSTEM, now=NOW)
        for a in (first, second)
    ]
    won, refused = race(moves)
    assert len(won) == 1
    assert [type(r) for r in refused] == [services.SlotTaken]
    assert Occupation.objects.count() == 36


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time")
def test_a_shift_cancelled_while_it_is_being_booked_takes_no_appointment():
    from threading import Event, Thread

    from django.db import transaction

    world = make_world()
    locked, done = Event(), Event()

    def cancel():
        try:
            with transaction.atomic():
                shift = type(world.shift).objects.select_for_update().get(pk=world.shift.pk)
                locked.set()
                done.wait(0.5)  # the booking has read the shift as open and waits to insert
                shift.status, shift.version = "cancelled", shift.version + 1
                shift.save()
        finally:
            connections.close_all()

    thread = Thread(target=cancel)
    thread.start()
    locked.wait(5)
    with pytest.raises(Gone):
        booker(world, "Durand")()
    done.set()
    thread.join()
    assert not Appointment.objects.exists()
    assert not Occupation.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time")
def test_a_hold_renewed_while_the_worker_purges_keeps_its_time():
    """The worker sees it expired; whoever asked for a code at that instant has just given it ten more minutes."""
    from datetime import timedelta
    from threading import Event, Thread

    from django.db import transaction

    world = make_world()
    services.place_hold(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=world.at(9),
        by=SYSTEM,
        now=NOW,
    )
    later = NOW + timedelta(minutes=10)
    renewed, purging = Event(), Event()

    def renew():
        try:
            with transaction.atomic():
                row = Hold.objects.select_for_update().get()
                row.expires_at = later + timedelta(minutes=10)
                row.save()
                renewed.set()
                purging.wait(0.5)
        finally:
            connections.close_all()

    thread = Thread(target=renew)
    thread.start()
    renewed.wait(5)
    assert services.purge_expired_holds(now=later) == 0
    purging.set()
    thread.join()
    assert Hold.objects.count() == 1
    assert Occupation.objects.count() == 12
