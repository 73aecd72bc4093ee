"""Public and school holidays, by département. Pure: reads two packages' tables and a data file, no database.

Public holidays come from the package `holidays`, school holidays of zones A, B and C from
`vacances-scolaires-france`. Corsica and overseas set their own school calendar: unknown here, and said so.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from vacances_scolaires_france import SchoolHolidayDates

SCHOOL_ZONES_FILE: Final = Path(__file__).parent / "data" / "school_zones.csv"
SCHOOL_ZONES_SOURCE: Final = (
    "Ministère de l’Éducation nationale, zones A, B et C depuis la rentrée 2015 "
    "(académie de Normandie depuis 2020) ; saisi à la main d’après la carte des académies"
)

# Alsace-Moselle keeps Good Friday (in communes with a Protestant church and a mixed one) and 26 December.
_SUBDIVISIONS: Final = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "975": "PM",
    "976": "976",
    "977": "BL",
    "978": "MF",
    "984": "TF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
FIRST_HOLIDAY_YEAR, LAST_HOLIDAY_YEAR = 1990, 2100


@cache
def school_zones() -> dict[str, tuple[str, str]]:
    """Département code -> (zone "A", "B", "C" or "" when it keeps its own calendar, académie)."""
    with SCHOOL_ZONES_FILE.open(encoding="utf-8", newline="") as stream:
        return {row["departement"]: (row["zone"], row["academie"]) for row in csv.DictReader(stream)}


@lru_cache(maxsize=512)
def _public_holidays(subdivision: str | None, year: int) -> dict[date, str]:
    import holidays  # a quarter of a second, that most pages do not need

    found = holidays.country_holidays("FR", subdiv=subdivision, years=year, language="fr")
    return {day: name.replace("'", "’") for day, name in found.items() if day.year == year}


def public_holiday(day: date, departement_code: str) -> str | None:
    """French name of the public holiday of that day in that département, None on any other day.

    The fixed and Easter feasts are computed from 1990 to 2100; outside those years the answer is None.
    """
    if not FIRST_HOLIDAY_YEAR <= day.year <= LAST_HOLIDAY_YEAR:
        return None
    return _public_holidays(_SUBDIVISIONS.get(departement_code), day.year).get(day)


@cache
def _school_holidays() -> dict[str, dict[date, str]]:
    dates = SchoolHolidayDates()
    by_zone: dict[str, dict[date, str]] = {"A": {}, "B": {}, "C": {}}
    for day, row in dates.data.items():
        for zone, found in by_zone.items():
            if row[f"vacances_zone_{zone.lower()}"]:
                found[day] = row["nom_vacances"].replace("'", "’")
    return by_zone


@cache
def school_calendar_span() -> tuple[date, date]:
    """First and last day that the published calendar covers (bounds included)."""
    days = [day for found in _school_holidays().values() for day in found]
    return min(days), max(days)


def school_calendar_known(departement_code: str, day: date | None = None) -> bool:
    """Whether the school holidays of that département (and of that day, when given) are known here.

    False for Corsica and overseas, and beyond the last published summer: "no holiday" would be a guess.
    """
    zone, _ = school_zones().get(departement_code, ("", ""))
    if not zone:
        return False
    first, last = school_calendar_span()
    return day is None or first <= day <= last


def school_holiday(day: date, departement_code: str) -> str | None:
    """French name of the school holidays of that day; None outside them, or when they are not known."""
    zone, _ = school_zones().get(departement_code, ("", ""))
    return _school_holidays()[zone].get(day) if zone else None
