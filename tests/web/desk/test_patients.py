"""A patient's sheet: read under the journal's eye, corrected, never across practices."""

from __future__ import annotations

import pytest

from releve.kernel.models import AuditEvent
from tests.factories.booking import make_world
from tests.factories.patients import make_patient

CORRECTED = {
    "family_name": "Durant",
    "given_name": "Paul",
    "used_name": "",
    "birth_date": "17/05/1980",
    "sex": "male",
    "phone": "06 39 98 12 34",
    "email": "paul@exemple.fr",
}


def test_sheet_shows_identity_and_visits_and_is_journaled(desk):
    appointment = desk.book(11)
    page = desk.client.get(f"{desk.root}patients/{appointment.patient_id}/").content.decode()
    assert "17/05/1980" in page
    assert "À venir" in page
    lines = AuditEvent.objects.filter(action="patient.read", target_id=appointment.patient_id)
    assert lines.count() == 1


def test_doctor_reads_the_sheet_but_does_not_correct_it(desk, as_doctor):
    patient = desk.book(11).patient
    page = as_doctor.get(f"{desk.root}patients/{patient.pk}/").content.decode()
    assert "Corriger" not in page
    assert as_doctor.get(f"{desk.root}patients/{patient.pk}/corriger/").status_code == 403


@pytest.mark.parametrize("path", ["", "corriger/"])
def test_sheet_of_another_practice_does_not_exist(desk, path):
    stranger = make_patient(make_world("ailleurs").practice)
    assert desk.client.get(f"{desk.root}patients/{stranger.pk}/{path}").status_code == 404


def test_correcting_keeps_one_line_of_the_fields_changed(desk):
    patient = desk.book(11).patient
    response = desk.client.post(f"{desk.root}patients/{patient.pk}/corriger/", CORRECTED)
    assert response.status_code == 302
    patient.refresh_from_db()
    assert patient.family_name == "Durant"
    line = AuditEvent.objects.get(action="patient.corrected")
    assert "family_name" in line.details["fields"]
    assert "Durant" not in str(line.details)


def test_correcting_into_somebody_else_is_refused(desk):
    desk.book(10, name="Durant")
    patient = desk.book(11).patient
    refused = desk.client.post(f"{desk.root}patients/{patient.pk}/corriger/", CORRECTED)
    assert refused.status_code == 409
    assert "Un autre patient" in refused.content.decode()


def test_searching_is_journaled_with_who_was_shown(desk):
    patient = make_patient(desk.world.practice, family_name="Durand", given_name="Lucie")
    desk.client.post(f"{desk.root}patients/propositions/", {"q": "durand"})
    assert AuditEvent.objects.get(action="patient.search").details == {"found": [patient.pk]}
