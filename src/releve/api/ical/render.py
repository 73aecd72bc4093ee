"""Shifts as iCalendar (RFC 5545): stable identifiers, local hours with their time zone, never a patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from releve.contexts.rostering.queries import FeedEvent, FeedView

if TYPE_CHECKING:  # a quarter of a second, that most pages do not need: imported where it is used
    from icalendar import Event, Timezone

PRODUCT = "-//Relève//Calendrier des vacations//FR"
# How often a calendar should come back.
REFRESH = timedelta(hours=1)


def render_feed(view: FeedView, *, host: str) -> bytes:
    """The feed as bytes, CRLF lines folded at 75 octets. The same view always gives the same bytes."""
    from icalendar import Calendar, vDuration

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", view.name)
    calendar.add("x-wr-calname", view.name)
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for zone in _zones(view.events):
        calendar.add_component(zone)
    for event in view.events:
        calendar.add_component(_component(event, host))
    return calendar.to_ical()


def _zones(events: Sequence[FeedEvent]) -> list[Timezone]:
    zones = []
    for name in sorted({event.time_zone for event in events}):
        days = [e.starts_at.date() for e in events if e.time_zone == name]
        zones.append(_zone(name, min(days).year, max(days).year))
    return zones


@lru_cache(maxsize=64)
def _zone(name: str, first_year: int, last_year: int) -> Timezone:
    """The rules of a time zone over the years shown, with the change before the first one."""
    from icalendar import Timezone

    return Timezone.from_tzid(
        name, first_date=date(first_year - 1, 1, 1), last_date=date(last_year + 1, 12, 31)
    )


def _component(event: FeedEvent, host: str) -> Event:
    from icalendar import Event

    zone = ZoneInfo(event.time_zone)
    component = Event()
    component.add("uid", f"shift-{event.shift_id}@{host}")
    component.add("sequence", event.sequence)
    # The instant of the last change and not of the request: the bytes, hence the ETag, stay the same.
    component.add("dtstamp", event.updated_at.astimezone(UTC))
    component.add("created", event.created_at.astimezone(UTC))
    component.add("last-modified", event.updated_at.astimezone(UTC))
    component.add("dtstart", event.starts_at.astimezone(zone))
    component.add("dtend", event.ends_at.astimezone(zone))
    component.add("status", event.status)
    component.add("transp", "OPAQUE" if event.status == "CONFIRMED" else "TRANSPARENT")
    component.add("summary", event.summary)
    component.add("description", event.description)
    component.add("location", event.location)
    component.add("geo", (event.lat, event.lon))
    return component
