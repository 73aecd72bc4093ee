"""Reads of reasons, holds and appointments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from releve.kernel.errors import Gone, NotFound

from ..enums import AppointmentStatus
from ..links import read_manage_token
from ..models import Appointment, Hold, VisitReason
from ..rules import audience_may_book, digest, suits_patient
from . import hot_sql

# In these states an appointment is still to come or under way.
PENDING_STATUSES = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED, AppointmentStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class ActiveAppointment:
    """What a change of the shift under it needs to know of an appointment."""

    appointment_id: int
    starts_at: datetime
    ends_at: datetime


def list_reasons(
    practice_id: int, *, audience: str = "public", patient_is_known: bool | None = None
) -> list[VisitReason]:
    """Active reasons that `audience` may choose, for a new or known patient (None: not asked yet)."""
    return [
        reason
        for reason in VisitReason.objects.filter(practice_id=practice_id, is_active=True)
        if audience_may_book(reason.bookable_by, audience)
        and (audience == "desk" or suits_patient(reason.patient_rule, patient_is_known))
    ]


def reason_suits(reason: VisitReason, *, patient_is_known: bool | None) -> bool:
    """Whether a reason is open to a new or a known patient."""
    return suits_patient(reason.patient_rule, patient_is_known)


def hold_expired() -> Gone:
    return Gone(
        "Le temps réservé à votre saisie est écoulé : l’horaire a été remis à disposition. "
        "Choisissez de nouveau un horaire.",
        code="hold-expired",
    )


def get_hold(token: str, now: datetime) -> Hold:
    """The live hold of `token`. Raises Gone when it never existed or has expired (the two look alike on purpose)."""
    hold = (
        Hold.objects.filter(token_sha256=digest(token), expires_at__gt=now)
        .select_related("practice", "site__commune", "shift", "practitioner", "reason", "moves_appointment")
        .first()
    )
    if hold is None:
        raise hold_expired()
    return hold


def appointment_by_link(token: str) -> Appointment:
    """The appointment behind a patient's link, cancelled or not.

    Raises NotFound for a forged link, Gone for one replaced by a newer link.
    """
    parsed = read_manage_token(token)
    if parsed is None:
        raise NotFound("Ce lien n’est pas valable. Vérifiez qu’il a été copié en entier.", code="bad-link")
    appointment = (
        Appointment.objects.filter(public_id=parsed[0])
        .select_related("practice", "site__commune", "shift", "practitioner", "reason", "patient")
        .first()
    )
    if appointment is None:
        raise NotFound("Ce rendez-vous n’existe plus.", code="bad-link")
    if appointment.link_version != parsed[1]:
        raise Gone("Ce lien a été remplacé par un lien plus récent.", code="link-replaced")
    return appointment


def appointment_by_public_id(public_id: str) -> Appointment:
    """For a program that has just booked it; never from a request's own input (links are signed)."""
    return Appointment.objects.select_related(
        "practice", "site__commune", "shift", "practitioner", "reason", "patient"
    ).get(public_id=public_id)


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A partner's program; an empty `practice_ids` means every practice."""

    client_id: int
    name: str
    practice_ids: frozenset[int]


def api_client_by_token(token: str) -> ClientKey | None:
    rows = hot_sql.client_rows(digest(token))
    if not rows:
        return None
    return ClientKey(rows[0][0], rows[0][1], frozenset(row[2] for row in rows if row[2] is not None))


def active_appointments_of_shift(shift_id: int) -> list[ActiveAppointment]:
    """Appointments that a change of this shift must not lose, in time order."""
    rows = Appointment.objects.filter(shift_id=shift_id, status__in=PENDING_STATUSES)
    return [
        ActiveAppointment(*row)
        for row in rows.order_by("starts_at").values_list("pk", "starts_at", "ends_at")
    ]


def count_future_appointments(practice_id: int, now: datetime) -> int:
    return Appointment.objects.filter(
        practice_id=practice_id, status__in=PENDING_STATUSES, ends_at__gt=now
    ).count()


def patient_appointments(patient_id: int, *, limit: int = 20) -> list[Appointment]:
    """Visits of a patient, latest first."""
    return list(
        Appointment.objects.filter(patient_id=patient_id)
        .select_related("practitioner", "reason", "site")
        .order_by("-starts_at", "-pk")[:limit]
    )
