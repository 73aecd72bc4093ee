"""The only road from a patient's id to the patient, for a given user; every reading is journaled (CNIL
2020-081)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from releve.contexts.accounts.enums import Capability
from releve.contexts.practices.access import require_capability
from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.errors import NotFound

from .models import Patient
from .queries import PATIENT_UNKNOWN


def access_patient(user: Any, patient_id: int, capability: Capability, now: datetime) -> Patient:
    """The patient, when `user` holds `capability` in the practice that knows them; writes one journal line.

    NotFound for a patient of a practice that no role of the user reaches, Forbidden without the capability.
    """
    patient = Patient.objects.select_related("practice").filter(pk=patient_id).first()
    if patient is None:
        raise NotFound(PATIENT_UNKNOWN)
    try:
        require_capability(user, patient.practice, capability)
    except NotFound as error:
        raise NotFound(PATIENT_UNKNOWN) from error
    audit.record(
        by=Actor.user(user),
        action="patient.read",
        target_kind="patient",
        target_id=patient.pk,
        practice_id=patient.practice_id,
        now=now,
    )
    return patient
