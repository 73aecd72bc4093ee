"""The board page, its refresh, the steps of a visit, moving and cancelling."""

from __future__ import annotations

import pytest
from django.test import Client

from releve.contexts.booking.models import Appointment
from releve.kernel.models import AuditEvent, OutboxMessage
from tests.factories.accounts import make_staff
from tests.factories.booking import DAY, make_doctor, make_world

FETCH = {"HTTP_X_REQUESTED_WITH": "fetch"}
# Session and user (2), roles, practice, site, journal line, session row (savepoint, update, release), sites of the switch,
# and the four statements of the board.
PAGE_QUERIES = 14


def test_one_practice_leads_straight_to_its_day(desk):
    response = desk.client.get("/secretariat/", follow=True)
    assert response.redirect_chain[-1][0] == desk.day
    assert "Dr Claire Martin" in response.content.decode()


def test_several_practices_are_listed(desk):
    other = make_world("mazingarbe")
    from tests.factories.accounts import grant

    grant(desk.secretary, "secretary", practice=other.practice)
    page = desk.client.get("/secretariat/").content.decode()
    assert "Cabinet de nieul" in page
    assert "Cabinet de mazingarbe" in page


def test_board_shows_visits_free_time_and_who_waits(desk):
    appointment = desk.book(9, 15)
    Appointment.objects.filter(pk=appointment.pk).update(
        status="arrived", arrived_at=desk.world.at(9, 10), desk_note="Vient en taxi"
    )
    page = desk.client.get(desk.day).content.decode()
    assert "DURAND Paul" in page
    assert "En attente" in page
    assert "30\u00a0min</span>" in page  # since 9 h 10, at 9 h 40
    assert "retard 25\u00a0min" in page
    assert "libre 2\u00a0h\u00a030" in page
    assert "Vient en taxi" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_query_count_does_not_grow(desk, django_assert_num_queries, rows):
    names = ["Durand", "Petit", "Moreau"]
    for number in range(rows):
        desk.book(9, 15 * number, name=names[number])
    with django_assert_num_queries(PAGE_QUERIES):
        desk.client.get(desk.day)


def test_reading_is_journaled_once_not_per_refresh(desk, at_work):
    desk.book(9)
    desk.client.get(desk.day)
    for _ in range(3):
        desk.client.get(f"{desk.day}?vue=plateau")
    lines = AuditEvent.objects.filter(action="board.read")
    assert [(line.target_id, line.details["day"]) for line in lines] == [
        (desk.world.site.pk, DAY.isoformat())
    ]


def test_a_refresh_without_the_page_is_journaled_too(desk):
    desk.client.get(f"{desk.day}?vue=plateau")
    assert AuditEvent.objects.filter(action="board.read").count() == 1


def test_refresh_answers_304_until_something_changes(desk):
    address = f"{desk.day}?vue=plateau"
    first = desk.client.get(address)
    assert first.status_code == 200
    again = desk.client.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    desk.book(9)
    changed = desk.client.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    assert changed.status_code == 200
    assert "<header" in changed.content.decode()
    assert "<html" not in changed.content.decode()


def test_names_are_never_kept_by_a_browser(desk):
    assert desk.client.get(desk.day)["Cache-Control"] == "no-store"


def test_day_without_doctor_shows_the_way_out(desk):
    page = desk.client.get(desk.day.replace("2026-03-04", "2026-03-03")).content.decode()
    assert "Aucun médecin ne consulte" in page
    assert "mercredi 4" in page
    assert "116\u00a0117" in page


@pytest.mark.parametrize("day", ["2026-02-30", "hier", "1999-01-01", "2026-3-4", "20260304"])
def test_impossible_days_do_not_exist(desk, day):
    assert desk.client.get(desk.day.replace("2026-03-04", day)).status_code == 404


def test_date_picker(desk):
    response = desk.client.get(f"{desk.root}jour/?lieu={desk.world.site.slug}&date=2026-03-09")
    assert response["Location"].endswith("/2026-03-09/")
    assert desk.client.get(f"{desk.root}jour/?date=demain").status_code == 422
    assert desk.client.get(f"{desk.root}jour/?lieu=ailleurs").status_code == 404


def test_doctor_reads_and_changes_nothing(desk, as_doctor):
    appointment = desk.book(9)
    page = as_doctor.get(desk.day).content.decode()
    assert "DURAND Paul" in page
    assert "etape/" not in page
    assert "Réserver" not in page
    assert (
        as_doctor.post(f"{desk.root}visites/{appointment.pk}/etape/", {"status": "arrived"}).status_code
        == 403
    )


@pytest.mark.parametrize("path", ["", "etape/", "deplacer/", "annuler/"])
def test_visit_of_another_practice_does_not_exist(desk, path):
    other = make_world("ailleurs")
    stranger = make_staff("secretary", practice=other.practice)
    client = Client()
    client.force_login(stranger)
    appointment = desk.book(9)
    for slug in (desk.slug, other.practice.slug):
        address = f"/secretariat/{slug}/visites/{appointment.pk}/{path}"
        answer = client.post(address, {"status": "arrived"}) if path == "etape/" else client.get(address)
        assert answer.status_code == 404, address


def _step(desk, appointment, status, **headers):
    return desk.client.post(
        f"{desk.root}visites/{appointment.pk}/etape/", {"status": status, "jour": DAY.isoformat()}, **headers
    )


def test_steps_forward_and_back(desk):
    appointment = desk.book(9)
    for status in ("arrived", "in_progress", "fulfilled", "in_progress", "arrived", "booked", "noshow"):
        response = _step(desk, appointment, status)
        assert response["Location"] == f"{desk.day}#rdv-{appointment.pk}"
        appointment.refresh_from_db()
        assert appointment.status == status


def test_step_sent_twice_changes_once(desk):
    appointment = desk.book(9)
    for _ in range(2):
        assert _step(desk, appointment, "arrived", **FETCH).status_code == 200
    assert AuditEvent.objects.filter(action="appointment.arrived").count() == 1


def test_step_by_script_answers_the_board_or_the_refusal(desk):
    appointment = desk.book(9)
    answer = _step(desk, appointment, "arrived", **FETCH)
    assert 'id="plateau"' in answer.content.decode()
    refused = _step(desk, desk.book(10, name="Petit"), "fulfilled", **FETCH)
    assert refused.status_code == 409
    assert refused.json()["code"] == "bad-step"
    assert _step(desk, appointment, "cancelled", **FETCH).status_code == 422
    assert _step(desk, appointment, "nimporte").status_code == 422


def test_move_by_form(desk):
    appointment = desk.book(9)
    address = f"{desk.root}visites/{appointment.pk}/deplacer/"
    page = desk.client.get(address).content.decode()
    assert "Horaires libres" in page
    shown = desk.client.get(
        f"{address}?vacation={desk.world.shift.pk}&debut=2026-03-04T10:00:00Z"
    ).content.decode()
    assert "Déplacer le rendez-vous" in shown
    response = desk.client.post(address, {"creneau": desk.slot(11), "sequence": "0"})
    assert response["Location"].endswith(f"#rdv-{appointment.pk}")
    appointment.refresh_from_db()
    assert appointment.starts_at == desk.world.at(11)
    assert OutboxMessage.objects.filter(kind="appointment-moved").exists()


def test_drag_moves_to_another_doctor_and_refuses_with_the_reason(desk):
    appointment, other = desk.book(9), desk.book(10, name="Petit")
    colleague = desk.world.shift_on(doctor=make_doctor("Bernard", rhythm_minutes=15))
    address = f"{desk.root}visites/{appointment.pk}/deplacer/"
    taken = desk.client.post(address, {"creneau": desk.slot(10), "sequence": "0"}, **FETCH)
    assert taken.status_code == 409
    assert taken.json()["code"] == "slot-taken"
    moved = desk.client.post(
        address, {"creneau": f"{colleague.pk}@2026-03-04T09:00:00Z", "sequence": "0"}, **FETCH
    )
    assert moved.status_code == 200
    stale = desk.client.post(address, {"creneau": desk.slot(11), "sequence": "0"}, **FETCH)
    assert stale.json()["code"] == "changed-meanwhile"
    appointment.refresh_from_db()
    other.refresh_from_db()
    assert (appointment.shift_id, appointment.starts_at) == (colleague.pk, desk.world.at(10))
    assert other.starts_at == desk.world.at(10)


def test_move_to_a_shift_of_another_practice_does_not_exist(desk):
    elsewhere = make_world("ailleurs").shift
    address = f"{desk.root}visites/{desk.book(9).pk}/deplacer/"
    answer = desk.client.post(
        address, {"creneau": f"{elsewhere.pk}@2026-03-04T09:00:00Z", "sequence": "0"}, **FETCH
    )
    assert answer.status_code == 404


def test_move_on_a_taken_time_by_form_offers_the_overbook_with_a_reason(desk):
    appointment = desk.book(9)
    desk.book(10, name="Petit")
    address = f"{desk.root}visites/{appointment.pk}/deplacer/"
    data = {"creneau": desk.slot(10), "sequence": "0"}
    refused = desk.client.post(address, data)
    assert refused.status_code == 409
    assert "Motif du surnombre" in refused.content.decode()
    assert desk.client.post(address, {**data, "overbook": "on"}).status_code == 422
    done = desk.client.post(address, {**data, "overbook": "on", "overbook_reason": "Vient avec sa sœur"})
    assert done.status_code == 302
    appointment.refresh_from_db()
    assert (appointment.lane, appointment.overbook_reason) == (1, "Vient avec sa sœur")


def test_cancel_says_who_and_why_and_tells_the_patient(desk):
    appointment = desk.book(11)
    address = f"{desk.root}visites/{appointment.pk}/annuler/"
    assert desk.client.post(address, {"who": "patient", "reason": ""}).status_code == 422
    assert desk.client.post(address, {"who": "patient", "reason": "Empêché"})["Location"] == desk.day
    appointment.refresh_from_db()
    assert (appointment.status, appointment.cancelled_by) == ("cancelled", "patient")
    assert OutboxMessage.objects.filter(kind="appointment-cancelled").exists()
    assert desk.client.post(address, {"who": "patient", "reason": "Encore"}).status_code == 410


def test_visit_page_is_journaled(desk):
    appointment = desk.book(9)
    page = desk.client.get(f"{desk.root}visites/{appointment.pk}/").content.decode()
    assert "06\u00a039\u00a098\u00a012\u00a034" in page
    assert AuditEvent.objects.filter(action="appointment.read", target_id=appointment.pk).count() == 1


def test_printed_day_has_what_is_needed_and_no_more(desk):
    desk.book(9)
    page = desk.client.get(desk.day.replace("/jour/", "/imprimer/")).content.decode()
    assert "DURAND Paul" in page
    assert "<td>1980</td>" in page
    assert "17/05/1980" not in page
    assert "paul@exemple.fr" not in page
    assert AuditEvent.objects.filter(action="board.print").count() == 1
