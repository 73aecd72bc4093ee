"""The access and change journal. Called by services (changes) and access functions (consultation)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .models import AuditEvent


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in user, a patient with a link, a partner, an API client, or the system itself.

    `by` in every service. `id` is the primary key of a user (kind "user") or of an API client (kind "api").
    """

    kind: str
    id: int | None = None

    @classmethod
    def user(cls, user: Any) -> Actor:
        return cls("user", user.pk)


SYSTEM = Actor("system")
PATIENT = Actor("patient")


def record(
    *,
    by: Actor,
    action: str,
    target_kind: str,
    target_id: int | None,
    now: datetime,
    practice_id: int | None = None,
    **details: Any,
) -> AuditEvent:
    """Write one journal line. `details` carries identifiers and codes only, never names or health data."""
    return AuditEvent.objects.create(
        at=now,
        actor_kind=by.kind,
        actor_id=by.id,
        action=action,
        target_kind=target_kind,
        target_id=target_id,
        practice_id=practice_id,
        details=details,
    )
