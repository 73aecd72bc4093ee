"""From a request to a practitioner: through the team of a practice the user may set up, or the user's
own profile."""

from __future__ import annotations

from typing import Any

from releve.contexts.accounts.enums import Capability
from releve.contexts.practices.access import require_capability
from releve.contexts.practices.models import Practice
from releve.kernel.errors import NotFound

from .models import Practitioner, TeamMember
from .queries import get_member, practitioner_of


def access_member(
    user: Any,
    practice: Practice,
    practitioner_id: int,
    capability: Capability = Capability.PRACTICE_SETTINGS,
) -> TeamMember:
    """The membership (with its practitioner) in a practice where `user` holds `capability`. NotFound,
    Forbidden."""
    require_capability(user, practice, capability)
    return get_member(practice.pk, practitioner_id)


def access_own_profile(user: Any) -> Practitioner:
    """The practitioner whose account this is. NotFound for an account without one."""
    practitioner = practitioner_of(user)
    if practitioner is None:
        raise NotFound(
            "Votre compte n’est relié à aucun praticien. Demandez au secrétariat de vous inviter avec "
            "cette adresse."
        )
    return practitioner
