"""Whom a practice receives, in words a patient understands."""

from __future__ import annotations

from collections.abc import Iterable

from ..enums import PatientRule, ReasonCategory
from ..rules import audience_may_book
from .slots import active_reasons

_WORDS = {
    ReasonCategory.FOLLOW_UP: "suivi",
    ReasonCategory.CHILD: "enfants",
    ReasonCategory.URGENT: "urgences du jour",
    ReasonCategory.NURSE: "infirmière ASALÉE",
}


def who_is_received(practice_ids: Iterable[int], *, audience: str = "public") -> dict[int, list[str]]:
    """By practice, the kinds of patients and visits `audience` may book, most general first (one statement)."""
    found: dict[int, list[str]] = {}
    for practice_id, reasons in active_reasons(practice_ids).items():
        open_to = [r for r in reasons if audience_may_book(r.bookable_by, audience)]
        takes_new = any(
            r.category == ReasonCategory.FIRST_VISIT or r.patient_rule == PatientRule.NEW for r in open_to
        )
        words = ["nouveaux patients"] if takes_new else []
        categories = {r.category for r in open_to}
        words += [word for category, word in _WORDS.items() if category in categories]
        found[practice_id] = words
    return found
