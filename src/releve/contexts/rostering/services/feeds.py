"""Secret calendar addresses: made once, shown once, revocable."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid, NotFound

from ..models import CalendarFeed
from ..queries.feeds import token_digest
from .guards import find_practitioner, find_site

TOKEN_BYTES = 20  # 160 bits
MAX_LIVE_FEEDS = 10
# Reading a feed notes when, no more often than that: phones ask every few minutes.
READ_NOTE_EVERY = timedelta(hours=1)


@transaction.atomic
def create_feed(
    *, practitioner_id: int | None = None, site_id: int | None = None, by: Actor, now: datetime
) -> tuple[CalendarFeed, str]:
    """A new feed and its secret token, which is never stored and cannot be shown again."""
    if (practitioner_id is None) == (site_id is None):
        raise Invalid("Un calendrier est celui d’une personne ou celui d’un lieu.", code="one-owner")
    person = find_practitioner(practitioner_id) if practitioner_id is not None else None
    site = find_site(site_id) if site_id is not None else None
    live = CalendarFeed.objects.filter(practitioner=person, site=site, revoked_at__isnull=True).count()
    if live >= MAX_LIVE_FEEDS:
        raise Conflict(
            f"Il y a déjà {MAX_LIVE_FEEDS} adresses en service\u00a0: fermez-en une d’abord.",
            code="too-many-feeds",
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = CalendarFeed.objects.create(
        practitioner=person,
        site=site,
        token_sha256=token_digest(token),
        created_at=now,
        created_by_id=by.id if by.kind == "user" else None,
    )
    audit.record(
        by=by,
        action="feed.created",
        target_kind="calendar_feed",
        target_id=feed.pk,
        practice_id=site.practice_id if site else None,
        now=now,
    )
    return feed, token


@transaction.atomic
def revoke_feed(*, feed_id: int, by: Actor, now: datetime) -> CalendarFeed:
    """Close an address for good. Closing it twice changes nothing."""
    feed = (
        CalendarFeed.objects.select_for_update(of=("self",)).select_related("site").filter(pk=feed_id).first()
    )
    if feed is None:
        raise NotFound("Ce calendrier n’existe pas.")
    if feed.revoked_at is not None:
        return feed
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    audit.record(
        by=by,
        action="feed.revoked",
        target_kind="calendar_feed",
        target_id=feed.pk,
        practice_id=feed.site.practice_id if feed.site else None,
        now=now,
    )
    return feed


def note_feed_read(*, feed_id: int, last_read_at: datetime | None, now: datetime) -> bool:
    """Remember that a feed is in use. True when it was written (at most once in `READ_NOTE_EVERY`)."""
    if last_read_at is not None and now - last_read_at < READ_NOTE_EVERY:
        return False
    return bool(CalendarFeed.objects.filter(pk=feed_id).update(last_read_at=now))
