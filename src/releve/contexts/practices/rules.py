"""How practices and sites are described: texts, slugs, points, closed days. No query, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import slugify

from releve.kernel.errors import Invalid
from releve.kernel.identifiers import check_finess, check_siret
from releve.kernel.phones import parse_phone

from .enums import SiteKind

SLUG_LENGTH = 80
# Words that follow `/secretariat/` in an address, so that no practice may be called so.
RESERVED_SLUGS = frozenset(
    {"jour", "patients", "imprimer", "calendrier", "reglages", "nouveau-cabinet", "choisir"}
)
LONGEST_CLOSURE_DAYS = 366
HORIZON_DAYS = (1, 365)
CANCEL_HOURS = (0, 168)
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

# Told to patients when they book and when they arrive (thesis on Nieul-le-Dolent, information notice).
DEFAULT_CARE_TEAM_NOTICE = (
    "Vous êtes suivi par une équipe médicale traitante : des médecins qui se relaient et partagent votre "
    "dossier. "
    "Le médecin que vous verrez ne sera donc pas toujours le même.\n"
    "Sur votre déclaration de médecin traitant figure le nom d’un seul des médecins de l’équipe. Cette "
    "déclaration "
    "est administrative : elle vous permet d’être remboursé normalement, quel que soit le médecin de "
    "l’équipe "
    "qui vous reçoit.\n"
    "Le secrétariat reste votre interlocuteur pour toute question."
)


_SITE_TEXTS = {
    # field: (label, longest, required, several lines)
    "name": ("le nom du lieu", 120, True, False),
    "address": ("l’adresse", 200, False, False),
    "directions": ("comment venir", 1000, False, True),
    "accessibility": ("l’accessibilité", 1000, False, True),
    "secretariat": ("le secrétariat", 200, False, False),
    "lodging": ("l’hébergement", 200, False, False),
    "software": ("le logiciel", 80, False, False),
}
_SITE_FLAGS = frozenset({"step_free", "is_public"})
SITE_FIELDS = frozenset(
    {
        *_SITE_TEXTS,
        *_SITE_FLAGS,
        "kind",
        "postal_code",
        "lat",
        "lon",
        "time_zone",
        "phone",
        "finess",
        "siret",
        "closed_weekdays",
        "planned_end_on",
    }
)


def clean_text(
    text: str | None, *, field: str, label: str, longest: int, required: bool = False, lines: bool = False
) -> str:
    """Trimmed text without control characters (line breaks kept when `lines`). Raises Invalid on `field`."""
    kept = "".join(c for c in (text or "").replace("\r\n", "\n") if c.isprintable() or c == "\n")
    if lines:
        value = re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in kept.split("\n"))).strip()
    else:
        value = " ".join(kept.split())
    if required and not value:
        raise Invalid(f"Indiquez {label}.", code="missing", field=field)
    if len(value) > longest:
        raise Invalid(f"Ce champ est limité à {longest} caractères.", code="too-long", field=field)
    return value


def clean_phone(text: str | None, *, field: str = "phone", departement_code: str | None = None) -> str:
    """E.164, or empty."""
    return parse_phone(text, departement_code=departement_code, field=field) if text and text.strip() else ""


def clean_email(text: str | None, *, field: str = "email") -> str:
    """Lower case, or empty. Raises Invalid on `field`."""
    email = (text or "").strip().lower()
    if not email:
        return ""
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(
            "Cette adresse mail est incomplète ou mal écrite.", code="email-unreadable", field=field
        ) from error
    return email


def clean_postal_code(text: str | None, *, field: str = "postal_code") -> str:
    """Five digits. Raises Invalid."""
    code = "".join((text or "").split())
    if not (len(code) == 5 and code.isascii() and code.isdigit()):
        raise Invalid("Un code postal compte 5 chiffres.", code="postal-code-format", field=field)
    return code


def check_point(lat: float | None, lon: float | None) -> None:
    """Raises Invalid for a point off the globe, or with one coordinate only."""
    if lat is None or lon is None:
        raise Invalid(
            "Indiquez la latitude et la longitude, ou aucune des deux.", code="point-half", field="lat"
        )
    if not (-90 <= lat <= 90):
        raise Invalid("La latitude va de −90 à 90 degrés.", code="point-off", field="lat")
    if not (-180 <= lon <= 180):
        raise Invalid("La longitude va de −180 à 180 degrés.", code="point-off", field="lon")


def clean_weekdays(days: Iterable[int | str]) -> list[int]:
    """Sorted distinct weekdays, 0 = Monday. Raises Invalid for anything else, or when no day is left open."""
    try:
        kept = sorted({int(day) for day in days})
    except (TypeError, ValueError):
        kept = [-1]
    if any(day not in range(7) for day in kept):
        raise Invalid("Choisissez des jours de la semaine.", code="weekday-unknown", field="closed_weekdays")
    if len(kept) == 7:
        raise Invalid(
            "Un lieu fermé tous les jours ne peut recevoir personne : laissez au moins un jour ouvert.",
            code="always-closed",
            field="closed_weekdays",
        )
    return kept


def clean_time_zone(name: str, *, field: str = "time_zone") -> str:
    """A zone of the IANA database. Raises Invalid."""
    if name not in available_timezones():
        raise Invalid("Ce fuseau horaire n’existe pas.", code="time-zone-unknown", field=field)
    return name


def check_number(value: int, bounds: tuple[int, int], *, field: str, unit: str) -> int:
    """Raises Invalid when `value` is outside `bounds` (inclusive)."""
    low, high = bounds
    if not low <= value <= high:
        raise Invalid(
            f"Indiquez un nombre de {unit} entre {low} et {high}.", code="out-of-range", field=field
        )
    return value


def check_period(first: date | None, last: date | None, *, field: str = "planned_end_on") -> None:
    """Raises Invalid when a place ends before it opens."""
    if first and last and last < first:
        raise Invalid("La fin prévue précède l’ouverture.", code="period-reversed", field=field)


def check_closure(first_day: date, last_day: date, *, today: date) -> None:
    """Raises Invalid on reversed days, a closure wholly past, or longer than a year."""
    if last_day < first_day:
        raise Invalid(
            "La fermeture se termine avant de commencer.", code="closure-reversed", field="last_day"
        )
    if last_day < today:
        raise Invalid("Cette fermeture est déjà passée.", code="closure-past", field="last_day")
    if last_day - first_day > timedelta(days=LONGEST_CLOSURE_DAYS):
        raise Invalid(
            "Une fermeture dure au plus un an : au-delà, indiquez une date de fin du lieu.",
            code="closure-too-long",
            field="last_day",
        )


def clean_site_values(fields: Mapping[str, Any], *, departement_code: str | None) -> dict[str, Any]:
    """Checked values of a site's fields. Raises Invalid on the first faulty field."""
    unknown = set(fields) - SITE_FIELDS
    if unknown:
        raise TypeError(f"unknown site fields: {sorted(unknown)}")
    values = dict(fields)
    for name, (label, longest, required, lines) in _SITE_TEXTS.items():
        if name in values:
            values[name] = clean_text(
                values[name], field=name, label=label, longest=longest, required=required, lines=lines
            )
    if "kind" in values and values["kind"] not in SiteKind.values:
        raise Invalid("Choisissez le type de lieu dans la liste.", code="kind-unknown", field="kind")
    if "postal_code" in values:
        values["postal_code"] = clean_postal_code(values["postal_code"])
    if "phone" in values:
        values["phone"] = clean_phone(values["phone"], departement_code=departement_code)
    if values.get("finess"):
        values["finess"] = check_finess(values["finess"]).value
    if values.get("siret"):
        values["siret"] = check_siret(values["siret"]).value
    if "closed_weekdays" in values:
        values["closed_weekdays"] = clean_weekdays(values["closed_weekdays"])
    if values.get("lat") is not None or values.get("lon") is not None:
        check_point(values.get("lat"), values.get("lon"))
    if values.get("time_zone"):
        clean_time_zone(values["time_zone"])
    return values


def slug_candidates(name: str, *more: str) -> Iterable[str]:
    """Slugs to try in turn: the name, the name with each precision, then numbered."""
    base = slugify(name)[: SLUG_LENGTH - 5].strip("-") or "lieu"
    if base not in RESERVED_SLUGS:
        yield base
    for precision in more:
        longer = f"{base}-{slugify(precision)}"[: SLUG_LENGTH - 5].strip("-")
        if longer != base:
            yield longer
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1
