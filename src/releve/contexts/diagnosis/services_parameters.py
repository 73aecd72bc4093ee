"""Writes of dated parameters: a new value from a coming day on. What was in force on a past day never changes."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction

from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid, NotFound
from releve.kernel.french import number

from .models import Parameter
from .parameters import PARAMETERS
from .wording import clean

MAX_ORIGIN: Final = 200
FAR: Final = 10  # years ahead


@transaction.atomic
def add_parameter(
    *, key: str, value: float, starts_on: date, origin: str, today: date, by: Actor, now: datetime
) -> Parameter:
    """A value in force from `starts_on` (today or later) on. Raises NotFound, Invalid, Conflict (same day)."""
    spec = PARAMETERS.get(key)
    if spec is None:
        raise NotFound("Ce paramètre n’existe pas.", code="unknown-parameter")
    if not (math.isfinite(value) and spec.minimum <= value <= spec.maximum):
        raise Invalid(
            f"La valeur est un nombre de {number(spec.minimum, spec.decimals)} à "
            f"{number(spec.maximum, spec.decimals)}.",
            code="out-of-bounds",
            field="value",
        )
    if starts_on < today:
        raise Invalid(
            "Le passé ne se change pas\u00a0: les diagnostics déjà faits ne seraient plus vrais. Choisissez aujourd’hui "
            "ou un jour à venir.",
            code="in-the-past",
            field="starts_on",
        )
    if starts_on.year - today.year > FAR:
        raise Invalid("Cette date est trop lointaine.", code="too-far", field="starts_on")
    origin = clean(origin)
    if not 3 <= len(origin) <= MAX_ORIGIN:
        raise Invalid(
            f"Dites d’où vient cette valeur (texte, étude, décision\u00a0; de 3 à {MAX_ORIGIN} caractères).",
            code="no-source",
            field="origin",
        )
    try:
        with transaction.atomic():
            row = Parameter.objects.create(
                key=key,
                value=value,
                starts_on=starts_on,
                origin=origin,
                created_by_id=by.id if by.kind == "user" else None,
                created_at=now,
            )
    except IntegrityError:
        raise Conflict(
            "Une valeur commence déjà ce jour-là. Choisissez un autre jour, ou retirez-la d’abord si elle n’est pas "
            "encore en vigueur.",
            code="same-day",
            field="starts_on",
        ) from None
    _journal("parameter.added", row, by, now)
    return row


@transaction.atomic
def withdraw_parameter(*, parameter_id: int, today: date, by: Actor, now: datetime) -> None:
    """Give up a value that is not yet in force. NotFound; Conflict (`in-force`) once its day has come."""
    row = Parameter.objects.select_for_update().filter(pk=parameter_id).first()
    if row is None:
        raise NotFound("Cette valeur n’existe pas, ou a déjà été retirée.")
    if row.starts_on <= today:
        raise Conflict(
            "Cette valeur est déjà en vigueur\u00a0: ajoutez-en une autre, à partir d’aujourd’hui ou d’un jour à venir.",
            code="in-force",
        )
    _journal("parameter.withdrawn", row, by, now)
    row.delete()


def _journal(action: str, row: Parameter, by: Actor, now: datetime) -> None:
    audit.record(
        by=by,
        action=action,
        target_kind="parameter",
        target_id=row.pk,
        now=now,
        key=row.key,
        value=row.value,
        starts_on=row.starts_on.isoformat(),
    )
