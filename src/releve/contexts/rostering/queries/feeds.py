"""What a calendar feed shows: shifts only, never a patient."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from releve.contexts.practices.models import Site
from releve.contexts.practitioners.models import Practitioner
from releve.kernel.errors import Gone, NotFound

from ..enums import ShiftKind, ShiftStatus
from ..models import CalendarFeed, Shift
from .roster import shift_rows

# How much of the past and of the future a feed carries.
PAST_DAYS = 60
FUTURE_DAYS = 400
# A cancelled shift stays visible that long after the change, so that calendars erase it; then it leaves.
CANCELLED_DAYS = 30


@dataclass(frozen=True)
class FeedEvent:
    """One shift in a calendar."""

    shift_id: int
    sequence: int
    status: str  # CONFIRMED | TENTATIVE | CANCELLED
    summary: str
    description: str
    location: str
    lat: float
    lon: float
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class FeedView:
    feed_id: int
    name: str
    last_read_at: datetime | None
    modified_at: datetime
    events: list[FeedEvent]


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def feed_events(token: str, *, now: datetime) -> FeedView:
    """The events of a feed. NotFound for an unknown token, Gone once revoked. Two statements."""
    feed = (
        CalendarFeed.objects.select_related("practitioner", "site")
        .filter(token_sha256=token_digest(token))
        .first()
    )
    if feed is None:
        raise NotFound("Ce calendrier n’existe pas.")
    if feed.revoked_at is not None:
        raise Gone("Ce calendrier a été fermé. Demandez une nouvelle adresse.")
    today = now.date()
    rows = shift_rows().filter(
        Q(day__range=(today - timedelta(days=PAST_DAYS), today + timedelta(days=FUTURE_DAYS))),
        ~Q(status=ShiftStatus.CANCELLED) | Q(updated_at__gte=now - timedelta(days=CANCELLED_DAYS)),
    )
    rows = rows.filter(practitioner=feed.practitioner) if feed.practitioner else rows.filter(site=feed.site)
    shifts = list(rows)
    events = [_event(shift, personal=feed.practitioner is not None) for shift in shifts]
    # Not before this morning: the days a feed covers slide, and a renamed place leaves no trace on its
    # shifts.
    morning = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    modified = max(
        [morning, feed.created_at, feed.shift_left_at or feed.created_at, *(s.updated_at for s in shifts)]
    )
    owner: Practitioner | Site | None = feed.practitioner or feed.site
    name = owner.display_name if isinstance(owner, Practitioner) else str(owner)
    return FeedView(
        feed_id=feed.pk,
        name=f"Vacations\u00a0: {name}",
        last_read_at=feed.last_read_at,
        modified_at=modified.astimezone(UTC),
        events=events,
    )


def list_feeds(*, practitioner_id: int | None = None, site_id: int | None = None) -> list[CalendarFeed]:
    """Feeds of one owner, live ones first."""
    rows = CalendarFeed.objects.select_related("practitioner", "site").order_by("-created_at", "-pk")
    owner = Q(practitioner=practitioner_id) if practitioner_id else Q(site=site_id)
    rows = rows.filter(owner)
    return sorted(rows, key=lambda feed: feed.revoked_at is not None)


_STATUS = {
    ShiftStatus.OPEN: "TENTATIVE",
    ShiftStatus.PROPOSED: "TENTATIVE",
    ShiftStatus.CONFIRMED: "CONFIRMED",
    ShiftStatus.HELD: "CONFIRMED",
    ShiftStatus.CANCELLED: "CANCELLED",
}


def _event(shift: Shift, *, personal: bool) -> FeedEvent:
    kind = ShiftKind(shift.kind).label
    who = shift.practitioner.display_name if shift.practitioner else "À pourvoir"
    summary = f"{kind}\u00a0: {shift.site.name}" if personal else f"{who}\u00a0: {kind.lower()}"
    if not personal and shift.kind != ShiftKind.CONSULTATION:
        summary = f"{who}\u00a0: {kind}"
    if shift.status == ShiftStatus.PROPOSED:
        summary += " (à confirmer)"
    elif shift.status == ShiftStatus.CANCELLED:
        summary += " (annulée)"
    lines = [shift.practice.name]
    if shift.room:
        lines.append(f"Salle\u00a0: {shift.room.name}")
    site = shift.site
    return FeedEvent(
        shift_id=shift.pk,
        sequence=shift.version - 1,
        status=_STATUS[ShiftStatus(shift.status)],
        summary=summary,
        # The free note stays inside: nobody can promise that it names no patient.
        description="\n".join(lines),
        location=f"{site.name}, {site.address}, {site.postal_code} {site.commune.name}",
        lat=site.lat,
        lon=site.lon,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        time_zone=site.time_zone,
        created_at=shift.created_at,
        updated_at=shift.updated_at,
    )
