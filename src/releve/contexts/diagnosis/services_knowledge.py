"""Writes of local knowledge: a dated fact is added, or withdrawn; never changed, so that its history stays true."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Final

from django.db import transaction

from releve.contexts.territory.queries import get_commune
from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid

from .enums import KnowledgeKind
from .models import LocalKnowledge
from .wording import clean, refuse_person

MAX_NOTE: Final = 300
MAX_ORIGIN: Final = 200
MAX_DOCTORS: Final = 50.0
MAX_DAYS: Final = 30.0  # a week of six doctors: beyond, it is a typing mistake
FAR: Final = 10  # years around today
_WITH_DOCTORS: Final = {KnowledgeKind.DOCTOR_LEAVES, KnowledgeKind.DOCTOR_ARRIVES}


@transaction.atomic
def add_knowledge(
    *,
    commune_code: str,
    kind: str,
    doctors: float | None = None,
    weekly_days: float | None = None,
    starts_on: date,
    ends_on: date | None = None,
    note: str = "",
    origin: str,
    practice_id: int | None = None,
    today: date,
    by: Actor,
    now: datetime,
) -> LocalKnowledge:
    """Keep a fact about a commune. The caller has checked the right to speak for it.

    Replaces no published figure: diagnoses show it beside, scenarios offer it. Raises Invalid, NotFound (commune).
    """
    commune = get_commune(commune_code)
    if kind not in KnowledgeKind.values:
        raise Invalid("Choisissez de quel fait il s’agit.", code="unknown-kind", field="kind")
    note, origin = clean(note), clean(origin)
    doctors, weekly_days = _numbers(kind, doctors, weekly_days)
    _check_days(starts_on, ends_on, today)
    if kind == KnowledgeKind.NOTE and not note:
        raise Invalid("Écrivez l’information à retenir.", code="empty-note", field="note")
    if len(note) > MAX_NOTE:
        raise Invalid(f"La précision a au plus {MAX_NOTE} caractères.", code="long-note", field="note")
    if not 3 <= len(origin) <= MAX_ORIGIN:
        raise Invalid(
            f"Dites d’où vient l’information (de 3 à {MAX_ORIGIN} caractères)\u00a0: «\u00a0secrétariat de la "
            "mairie\u00a0», «\u00a0courrier de l’agence du 3\u00a0mars\u00a0».",
            code="no-source",
            field="origin",
        )
    refuse_person(note, field="note")
    refuse_person(origin, field="origin")
    row = LocalKnowledge.objects.create(
        commune=commune,
        kind=kind,
        doctors=doctors,
        weekly_days=weekly_days,
        starts_on=starts_on,
        ends_on=ends_on,
        note=note,
        origin=origin,
        created_by_id=by.id if by.kind == "user" else None,
        created_at=now,
    )
    _journal("knowledge.added", row, practice_id, by, now)
    return row


def _numbers(
    kind: str, doctors: float | None, weekly_days: float | None
) -> tuple[float | None, float | None]:
    """What the kind counts; the other number is dropped. Raises Invalid."""
    if kind in _WITH_DOCTORS:
        if doctors is None or not (math.isfinite(doctors) and 0 < doctors <= MAX_DOCTORS):
            raise Invalid(
                f"Combien de médecins\u00a0? Un nombre de 0,1 à {MAX_DOCTORS:.0f}.",
                code="bad-doctors",
                field="doctors",
            )
        return doctors, None
    if kind == KnowledgeKind.WEEKLY_DAYS:
        if weekly_days is None or not (math.isfinite(weekly_days) and 0 < abs(weekly_days) <= MAX_DAYS):
            raise Invalid(
                f"Combien de jours par semaine\u00a0? De 0,5 à {MAX_DAYS:.0f}, avec un signe moins pour des jours "
                "retirés.",
                code="bad-days",
                field="weekly_days",
            )
        return None, weekly_days
    return None, None


def _check_days(starts_on: date, ends_on: date | None, today: date) -> None:
    if abs(starts_on.year - today.year) > FAR:
        raise Invalid("Cette date est trop lointaine.", code="bad-day", field="starts_on")
    if ends_on is not None and ends_on < starts_on:
        raise Invalid("La fin précède le début.", code="days-reversed", field="ends_on")
    if ends_on is not None and (ends_on < today or ends_on.year - today.year > FAR):
        raise Invalid(
            "Ce fait est déjà terminé, ou se termine trop loin\u00a0: corrigez la date de fin.",
            code="bad-day",
            field="ends_on",
        )


@transaction.atomic
def withdraw_knowledge(
    *, knowledge_id: int, practice_id: int | None = None, by: Actor, now: datetime
) -> LocalKnowledge:
    """A fact that was wrong, or no longer holds: it stays in the history. Conflict when already withdrawn."""
    done = LocalKnowledge.objects.filter(pk=knowledge_id, withdrawn_at__isnull=True).update(withdrawn_at=now)
    row = LocalKnowledge.objects.select_related("commune").get(pk=knowledge_id)
    if not done:
        raise Conflict("Cette information est déjà retirée.", code="already-withdrawn")
    _journal("knowledge.withdrawn", row, practice_id, by, now)
    return row


def _journal(action: str, row: LocalKnowledge, practice_id: int | None, by: Actor, now: datetime) -> None:
    audit.record(
        by=by,
        action=action,
        target_kind="local_knowledge",
        target_id=row.pk,
        practice_id=practice_id,
        now=now,
        commune=row.commune_id,
        kind=row.kind,
    )
