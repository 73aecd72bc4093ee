"""Writes of saved groups of communes: whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from django.db import transaction
from django.utils.text import slugify

from releve.contexts.territory.models import Commune
from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid

from .enums import PerimeterKind, TerritoryKind
from .models import Perimeter, Scenario, Survey
from .perimeter_list import MAX_COMMUNES
from .territories import PERIMETER_PREFIX
from .wording import clean

MAX_NAME: Final = 120
MAX_SLUG: Final = 60


def _checked(name: str, kind: str, codes: Sequence[str]) -> str:
    name = clean(name)
    if not 3 <= len(name) <= MAX_NAME:
        raise Invalid(f"Le nom a de 3 à {MAX_NAME} caractères.", code="bad-name", field="name")
    if kind not in PerimeterKind.values:
        raise Invalid("Choisissez un type de périmètre.", code="unknown-kind", field="kind")
    if not 1 <= len(set(codes)) <= MAX_COMMUNES:
        raise Invalid(
            f"Un périmètre compte de 1 à {MAX_COMMUNES} communes.", code="no-commune", field="communes"
        )
    return name


def _free_slug(name: str) -> str:
    base = slugify(name).replace("_", "-")[: MAX_SLUG - 5].strip("-") or "perimetre"
    taken = set(Perimeter.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (f"{base}-{number}" for number in range(2, 10_000))
    return next(slug for slug in (base, *islice(numbered, len(taken) + 1)) if slug not in taken)


@transaction.atomic
def save_perimeter(*, name: str, kind: str, codes: Sequence[str], by: Actor, now: datetime) -> Perimeter:
    """A named group of these communes (codes as `perimeter_list.match_communes` gives them). Raises Invalid."""
    name = _checked(name, kind, codes)
    perimeter = Perimeter.objects.create(
        slug=_free_slug(name),
        name=name,
        kind=kind,
        created_by_id=by.id if by.kind == "user" else None,
        created_at=now,
    )
    perimeter.communes.set(Commune.objects.filter(pk__in=codes))
    _journal("perimeter.saved", perimeter, by, now, communes=len(set(codes)))
    return perimeter


@transaction.atomic
def change_perimeter(
    *, perimeter_id: int, name: str, kind: str, codes: Sequence[str], by: Actor, now: datetime
) -> Perimeter:
    """Another name, type or list; its address stays. Raises Invalid, and nothing is then changed."""
    name = _checked(name, kind, codes)
    perimeter = Perimeter.objects.select_for_update().get(pk=perimeter_id)
    perimeter.name, perimeter.kind = name, PerimeterKind(kind)
    perimeter.save(update_fields=["name", "kind"])
    perimeter.communes.set(Commune.objects.filter(pk__in=codes))
    _journal("perimeter.changed", perimeter, by, now, communes=len(set(codes)))
    return perimeter


@transaction.atomic
def delete_perimeter(*, perimeter_id: int, by: Actor, now: datetime) -> None:
    """Conflict (`in-use`) while a survey or a scenario is about it: their pages would name nothing."""
    perimeter = Perimeter.objects.select_for_update().get(pk=perimeter_id)
    about = {
        "territory_kind": TerritoryKind.PERIMETER,
        "territory_code": f"{PERIMETER_PREFIX}{perimeter.slug}",
    }
    used = [
        words
        for words, rows in (
            ("une enquête", Survey.objects.filter(**about)),
            ("un scénario", Scenario.objects.filter(**about)),
        )
        if rows.exists()
    ]
    if used:
        raise Conflict(
            f"Ce périmètre sert à {' et à '.join(used)}\u00a0: il ne peut pas être supprimé.", code="in-use"
        )
    _journal("perimeter.deleted", perimeter, by, now)
    perimeter.delete()


def _journal(action: str, perimeter: Perimeter, by: Actor, now: datetime, **details: int) -> None:
    audit.record(by=by, action=action, target_kind="perimeter", target_id=perimeter.pk, now=now, **details)
