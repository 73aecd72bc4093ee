"""Closing a practice: nobody is left with an appointment in a place that no longer exists."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from releve.contexts.booking import queries as booking
from releve.contexts.practices import queries as practices
from releve.contexts.practices import services
from releve.contexts.practices.enums import PracticeStatus
from releve.contexts.practices.models import Practice
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid


@transaction.atomic
def close_practice(*, practice_id: int, by: Actor, now: datetime) -> Practice:
    """Close a practice whose end was planned and announced.

    Raises Invalid (`no-planned-end`), Conflict (`appointments-ahead`, with `details["count"]`).
    """
    practice = practices.get_practice(practice_id)
    if practice.planned_end_on is None:
        raise Invalid(
            "Indiquez d’abord la date de fin prévue : les patients et l’équipe doivent la connaître.",
            code="no-planned-end",
            field="planned_end_on",
        )
    # Closed first: a booking that commits after this line finds a closed practice.
    closed = services.set_practice_status(
        practice_id=practice_id, status=PracticeStatus.CLOSED, by=by, now=now
    )
    ahead = booking.count_future_appointments(practice_id, now)
    if ahead:
        plural = "s" if ahead > 1 else ""
        raise Conflict(
            f"Il reste {ahead} rendez-vous à venir : déplacez-le{plural} ou annulez-le{plural} avant de "
            f"fermer. "
            "Rien n’a été changé.",
            code="appointments-ahead",
            details={"count": ahead},
        )
    return closed
