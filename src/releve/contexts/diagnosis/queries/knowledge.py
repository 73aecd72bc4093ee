"""Reads of local knowledge: what is in force on a day, what is coming, what was withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

from django.db.models import Q

from ..models import LocalKnowledge

# Above it the communes are chosen here rather than named in the statement: few facts, many communes.
MANY: Final = 200


def knowledge_in_force(commune_codes: Collection[str], on: date) -> list[LocalKnowledge]:
    """The facts true on that day about these communes, with their commune, oldest first."""
    return [
        row
        for row in _about(commune_codes, withdrawn=False)
        if row.starts_on <= on and (row.ends_on is None or on <= row.ends_on)
    ]


def knowledge_history(commune_codes: Collection[str]) -> list[LocalKnowledge]:
    """Every fact ever said of these communes, with who said it, the last one first."""
    rows = _about(commune_codes, withdrawn=None)
    return sorted(rows, key=lambda row: (row.created_at, row.pk), reverse=True)


def _about(commune_codes: Collection[str], *, withdrawn: bool | None) -> Sequence[LocalKnowledge]:
    rows = LocalKnowledge.objects.select_related("commune", "created_by").order_by("starts_on", "pk")
    if withdrawn is not None:
        rows = rows.filter(Q(withdrawn_at__isnull=not withdrawn))
    if len(commune_codes) <= MANY:
        return list(rows.filter(commune_id__in=list(commune_codes)))
    wanted = set(commune_codes)
    return [row for row in rows if row.commune_id in wanted]
