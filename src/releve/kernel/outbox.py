"""Outgoing messages are rows written with the event they tell; the worker sends them (see integrations)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .models import OutboxMessage


@dataclass(frozen=True)
class Message:
    """A message to send. `useful_until`: past that instant it is never sent (a reminder after the visit is noise)."""

    channel: str
    to: str
    body: str
    kind: str
    useful_until: datetime
    subject: str = ""
    html: str = ""
    send_after: datetime | None = None
    dedupe_key: str | None = None
    target_kind: str = ""
    target_id: int | None = None
    practice_id: int | None = None


def enqueue(messages: list[Message], *, now: datetime) -> list[OutboxMessage]:
    """Write `messages` in the caller's transaction (one statement)."""
    rows = [
        OutboxMessage(
            channel=m.channel,
            to=m.to,
            subject=m.subject,
            body=m.body,
            html=m.html,
            kind=m.kind,
            dedupe_key=m.dedupe_key,
            target_kind=m.target_kind,
            target_id=m.target_id,
            practice_id=m.practice_id,
            created_at=now,
            send_after=m.send_after or now,
            useful_until=m.useful_until,
        )
        for m in messages
    ]
    return OutboxMessage.objects.bulk_create(rows)
