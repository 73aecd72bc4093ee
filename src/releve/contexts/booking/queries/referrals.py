"""What a partner may see of the visits they booked: when, where, initials. Never a patient's name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from releve.contexts.patients.models import Patient

from ..enums import AppointmentStatus, BookedBy
from ..models import Appointment


@dataclass(frozen=True, slots=True)
class Referral:
    """One visit booked by a partner."""

    public_id: str
    initials: str
    starts_at: datetime
    status: str
    status_label: str
    site_name: str
    commune_name: str
    time_zone: str

    @property
    def is_booked(self) -> bool:
        return self.status == AppointmentStatus.BOOKED


def patient_initials(patient: Patient) -> str:
    """`P. D.` for Paul Durand: enough to tell two visits apart, not to name anyone."""
    return " ".join(f"{name[0].upper()}." for name in (patient.given_name, patient.family_name) if name)


def referrals_of(
    user_id: int, *, practice_ids: Iterable[int], since: datetime, limit: int = 100
) -> list[Referral]:
    """Visits that this user booked as a partner in these practices, starting at `since` or later, in time order."""
    rows = (
        Appointment.objects.filter(
            booked_by_user_id=user_id,
            booked_by=BookedBy.PARTNER,
            practice_id__in=list(practice_ids),
            starts_at__gte=since,
        )
        .select_related("patient", "site__commune")
        .order_by("starts_at", "pk")[:limit]
    )
    return [
        Referral(
            public_id=row.public_id,
            initials=patient_initials(row.patient),
            starts_at=row.starts_at,
            status=row.status,
            status_label=row.get_status_display(),
            site_name=row.site.name,
            commune_name=row.site.commune.name,
            time_zone=row.site.time_zone,
        )
        for row in rows
    ]
