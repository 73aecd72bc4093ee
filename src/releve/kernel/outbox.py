"""Outgoing messages are rows written with the event they tell; a worker sends them (docs/adr/0007).

Life of a row: pending -> sending -> sent. A passing failure puts it back to pending, later each time; a
final one makes it failed. It is never sent after `useful_until`: it becomes expired. A worker killed between
sending and marking leaves a row in sending; it is sent again after `CLAIM_LEASE` (at least once, with a
stable id by which the gateway and mail programs recognise the double).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum

from . import sms_text
from .errors import NotFound
from .models import OutboxMessage
from .rows import insert_rows

logger = logging.getLogger(__name__)

CLAIM_LEASE = timedelta(minutes=10)
RETRY_AFTER_SECONDS = (30, 120, 600, 1800, 3600)  # then every hour
MAX_ATTEMPTS = 12
# After that many passing failures in a row, the channel is left alone until the next pass.
FAILURES_BEFORE_PAUSE = 3
_CHUNK = 20
_ERASE_CHUNK = 500

_Status = OutboxMessage.Status
_Channel = OutboxMessage.Channel


@dataclass(frozen=True)
class Message:
    """A message to send. Past `useful_until` it is never sent: a reminder after the visit is noise."""

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


@dataclass(frozen=True)
class Outgoing:
    """What a transport receives. `reference` stays the same at every attempt: doubles are dropped by it."""

    reference: str
    channel: str
    to: str
    subject: str
    body: str
    html: str
    created_at: datetime


@dataclass(frozen=True)
class SentMessage:
    """A message as the demonstration and the practice's message list show it."""

    id: int
    channel: str
    status: str
    status_label: str
    kind: str
    to: str
    subject: str
    body: str
    html: str
    created_at: datetime
    send_after: datetime
    sent_at: datetime | None
    useful_until: datetime
    last_error: str
    encoding: str
    units: int
    room_left: int
    parts: int
    cost_thousandths: int


@dataclass(frozen=True)
class Costs:
    """What text messages cost, in thousandths of a euro."""

    messages: int
    parts: int
    cost_thousandths: int


@dataclass
class DeliveryReport:
    """What one pass did, in messages. `recovered`: taken back from a worker that died."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    expired: int = 0
    recovered: int = 0

    @property
    def did_something(self) -> bool:
        return any((self.sent, self.retried, self.failed, self.expired, self.recovered))


@dataclass(frozen=True)
class PurgeReport:
    """What a retention purge erased: how many, and the instant before which everything went."""

    count: int
    before: datetime


class DeliveryFailure(Exception):
    """Not delivered. The text says why without any personal data: it is stored and logged."""


class TemporaryFailure(DeliveryFailure):
    """Another attempt may succeed: server down, busy, or wrongly configured on our side."""


class PermanentFailure(DeliveryFailure):
    """No other attempt can succeed: the address or number does not exist, the content is refused."""


class Transport(Protocol):
    """A way out. `send` returns once the outside system has accepted the message."""

    def send(self, message: Outgoing) -> None:
        """Raises TemporaryFailure or PermanentFailure."""

    def close(self) -> None:
        """Release what is kept open between two messages of one pass."""


def enqueue(messages: list[Message], *, now: datetime) -> list[OutboxMessage]:
    """Write `messages` in the caller's transaction (one statement).

    SMS are rewritten to fit the GSM alphabet, measured and priced here, so that the row says what it costs.
    A message whose `dedupe_key` is already there is silently left out; the rows given back then have no id.
    """
    rows = [_row(message, now) for message in messages]
    has_key = any(message.dedupe_key is not None for message in messages)
    if has_key:
        return OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
    insert_rows(rows)
    return rows


def sms_price_thousandths(day: date) -> int:
    """Price of one SMS part on `day`, in thousandths of a euro, from the dated setting `SMS_PRICES`."""
    price = 0
    for since, thousandths in sorted(settings.SMS_PRICES):
        if since <= day:
            price = thousandths
    return price


def cancel_pending(
    *, target_kind: str, target_id: int, now: datetime, kinds: Iterable[str] | None = None
) -> int:
    """Cancel what has not left yet about an object (all kinds, or `kinds`); returns how many were cancelled.

    One that a worker is sending at this instant cannot be called back, but will not be tried again.
    """
    about = OutboxMessage.objects.filter(target_kind=target_kind, target_id=target_id)
    if kinds is not None:
        about = about.filter(kind__in=list(kinds))
    about.filter(status=_Status.SENDING, useful_until__gt=now).update(useful_until=now)
    return about.filter(status=_Status.PENDING).update(status=_Status.CANCELLED)


def deliver_due(
    *,
    now: datetime,
    transports: Mapping[str, Transport],
    limit: int = 200,
    max_seconds: float = 20.0,
) -> DeliveryReport:
    """Send what is due through `transports` (by channel), at most `limit` messages or `max_seconds`.

    Several workers may run it at once: each row is claimed by one. Must run outside any transaction, so that
    a claim is visible to the others before the message leaves. `now` is the instant of the call; time spent
    waiting for slow servers is added to it, so a long pass never sends a message that has become useless.
    """
    report = DeliveryReport()
    started = time.monotonic()

    def elapsed() -> float:
        return time.monotonic() - started

    _recover_stale(now, report)
    _expire_due(now, report)
    failures_in_a_row = dict.fromkeys(transports, 0)
    left = limit
    try:
        while left > 0 and elapsed() < max_seconds:
            open_channels = [c for c, n in failures_in_a_row.items() if n < FAILURES_BEFORE_PAUSE]
            rows = _claim(now + timedelta(seconds=elapsed()), open_channels, min(_CHUNK, left))
            if not rows:
                break
            left -= len(rows)
            for row in rows:
                if elapsed() >= max_seconds or failures_in_a_row[row.channel] >= FAILURES_BEFORE_PAUSE:
                    _give_back(row)
                    continue
                outcome = _deliver(row, transports[row.channel], now + timedelta(seconds=elapsed()), report)
                failures_in_a_row[row.channel] = (
                    failures_in_a_row[row.channel] + 1 if outcome is TemporaryFailure else 0
                )
    finally:
        for transport in transports.values():
            transport.close()
    return report


def purge_messages(*, now: datetime, keep: timedelta) -> PurgeReport:
    """Erase recipient and texts of messages useless for longer than `keep`; the bare row stays for counts."""
    before = now - keep
    old = OutboxMessage.objects.filter(erased_at__isnull=True, useful_until__lt=before).exclude(
        status__in=[_Status.PENDING, _Status.SENDING]
    )
    count = 0
    # Small pieces: an erasure of a year's messages must not hold the database while people book.
    while ids := list(old.order_by("useful_until").values_list("pk", flat=True)[:_ERASE_CHUNK]):
        count += OutboxMessage.objects.filter(pk__in=ids).update(
            to="", subject="", body="", html="", dedupe_key=None, erased_at=now
        )
    return PurgeReport(count=count, before=before)


def list_messages(
    *,
    channel: str | None = None,
    practice_id: int | None = None,
    before_id: int | None = None,
    limit: int = 60,
) -> list[SentMessage]:
    """Newest messages first, with their content: for the demonstration or someone allowed to read them.

    `before_id` continues a list after its last message.
    """
    rows = OutboxMessage.objects.order_by("-id")
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    if channel:
        rows = rows.filter(channel=channel)
    if practice_id is not None:
        rows = rows.filter(practice_id=practice_id)
    return [_shown(row) for row in rows[:limit]]


def get_message(message_id: int) -> SentMessage:
    """One message with its content. Raises NotFound."""
    row = OutboxMessage.objects.filter(pk=message_id).first()
    if row is None:
        raise NotFound("Ce message n’existe pas ou plus.")
    return _shown(row)


def sum_costs(*, practice_id: int | None = None, since: datetime | None = None) -> Costs:
    """SMS that left (of one practice, since an instant), their paid parts and what they cost."""
    rows = OutboxMessage.objects.filter(channel=_Channel.SMS, status=_Status.SENT)
    if practice_id is not None:
        rows = rows.filter(practice_id=practice_id)
    if since is not None:
        rows = rows.filter(sent_at__gte=since)
    total = rows.aggregate(count=Count("id"), parts=Sum("sms_parts"), cost=Sum("cost_thousandths"))
    return Costs(total["count"], total["parts"] or 0, total["cost"] or 0)


def count_waiting(*, now: datetime) -> int:
    """Messages that should have left and have not: what `releve doctor` and /healthz look at."""
    return OutboxMessage.objects.filter(status=_Status.PENDING, send_after__lte=now).count()


def _row(message: Message, now: datetime) -> OutboxMessage:
    body, parts, cost = message.body, 0, 0
    if message.channel == _Channel.SMS:
        body = sms_text.to_gsm7(body)
        parts = sms_text.measure(body).parts
        # The operator's tariff follows the French calendar.
        cost = parts * sms_price_thousandths(now.astimezone(ZoneInfo(settings.TIME_ZONE)).date())
    return OutboxMessage(
        channel=message.channel,
        to=message.to,
        subject=message.subject,
        body=body,
        html=message.html,
        kind=message.kind,
        dedupe_key=message.dedupe_key,
        target_kind=message.target_kind,
        target_id=message.target_id,
        practice_id=message.practice_id,
        created_at=now,
        send_after=message.send_after or now,
        useful_until=message.useful_until,
        sms_parts=parts,
        cost_thousandths=cost,
    )


def _recover_stale(now: datetime, report: DeliveryReport) -> None:
    stale = OutboxMessage.objects.filter(status=_Status.SENDING, claimed_at__lt=now - CLAIM_LEASE)
    if not stale.exists():  # a read first: an idle pass must not take the write lock
        return
    report.expired += stale.filter(useful_until__lte=now).update(status=_Status.EXPIRED)
    report.failed += stale.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=_Status.FAILED, last_error="Envoi interrompu à chaque essai"
    )
    report.recovered += stale.update(status=_Status.PENDING, last_error="Envoi interrompu, repris")


def _expire_due(now: datetime, report: DeliveryReport) -> None:
    late = OutboxMessage.objects.filter(status=_Status.PENDING, send_after__lte=now, useful_until__lte=now)
    if late.exists():
        report.expired += late.update(status=_Status.EXPIRED)


def _claim(now: datetime, channels: list[str], limit: int) -> list[OutboxMessage]:
    """Take up to `limit` due rows for this worker, oldest first.

    PostgreSQL skips rows another worker is claiming; on SQLite the immediate transaction serialises claims.
    """
    due = OutboxMessage.objects.filter(
        status=_Status.PENDING, send_after__lte=now, channel__in=channels
    ).order_by("send_after", "id")
    if not due.exists():
        return []
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True)[:limit])
        OutboxMessage.objects.filter(pk__in=[row.pk for row in rows], status=_Status.PENDING).update(
            status=_Status.SENDING, claimed_at=now, attempts=F("attempts") + 1
        )
    for row in rows:
        row.status, row.claimed_at, row.attempts = _Status.SENDING, now, row.attempts + 1
    return rows


def _give_back(row: OutboxMessage) -> None:
    _still_ours(row).update(status=_Status.PENDING, claimed_at=None, attempts=F("attempts") - 1)


def _still_ours(row: OutboxMessage) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(pk=row.pk, status=_Status.SENDING, claimed_at=row.claimed_at)


def _deliver(
    row: OutboxMessage, transport: Transport, now: datetime, report: DeliveryReport
) -> type[DeliveryFailure] | None:
    if row.useful_until <= now:
        report.expired += _still_ours(row).update(status=_Status.EXPIRED)
        return None
    started = time.monotonic()
    try:
        transport.send(_outgoing(row))
    except PermanentFailure as failure:
        report.failed += _still_ours(row).update(status=_Status.FAILED, last_error=str(failure)[:200])
        logger.warning("message %s (%s): final failure: %s", row.pk, row.channel, failure)
        return PermanentFailure
    except Exception as failure:
        # Only our own failures carry a text known to be free of personal data.
        reason = str(failure) if isinstance(failure, TemporaryFailure) else type(failure).__name__
        ended = now + timedelta(seconds=time.monotonic() - started)
        _postpone(row, reason, ended, report)
        return TemporaryFailure
    ended = now + timedelta(seconds=time.monotonic() - started)
    # Even if another worker took it back meanwhile: it has left, and saying so avoids a double.
    OutboxMessage.objects.filter(pk=row.pk, status__in=[_Status.SENDING, _Status.PENDING]).update(
        status=_Status.SENT, sent_at=ended, last_error=""
    )
    report.sent += 1
    return None


def _postpone(row: OutboxMessage, reason: str, now: datetime, report: DeliveryReport) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        report.failed += _still_ours(row).update(status=_Status.FAILED, last_error=reason[:200])
        return
    delay = RETRY_AFTER_SECONDS[min(row.attempts, len(RETRY_AFTER_SECONDS)) - 1]
    again = now + timedelta(seconds=delay)
    # The row's own deadline is read in the database: a cancellation may have shortened it meanwhile.
    report.expired += (
        _still_ours(row)
        .filter(useful_until__lte=again)
        .update(status=_Status.EXPIRED, last_error=reason[:200])
    )
    report.retried += _still_ours(row).update(
        status=_Status.PENDING, send_after=again, claimed_at=None, last_error=reason[:200]
    )
    logger.warning("message %s (%s): attempt %s failed: %s", row.pk, row.channel, row.attempts, reason)


def _outgoing(row: OutboxMessage) -> Outgoing:
    return Outgoing(
        reference=f"releve-{row.pk}-{row.created_at.astimezone(UTC):%Y%m%d%H%M%S}",
        channel=row.channel,
        to=row.to,
        subject=row.subject,
        body=row.body,
        html=row.html,
        created_at=row.created_at,
    )


def _shown(row: OutboxMessage) -> SentMessage:
    length = sms_text.measure(row.body if row.channel == _Channel.SMS else "")
    return SentMessage(
        id=row.pk,
        channel=row.channel,
        status=row.status,
        status_label=row.get_status_display(),
        kind=row.kind,
        to=row.to,
        subject=row.subject,
        body=row.body,
        html=row.html,
        created_at=row.created_at,
        send_after=row.send_after,
        sent_at=row.sent_at,
        useful_until=row.useful_until,
        last_error=row.last_error,
        encoding=length.encoding,
        units=length.units,
        room_left=length.room_left,
        parts=row.sms_parts,
        cost_thousandths=row.cost_thousandths,
    )
