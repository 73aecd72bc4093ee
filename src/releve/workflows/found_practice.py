"""A new practice starts with the person who will lead it: created and invited together, or neither."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from releve.contexts.accounts.enums import Role, ScopeKind
from releve.contexts.accounts.services import invite_person
from releve.contexts.practices.models import Practice
from releve.contexts.practices.services import create_practice
from releve.kernel.audit import Actor


@transaction.atomic
def found_practice(*, name: str, lead_email: str, lead_name: str = "", by: Actor, now: datetime) -> Practice:
    """Create the practice and invite its first project lead. Raises what the two services raise."""
    practice = create_practice(name=name, by=by, now=now)
    invite_person(
        email=lead_email,
        full_name=lead_name,
        role=Role.PROJECT_LEAD,
        scope_kind=ScopeKind.PRACTICE,
        scope_ref=str(practice.pk),
        scope_label=practice.name,
        by=by,
        now=now,
    )
    return practice
