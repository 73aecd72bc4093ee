"""Reasons for a visit: the practice's own settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from releve.contexts.practices.models import Practice
from releve.contexts.rostering.enums import ShiftKind
from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid, NotFound

from ..enums import BookableBy, PatientRule, ReasonCategory
from ..models import VisitReason
from ..rules import TICK_MINUTES

_DOCTORS = [ShiftKind.CONSULTATION, ShiftKind.INTERN]

# Starting point of a new practice, from the practice described in the thesis: 30 minutes for a first visit, so that the
# record can be created and the team explained. Every line can then be changed.
DEFAULT_REASONS: list[dict[str, Any]] = [
    {
        "category": ReasonCategory.FIRST_VISIT,
        "label": "Première consultation",
        "duration_minutes": 30,
        "shift_kinds": _DOCTORS,
        "patient_rule": PatientRule.NEW,
        "min_notice_minutes": 120,
        "instructions": "Apportez votre carte Vitale, vos ordonnances en cours et, si vous l’avez, "
        "votre dossier médical.",
    },
    {
        "category": ReasonCategory.FOLLOW_UP,
        "label": "Consultation de suivi",
        "duration_minutes": 15,
        "shift_kinds": _DOCTORS,
        "patient_rule": PatientRule.KNOWN,
        "min_notice_minutes": 60,
        "instructions": "Apportez votre carte Vitale et vos derniers résultats.",
    },
    {
        "category": ReasonCategory.CHILD,
        "label": "Consultation d’un enfant",
        "duration_minutes": 20,
        "shift_kinds": _DOCTORS,
        "max_age_years": 15,
        "min_notice_minutes": 60,
        "instructions": "Apportez le carnet de santé de l’enfant.",
    },
    {
        "category": ReasonCategory.URGENT,
        "label": "Urgence du jour",
        "duration_minutes": 15,
        "shift_kinds": _DOCTORS,
        "min_notice_minutes": 15,
        "max_notice_days": 0,
        "instructions": "En cas de détresse (douleur dans la poitrine, difficulté à respirer), appelez le 15.",
    },
    {
        "category": ReasonCategory.NURSE,
        "label": "Consultation infirmière ASALÉE",
        "duration_minutes": 45,
        "shift_kinds": [ShiftKind.NURSE],
        "bookable_by": BookableBy.PARTNER,
        "min_notice_minutes": 120,
        "instructions": "Cette consultation se prend sur proposition d’un médecin du cabinet.",
    },
]

_FIELDS = {
    "category",
    "label",
    "duration_minutes",
    "shift_kinds",
    "patient_rule",
    "bookable_by",
    "min_notice_minutes",
    "max_notice_days",
    "max_age_years",
    "instructions",
    "position",
    "is_active",
}


def save_visit_reason(
    *, practice_id: int, reason_id: int | None = None, by: Actor, now: datetime, **fields: Any
) -> VisitReason:
    """Create or change a reason. Raises Invalid (named field), Conflict for a label already used, NotFound."""
    unknown = set(fields) - _FIELDS
    if unknown:
        raise Invalid(f"Réglage inconnu : {', '.join(sorted(unknown))}.", field=min(unknown))
    if reason_id is None:
        reason = VisitReason(practice_id=practice_id)
    else:
        found = VisitReason.objects.filter(pk=reason_id, practice_id=practice_id).first()
        if found is None:
            raise NotFound("Ce motif n’existe pas.")
        reason = found
    for name, value in fields.items():
        setattr(reason, name, value)
    if not reason.label.strip():
        raise Invalid("Donnez un intitulé au motif.", field="label")
    minutes = reason.duration_minutes or 0
    if minutes % TICK_MINUTES or not 5 <= minutes <= 240:
        raise Invalid("La durée est un multiple de 5 minutes, de 5 à 240.", field="duration_minutes")
    if set(reason.shift_kinds) - set(ShiftKind.values):
        raise Invalid("Type de vacation inconnu.", field="shift_kinds")
    try:
        with transaction.atomic():
            reason.save()
            audit.record(
                by=by,
                action="reason.save",
                target_kind="visit_reason",
                target_id=reason.pk,
                practice_id=practice_id,
                now=now,
            )
    except IntegrityError as error:
        raise Conflict("Ce cabinet a déjà un motif de ce nom.", code="label-taken", field="label") from error
    return reason


@transaction.atomic
def create_default_reasons(*, practice_id: int, by: Actor, now: datetime) -> list[VisitReason]:
    """The starting reasons of a new practice; those whose label already exists are left alone."""
    Practice.objects.select_for_update().get(pk=practice_id)
    taken = set(VisitReason.objects.filter(practice_id=practice_id).values_list("label", flat=True))
    return [
        save_visit_reason(practice_id=practice_id, by=by, now=now, position=position, **fields)
        for position, fields in enumerate(DEFAULT_REASONS, start=1)
        if fields["label"] not in taken
    ]
