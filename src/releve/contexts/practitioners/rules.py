"""What a practitioner's profile must hold. No query, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from releve.contexts.practices.rules import clean_email, clean_phone, clean_text
from releve.kernel.errors import Invalid
from releve.kernel.identifiers import check_rpps

from .enums import PractitionerStatus, Profession

RHYTHMS = (15, 20, 30)
# Statuses of doctors still in training or working under another's name: they may not have a number yet.
_NUMBER_OPTIONAL_STATUSES = frozenset({PractitionerStatus.SASPAS_INTERN, PractitionerStatus.ASSISTANT_DOCTOR})

_TEXTS = {
    # field: (label, longest, required)
    "title": ("le titre", 10, False),
    "family_name": ("le nom", 80, True),
    "given_name": ("le prénom", 80, True),
    "specialty": ("la spécialité", 80, False),
}
# What a practitioner changes alone, from their phone; the rest is the practice's word.
PROFILE_FIELDS = frozenset(
    {"title", "specialty", "rhythm_minutes", "name_is_public", "email", "phone", "home_commune_code"}
)
PRACTITIONER_FIELDS = PROFILE_FIELDS | {
    "family_name",
    "given_name",
    "rpps",
    "profession",
    "status",
    "licence_ends_on",
}


def clean_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Checked values, each field on its own. Raises Invalid on the first faulty one."""
    unknown = set(fields) - PRACTITIONER_FIELDS
    if unknown:
        raise TypeError(f"unknown practitioner fields: {sorted(unknown)}")
    values = dict(fields)
    for name, (label, longest, required) in _TEXTS.items():
        if name in values:
            values[name] = clean_text(
                values[name], field=name, label=label, longest=longest, required=required
            )
    if "profession" in values and values["profession"] not in Profession.values:
        raise Invalid(
            "Choisissez la profession dans la liste.", code="profession-unknown", field="profession"
        )
    if "status" in values and values["status"] not in PractitionerStatus.values:
        raise Invalid("Choisissez le statut dans la liste.", code="status-unknown", field="status")
    if "rpps" in values:
        text = (values["rpps"] or "").strip()
        values["rpps"] = check_rpps(text).value if text else None
    if "rhythm_minutes" in values and values["rhythm_minutes"] not in RHYTHMS:
        raise Invalid("Le rythme est de 15, 20 ou 30 minutes.", code="rhythm-unknown", field="rhythm_minutes")
    if "email" in values:
        values["email"] = clean_email(values["email"])
    if "phone" in values:
        values["phone"] = clean_phone(values["phone"])
    return values


def check_together(*, profession: str, status: str, rpps: str | None, licence_ends_on: date | None) -> None:
    """What fields say of one another: a doctor has an RPPS unless in training (intern, adjoint,
    student's licence).

    Raises Invalid.
    """
    if profession != Profession.DOCTOR:
        if status in {PractitionerStatus.SASPAS_INTERN, PractitionerStatus.ASSISTANT_DOCTOR}:
            raise Invalid("Ce statut est réservé aux médecins.", code="status-of-doctor", field="status")
        return
    if rpps or status in _NUMBER_OPTIONAL_STATUSES or licence_ends_on is not None:
        return
    raise Invalid(
        "Indiquez le numéro RPPS : il est obligatoire pour un médecin, sauf pour un interne, "
        "un médecin adjoint ou un étudiant dont la licence a une date de fin.",
        code="rpps-missing",
        field="rpps",
    )


def check_membership(since: date, until: date | None) -> None:
    """Raises Invalid when the stay ends before it begins."""
    if until is not None and until < since:
        raise Invalid("La fin précède le début.", code="membership-reversed", field="until")


def is_active(since: date, until: date | None, day: date) -> bool:
    """Whether a member may consult that day."""
    return since <= day and (until is None or day <= until)
