"""Dates and hours as French people write them. Pure; used by messages, pages and the command line."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

NBSP = "\u00a0"
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def long_date(day: date, *, year: bool = False) -> str:
    """`mardi 3 mars`, `dimanche 1er mars 2026`."""
    number = "1er" if day.day == 1 else str(day.day)
    text = f"{WEEKDAYS[day.weekday()]} {number}{NBSP}{MONTHS[day.month - 1]}"
    return f"{text} {day.year}" if year else text


def hour(instant: datetime, tz_name: str) -> str:
    """Local wall time: `14 h 30`, `9 h`."""
    local = instant.astimezone(ZoneInfo(tz_name))
    return f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}" if local.minute else f"{local.hour}{NBSP}h"


def day_and_hour(instant: datetime, tz_name: str) -> str:
    """`mardi 3 mars à 14 h 30`."""
    local = instant.astimezone(ZoneInfo(tz_name))
    return f"{long_date(local.date())} à {hour(instant, tz_name)}"


def short_date_hour(instant: datetime, tz_name: str) -> str:
    """For a text message, without characters that double its price: `mar 3/03 14h30`."""
    local = instant.astimezone(ZoneInfo(tz_name))
    return f"{WEEKDAYS[local.weekday()][:3]} {local.day}/{local.month:02d} {local.hour}h{local.minute:02d}"


def number(value: float, decimals: int = 0) -> str:
    """`12 345,6`: no-break spaces between thousands, a comma before decimals, a true minus sign."""
    text = f"{abs(value):,.{decimals}f}".replace(",", NBSP).replace(".", ",")
    negative = value < 0 and any(character in "123456789" for character in text)
    return f"\u2212{text}" if negative else text
