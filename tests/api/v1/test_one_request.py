"""A partner books in one request: the time and the patient together, without a hold before."""

from __future__ import annotations

import pytest
import time_machine

from releve.contexts.booking import services
from releve.contexts.booking.models import Appointment, Hold, IdempotencyRecord, Occupation
from releve.contexts.patients.models import Patient
from releve.kernel.models import AuditEvent, OutboxMessage
from tests.factories.booking import NOW, make_doctor, make_world

from .test_booking_api import KEY, Api, assert_problem, hold_body, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    services.create_api_client(name="Mairie", token=KEY, now=NOW)
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.fixture
def api(client):
    return Api(client)


def direct(world, hour=9, minute=0, family_name="Durand", **slot):
    body = person(None)
    body["patient"]["family_name"] = family_name
    return {**body, "slot": hold_body(world, hour, minute, **slot)}


def book(api, body, key="k"):
    return api.post("/appointments", body, **{"idempotency-key": key})


def counts():
    journal = AuditEvent.objects.filter(action="appointment.book").count()
    return (*(m.objects.count() for m in (Appointment, Hold, Occupation, Patient, OutboxMessage)), journal)


def test_the_booking_is_whole_and_the_same_as_with_a_hold(world, api):
    answer = book(api, direct(world))
    assert answer.status_code == 201, answer.content
    once = counts()
    assert once[:4] == (1, 0, 18, 1)
    read = api.get(f"/appointments/{answer.json()['manage_token']}").json()
    assert (read["status"], read["starts_at"]) == ("booked", "2026-03-04T09:00:00+01:00")

    hold = api.post("/holds", hold_body(world, 10)).json()["hold"]
    other = person(hold)
    other["patient"]["family_name"] = "Autre"
    assert set(book(api, other, "l").json()) == set(answer.json())
    assert counts() == tuple(2 * n for n in once)


def test_the_same_key_books_once_and_gives_the_same_answer(world, api):
    first = book(api, direct(world))
    again = book(api, direct(world))
    assert (again.status_code, again.json()) == (201, first.json())
    assert Appointment.objects.count() == 1
    assert_problem(book(api, direct(world, 10)), 409, "key-reused")


def test_a_taken_time_comes_with_alternatives_and_leaves_nothing(world, api):
    book(api, direct(world))
    before = counts()
    body = assert_problem(book(api, direct(world, family_name="Autre"), "l"), 409, "slot-taken")
    assert body["alternatives"][0]["starts_at"] == "2026-03-04T09:30:00+01:00"
    assert counts() == before
    assert IdempotencyRecord.objects.count() == 1, "a refused call may be tried again with its key"


def test_a_held_time_is_taken_too(world, api):
    api.post("/holds", hold_body(world))
    assert_problem(book(api, direct(world)), 409, "slot-taken")


def test_a_patient_is_not_in_two_places_at_once(world, api):
    doctor = make_doctor("Petit")
    world.shift_on(doctor=doctor)
    book(api, direct(world, practitioner=world.doctor.pk))
    before = counts()
    assert_problem(book(api, direct(world, practitioner=doctor.pk), "l"), 409, "patient-busy")
    assert counts() == before


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        ({"starts_at": "2026-03-04T09:00:00"}, 422, "invalid"),
        ({"reason": 999999}, 404, "unknown-reason"),
        ({"site": "ailleurs"}, 404, "not-found"),
        ({"starts_at": "2026-03-04T09:01:00+01:00"}, 422, "invalid"),
        ({"starts_at": "2020-01-01T09:00:00+01:00"}, 410, "shift-closed"),
    ],
)
def test_bad_times_change_nothing(world, api, spoil, status, code):
    before = counts()
    assert_problem(book(api, direct(world, **spoil)), status, code)
    assert counts() == before


def test_a_reason_for_children_is_refused_to_an_adult(world, api):
    reason = world.reasons["child"]
    reason.max_age_years = 16
    reason.save()
    assert_problem(book(api, direct(world, reason=reason.pk)), 422, "too-old")


def test_hold_or_slot_but_not_both_nor_none(world, api):
    assert_problem(book(api, {**direct(world), "hold": "x"}), 422, "hold-or-slot")
    assert_problem(book(api, person(None)), 422, "hold-or-slot")


def test_without_a_key_a_hold_is_needed(world, client):
    assert_problem(book(Api(client, key=None), direct(world)), 422, "hold-needed")
    assert not Appointment.objects.exists()


def test_a_key_of_other_practices_does_not_book_here(world, client):
    other = make_world("autre")
    services.create_api_client(name="Autre", practice_ids=[other.practice.pk], token="cle-autre", now=NOW)
    assert book(Api(client, "cle-autre"), direct(world)).status_code == 404
    assert book(Api(client, "cle-autre"), direct(other)).status_code == 201


def test_statements_of_a_booking(world, api, django_assert_max_num_queries):
    with django_assert_max_num_queries(17):
        book(api, direct(world))
