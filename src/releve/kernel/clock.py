"""Instants and local time. Below delivery, `now` is an argument; only delivery calls `now()`.

Instants are aware UTC. Opening hours are local to a site, so turning (day, wall time, zone) into an
instant happens here, and refuses a wall time that the night of the clock change skips.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from .errors import Invalid

# No date of ours lies outside; at the very ends of the calendar, changing zone is an overflow.
FIRST_YEAR, LAST_YEAR = 1900, 2200


def now() -> datetime:
    """The present instant (aware, UTC)."""
    return datetime.now(UTC)


def local_instant(day: date, wall: time, tz_name: str) -> datetime:
    """UTC instant of `wall` on `day` in `tz_name`.

    Raises Invalid (`impossible-time`) for a wall time that does not exist that day (spring change) and
    Invalid (`ambiguous-time`) for one that exists twice (autumn change): nobody consults between 2 and 3 a.m.,
    so guessing would hide a typing error.
    """
    check_year(day)
    zone = ZoneInfo(tz_name)
    first = datetime.combine(day, wall, tzinfo=zone)
    back = first.astimezone(UTC).astimezone(zone)
    if back.replace(tzinfo=None) != first.replace(tzinfo=None):
        raise Invalid(
            f"L’heure {wall:%H h %M} n’existe pas le {day:%d/%m/%Y} : c’est la nuit du changement d’heure.",
            code="impossible-time",
        )
    if first.utcoffset() != first.replace(fold=1).utcoffset():
        raise Invalid(
            f"L’heure {wall:%H h %M} existe deux fois le {day:%d/%m/%Y} : c’est la nuit du changement d’heure.",
            code="ambiguous-time",
        )
    return first.astimezone(UTC)


def check_year(day: date) -> None:
    """Raises Invalid (`impossible-date`) for a day or an instant that no site will ever live."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid("Cette date n’est pas possible : vérifiez l’année.", code="impossible-date")


def local_day(instant: datetime, tz_name: str) -> date:
    """The calendar day of `instant` at a site of zone `tz_name`."""
    return instant.astimezone(ZoneInfo(tz_name)).date()
