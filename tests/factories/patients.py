"""Patients for tests, made through the services. Names and numbers are invented."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from releve.contexts.patients import services
from releve.contexts.patients.models import Patient
from releve.contexts.patients.rules import Contact, PatientIdentity
from releve.contexts.practices.models import Practice
from releve.kernel.audit import PATIENT
from tests.factories.practices import NOW, make_practice

_numbers = count(1)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def make_identity(**fields: Any) -> PatientIdentity:
    """Distinct at each call unless told."""
    number = next(_numbers)
    letters = "".join(_LETTERS[number // step % 26] for step in (676, 26, 1))
    values: dict[str, Any] = {
        "family_name": f"Essai{letters}",
        "given_name": "Claire",
        "birth_date": date(1950, 3, 12),
        "sex": "female",
    }
    return PatientIdentity(**{**values, **fields})


def make_contact(**fields: Any) -> Contact:
    # 06 39 98 xx xx: numbers the regulator keeps for fiction.
    return Contact(**{"phone": f"063998{next(_numbers) % 10000:04d}", **fields})


def make_patient(
    practice: Practice | None = None,
    *,
    contact: Contact | None = None,
    is_demo: bool = False,
    **identity: Any,
) -> Patient:
    patient, _ = services.find_or_create_patient(
        practice_id=(practice or make_practice()).pk,
        identity=make_identity(**identity),
        contact=contact or make_contact(),
        is_demo=is_demo,
        birth_date_required=False,
        contact_required=False,
        by=PATIENT,
        now=NOW,
    )
    return patient
