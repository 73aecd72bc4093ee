"""Reads: the team of a practice, a practitioner by number, name or account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from releve.kernel.errors import NotFound

from .enums import PractitionerStatus, Profession
from .models import Practitioner, TeamMember

PRACTITIONER_UNKNOWN = "Ce praticien ne fait pas partie de l’équipe de ce cabinet."
# Statuses that say more about somebody than « Médecin ».
_TELLING_STATUSES = (
    PractitionerStatus.REPLACEMENT,
    PractitionerStatus.SASPAS_INTERN,
    PractitionerStatus.ASSISTANT_DOCTOR,
)


def list_team(practice_id: int, *, day: date | None = None) -> QuerySet[TeamMember]:
    """Members with their practitioner, by name; only those who may consult on `day` when given."""
    members = TeamMember.objects.filter(practice_id=practice_id)
    if day is not None:
        members = members.filter(Q(until=None) | Q(until__gte=day), since__lte=day)
    return members.select_related("practitioner__user", "practitioner__home_commune").order_by(
        "practitioner__family_name", "practitioner__given_name", "pk"
    )


def team_practitioners(practice_id: int, *, day: date) -> QuerySet[Practitioner]:
    """Practitioners who may consult for the practice on `day`, by name."""
    return Practitioner.objects.filter(
        Q(memberships__until=None) | Q(memberships__until__gte=day),
        memberships__practice_id=practice_id,
        memberships__since__lte=day,
    ).order_by("family_name", "given_name", "pk")


def get_member(practice_id: int, practitioner_id: int) -> TeamMember:
    """The membership of this practitioner in this practice. NotFound."""
    member = (
        TeamMember.objects.select_related("practitioner__user", "practitioner__home_commune", "practice")
        .filter(practice_id=practice_id, practitioner_id=practitioner_id)
        .first()
    )
    if member is None:
        raise NotFound(PRACTITIONER_UNKNOWN)
    return member


def practitioner_of(user: Any) -> Practitioner | None:
    """The practitioner whose account this is."""
    if not getattr(user, "is_authenticated", False):
        return None
    return Practitioner.objects.select_related("home_commune").filter(user_id=user.pk).first()


def trades_by_user(user_ids: Iterable[int]) -> dict[int, str]:
    """What the practitioner behind each account is, in French: « Interne SASPAS », « Infirmière ou infirmier »…

    Accounts without a practitioner's sheet are absent (one statement).
    """
    rows = Practitioner.objects.filter(user_id__in=list(user_ids)).only("user_id", "profession", "status")
    return {
        row.user_id: row.get_status_display()
        if row.profession == Profession.DOCTOR and row.status in _TELLING_STATUSES
        else row.get_profession_display()
        for row in rows
        if row.user_id is not None
    }


def find_by_rpps(rpps: str) -> Practitioner | None:
    return Practitioner.objects.filter(rpps=rpps).first()


def search_practitioners(text: str, *, outside_practice_id: int, limit: int = 10) -> list[Practitioner]:
    """Practitioners known to the platform and not in this team, by RPPS or by parts of the name.

    Empty under three characters, so that nobody leafs through the whole list.
    """
    words = text.split()
    if len(text.strip()) < 3:
        return []
    outside = Practitioner.objects.exclude(memberships__practice_id=outside_practice_id)
    number = "".join(words)
    if number.isascii() and number.isdigit():
        return list(outside.filter(rpps=number)[:1])
    for word in words[:4]:
        outside = outside.filter(Q(family_name__icontains=word) | Q(given_name__icontains=word))
    return list(outside.select_related("home_commune").order_by("family_name", "given_name", "pk")[:limit])


def may_change_email(practitioner: Practitioner, practice_id: int) -> bool:
    """Whether this practice may change the address at which an account will be given."""
    if practitioner.user_id is not None:
        return False
    elsewhere = TeamMember.objects.filter(practitioner=practitioner).exclude(practice_id=practice_id)
    return not elsewhere.exists()


def unlinked_by_email(practice_id: int, email: str) -> Practitioner | None:
    """The one member of this team with this address and no account; None when two share it (nobody can
    tell)."""
    if not email:
        return None
    found = list(
        Practitioner.objects.filter(
            memberships__practice_id=practice_id, email=email.lower(), user=None
        ).order_by("pk")[:2]
    )
    return found[0] if len(found) == 1 else None
