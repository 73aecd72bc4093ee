"""Free times on a page: a week of offers, and the reading of what a button or an address says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from releve.contexts.booking import queries as booking
from releve.kernel.clock import check_year, local_day, local_instant
from releve.kernel.errors import Invalid

WEEK_DAYS = 7
NEARBY_KM = 60
NEARBY_SITES = 4


@dataclass(frozen=True)
class Week:
    """`days`: the days with times, from the first free one. `previous`, `following`: first days of the weeks around."""

    days: list[booking.DayOffers]
    previous: date | None
    following: date | None

    @property
    def has_adjacent(self) -> bool:
        """Whether some times follow another visit: the page then says what their tint means."""
        return any(offer.adjacent for day in self.days for offer in day.times)


def read_day(text: str, *, today: date) -> date | None:
    """`2026-03-04` -> date. Raises Invalid when unreadable or past."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("Cette date est illisible.", code="bad-date", field="du") from error
    if day < today:
        raise Invalid("La date demandée est passée.", code="past", field="du")
    return day


def read_instant(text: str, *, time_zone: str) -> datetime:
    """`2026-03-04T08:00:00Z`, or a local time of the place without offset. Raises Invalid when impossible."""
    try:
        moment = datetime.fromisoformat(text.strip()[:40])
        check_year(moment)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("Cet horaire est illisible.", code="bad-time", field="horaire") from error
    return local_instant(moment.date(), moment.time(), time_zone)


def read_time_button(text: str, *, time_zone: str) -> tuple[datetime, int | None]:
    """`<instant>` or `<instant>~<practitioner>`: the value of a time's button."""
    moment, _, person = text.partition("~")
    if person and not (person.isascii() and person.isdecimal() and len(person) < 18):
        raise Invalid("Cet horaire est illisible.", code="bad-time", field="horaire")
    return read_instant(moment, time_zone=time_zone), int(person) if person else None


def build_week(
    *, site: Any, reason_id: int, first_day: date | None, now: datetime, audience: str = "public"
) -> Week:
    """Seven days from the first free one on or after `first_day` (today when None)."""
    today = local_day(now, site.time_zone)
    start = first_day or today
    horizon = today + timedelta(days=site.practice.booking_horizon_days)
    if start > horizon:
        return Week([], today, None)
    slots = booking.find_slots(
        site_id=site.pk,
        reason_id=reason_id,
        first_day=start,
        days=(horizon - start).days + 1,
        now=now,
        audience=audience,
    )
    previous = max(today, start - timedelta(days=WEEK_DAYS)) if start > today else None
    if not slots:
        return Week([], previous, None)
    last = local_day(slots[0].starts_at, site.time_zone) + timedelta(days=WEEK_DAYS - 1)
    shown = [slot for slot in slots if local_day(slot.starts_at, site.time_zone) <= last]
    later = slots[len(shown) :]
    return Week(
        booking.offers_by_day(shown, time_zone=site.time_zone),
        previous,
        local_day(later[0].starts_at, site.time_zone) if later else None,
    )


def places_nearby(site: Any, *, category: str, now: datetime) -> list[booking.SiteTimes]:
    """Other places with times, nearest first: nobody leaves with nothing."""
    found = booking.next_times_near(
        lat=site.lat,
        lon=site.lon,
        now=now,
        radius_km=NEARBY_KM,
        max_sites=NEARBY_SITES + 6,
        category=category or None,
    )
    return [place for place in found if place.site.pk != site.pk and place.slots][:NEARBY_SITES]
