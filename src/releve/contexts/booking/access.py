"""From an appointment's id to the appointment, for a user who may see it."""

from __future__ import annotations

from typing import Any

from releve.contexts.accounts.enums import Capability
from releve.contexts.accounts.models import User
from releve.contexts.practices.access import access_practice
from releve.kernel.errors import NotFound

from .enums import BookedBy
from .models import Appointment, VisitReason


def access_appointment(user: User, appointment_id: int, capability: Capability) -> Appointment:
    """Raises NotFound when it belongs to a practice the user has no role in, Forbidden without the capability."""
    appointment = (
        Appointment.objects.filter(pk=appointment_id)
        .select_related("practice", "site", "shift", "practitioner", "reason", "patient")
        .first()
    )
    if appointment is None:
        raise NotFound("Ce rendez-vous n’existe pas.")
    access_practice(user, appointment.practice.slug, capability)
    return appointment


def access_reason(user: User, practice_id: int, reason_id: int) -> VisitReason:
    reason = VisitReason.objects.filter(pk=reason_id, practice_id=practice_id).first()
    if reason is None:
        raise NotFound("Ce motif n’existe pas.")
    return reason


def access_referral(user: Any, public_id: str) -> Appointment:
    """A visit that this partner booked, while they still refer patients to its practice; NotFound otherwise."""
    appointment = (
        Appointment.objects.filter(public_id=public_id, booked_by=BookedBy.PARTNER, booked_by_user_id=user.pk)
        .select_related("practice", "site__commune", "practitioner", "reason", "patient")
        .first()
    )
    if appointment is None:
        raise NotFound("Ce rendez-vous n’existe pas, ou n’a pas été pris par vous.")
    access_practice(user, appointment.practice.slug, Capability.REFER_PATIENTS)
    return appointment
