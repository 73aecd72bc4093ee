"""The access and change journal. Called by services (changes) and access functions (consultation)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .models import AuditEvent
from .rows import insert_row


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
_PURGE_CHUNK = 500


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
    event = AuditEvent(
        at=now,
        actor_kind=by.kind,
        actor_id=by.id,
        action=action,
        target_kind=target_kind,
        target_id=target_id,
        practice_id=practice_id,
        details=details,
    )
    insert_row(event)
    return event


@dataclass(frozen=True)
class JournalLine:
    """One line of the journal as shown to people: identifiers only; delivery turns them into names."""

    at: datetime
    actor: Actor
    action: str
    target_kind: str
    target_id: int | None
    details: dict[str, Any]


def journal(
    *,
    practice_id: int,
    since: datetime,
    until: datetime,
    target_kind: str | None = None,
    target_id: int | None = None,
    limit: int = 500,
) -> list[JournalLine]:
    """Lines of one practice in `[since, until[`, newest first: who read or changed what."""
    lines = AuditEvent.objects.filter(practice_id=practice_id, at__gte=since, at__lt=until)
    if target_kind is not None:
        lines = lines.filter(target_kind=target_kind)
    if target_id is not None:
        lines = lines.filter(target_id=target_id)
    return [
        JournalLine(
            at=line.at,
            actor=Actor(line.actor_kind, line.actor_id),
            action=line.action,
            target_kind=line.target_kind,
            target_id=line.target_id,
            details=line.details,
        )
        for line in lines.order_by("-at", "-id")[:limit]
    ]


@dataclass(frozen=True)
class JournalPurge:
    """What a retention purge removed: how many lines, and the instant before which they went."""

    count: int
    before: datetime


def purge_journal(*, now: datetime, keep: timedelta) -> JournalPurge:
    """Delete lines older than `keep` (CNIL 2020-081: 6 to 12 months, longer if justified); one line says so.

    In small pieces, so that people keep working meanwhile.
    """
    before = now - keep
    old = AuditEvent.objects.filter(at__lt=before).order_by("at")
    count = 0
    while ids := list(old.values_list("pk", flat=True)[:_PURGE_CHUNK]):
        count += AuditEvent.objects.filter(pk__in=ids).delete()[0]
    if count:
        record(
            by=SYSTEM,
            action="journal_purged",
            target_kind="journal",
            target_id=None,
            now=now,
            lines=count,
            before=before.isoformat(),
        )
    return JournalPurge(count=count, before=before)
