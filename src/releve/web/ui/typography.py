"""French typography for people: dates, hours, distances, money, phones. Pure functions, no markup.

A no-break space (U+00A0) keeps `14 h 30` and `200 €` on one line; a narrow one is not used because many screen
readers skip it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

NBSP = "\u00a0"
PARIS = "Europe/Paris"
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
SHORT_MONTHS = (
    "janv.", "févr.", "mars", "avr.", "mai", "juin",
    "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip
DATE_STYLES = ("long", "full", "short", "numeric", "day", "month", "weekday")


def as_day(value: date | datetime, tz_name: str = PARIS) -> date:
    """The calendar day of a date, or of an aware instant seen from `tz_name`."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(tz_name)).date() if value.tzinfo else value.date()
    return value


def french_date(value: date | datetime, style: str = "long", tz_name: str = PARIS) -> str:
    """`long` mardi 3 mars · `full` mardi 3 mars 2026 · `short` lun. 2 nov. · `numeric` 03/03/2026 ·
    `day` 3 mars 2026 · `month` mars 2026 · `weekday` mardi. The first of a month is `1er`.
    """
    day = as_day(value, tz_name)
    weekday, month = WEEKDAYS[day.weekday()], MONTHS[day.month - 1]
    number = "1er" if day.day == 1 else str(day.day)
    if style == "numeric":
        return f"{day:%d/%m/%Y}"
    if style == "month":
        return f"{month} {day.year}"
    if style == "weekday":
        return weekday
    if style == "day":
        return f"{number}{NBSP}{month} {day.year}"
    if style == "full":
        return f"{weekday} {number}{NBSP}{month} {day.year}"
    if style == "short":
        return f"{weekday[:3]}.{NBSP}{number}{NBSP}{SHORT_MONTHS[day.month - 1]}"
    if style == "long":
        return f"{weekday} {number}{NBSP}{month}"
    raise ValueError(f"unknown date style {style!r}, one of {', '.join(DATE_STYLES)}")


def french_time(value: datetime | time, tz_name: str = PARIS) -> str:
    """`14 h 30`, `9 h`, `0 h 05`. An aware instant is shown at the clock of `tz_name`."""
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(ZoneInfo(tz_name))
    minutes = f"{NBSP}{value.minute:02d}" if value.minute else ""
    return f"{value.hour}{NBSP}h{minutes}"


def relative_day(value: date | datetime, today: date, tz_name: str = PARIS) -> str:
    """`aujourd’hui`, `demain`, otherwise the long date."""
    day = as_day(value, tz_name)
    if day == today:
        return "aujourd’hui"
    if day == today + timedelta(days=1):
        return "demain"
    return french_date(day)


def duration(minutes: int) -> str:
    """`15 min`, `1 h`, `1 h 30`."""
    hours, rest = divmod(int(minutes), 60)
    if not hours:
        return f"{rest}{NBSP}min"
    return f"{hours}{NBSP}h" + (f"{NBSP}{rest:02d}" if rest else "")


def number(value: float | int, digits: int = 0) -> str:
    """`12 345,6`: no-break spaces between thousands, a comma before decimals."""
    text = f"{value:,.{digits}f}"
    return text.replace(",", NBSP).replace(".", ",")


def distance(km: float) -> str:
    """`sur place` under 300 m, `800 m`, `4,5 km` under 10 km, `12 km` beyond."""
    if km < 0.3:
        return "sur place"
    if km < 0.95:
        return f"{round(km, 1) * 1000:.0f}{NBSP}m"
    if km < 9.95:
        return f"{number(km, 0 if round(km, 1) == int(round(km, 1)) else 1)}{NBSP}km"
    return f"{number(km)}{NBSP}km"


def euros(cents: int) -> str:
    """Cents to `200 €` or `26,50 €`."""
    amount = Decimal(int(cents)) / 100
    return f"{number(float(amount), 0 if cents % 100 == 0 else 2)}{NBSP}€"


def phone(value: str) -> str:
    """`02 51 00 00 00` from any usual spelling of a French number (+33, +262…); unchanged when not French."""
    digits = re.sub(r"[^\d+]", "", value)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    for prefix in ("+33", "+262", "+590", "+594", "+596"):
        if digits.startswith(prefix) and len(digits) == len(prefix) + 9:
            digits = "0" + digits[len(prefix) :]
    if len(digits) == 10 and digits.startswith("0"):
        return NBSP.join(digits[i : i + 2] for i in range(0, 10, 2))
    return value.strip()


def phone_link(value: str) -> str:
    """The `tel:` address of a number."""
    digits = re.sub(r"[^\d+]", "", value)
    return f"tel:{digits}" if digits else ""


def no_break(text: str) -> str:
    """Put no-break spaces where French wants them: before `: ; ! ? »`, after `«`, in hours and amounts."""
    text = re.sub(r" (?=[:;!?»€%])", NBSP, text)
    text = text.replace("« ", f"«{NBSP}")
    return re.sub(
        r"(\d) (?=(?:h|min|km|m|ans|jours|€)\b)|(\bh) (?=\d\d\b)", lambda m: (m[1] or m[2]) + NBSP, text
    )


def joined(items: list[str]) -> str:
    """`a, b et c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} et {items[-1]}"


_VOWELS = "aeiouyhàâäéèêëîïôöùûüœæ"


def of_place(name: str) -> str:
    """« de » before a commune's name: `d’Aubigny`, `du Mans`, `des Achards`, `de La Roche-sur-Yon`."""
    if name.startswith("Le "):
        return f"du {name[3:]}"
    if name.startswith("Les "):
        return f"des {name[4:]}"
    return f"d’{name}" if name[:1].lower() in _VOWELS else f"de {name}"


_PLACE_NOUNS = {  # common nouns that begin the name of a place, with what « à » becomes before them
    "cabinet": "au", "centre": "au", "dispensaire": "au", "pôle": "au", "local": "au", "foyer": "au",
    "maison": "à la", "mairie": "à la", "salle": "à la", "clinique": "à la", "polyclinique": "à la",
    "antenne": "à l’", "annexe": "à l’", "espace": "à l’", "hôpital": "à l’", "école": "à l’", "ehpad": "à l’",
    "consultations": "aux",
}  # fmt: skip


def at_place(name: str) -> str:
    """« à » before the name of a place: `au Cabinet de Nieul`, `à la Maison de santé`, `aux Achards`, `à Lassay`."""
    if name.startswith("Le "):
        return f"au {name[3:]}"
    if name.startswith("Les "):
        return f"aux {name[4:]}"
    before = _PLACE_NOUNS.get(name.split(" ")[0].lower(), "à")
    return f"{before}{name}" if before.endswith("’") else f"{before} {name}"
