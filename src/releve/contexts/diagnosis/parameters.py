"""The dated figures that law, a study or a choice may change: defaults with their origin, rows of the database first.

A row of `Parameter` is used from its `starts_on` on; before any row, the default here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from releve.kernel.errors import NotFound

from .models import Parameter


@dataclass(frozen=True)
class ParameterSpec:
    """What a parameter is. `since`: day from which the default holds; `origin`: where it comes from, in French."""

    label: str
    unit: str
    default: float
    since: date
    origin: str
    minimum: float = 0.0
    maximum: float = 1_000_000.0
    decimals: int = 0


_SCHEME = "Dispositif «\u00a0Un médecin près de chez vous\u00a0», ministère de la Santé, septembre 2025"
_WEIGHT_ORIGIN = (
    "Hypothèse\u00a0: les cinq critères annoncés par l’État en 2025 comptent autant, "
    "ses propres poids n’étant pas publiés"
)
_START = date(2025, 1, 1)


def _weight(label: str) -> ParameterSpec:
    return ParameterSpec(
        f"Poids du critère «\u00a0{label}\u00a0»",
        "",
        1.0,
        date(2025, 6, 27),
        _WEIGHT_ORIGIN,
        0,
        100,
        decimals=1,
    )


PARAMETERS: Final[dict[str, ParameterSpec]] = {
    "apl_threshold": ParameterSpec(
        "Seuil d’accessibilité insuffisante",
        "consultations par an et par habitant",
        2.5,
        date(2017, 1, 1),
        "Seuil de sous-densité de la DREES, repris par les zonages de 2017 à 2022",
        0.1,
        10,
        1,
    ),
    "apl_comfort": ParameterSpec(
        "Seuil au-delà duquel l’accès est jugé correct",
        "consultations par an et par habitant",
        3.98,
        _START,
        "Seuil de zonage 2025 (zones d’action complémentaire), de source secondaire\u00a0: à confirmer dans l’arrêté",
        0.1,
        20,
        2,
    ),
    "visits_per_day": ParameterSpec(
        "Consultations par jour de médecin",
        "consultations",
        22,
        _START,
        "Hypothèse\u00a0: 7\u00a0h\u00a020 de consultation à 20\u00a0minutes\u00a0; à Mazingarbe, 7\u00a0600 "
        "consultations en 2022 pour un cabinet ouvert toute la semaine sauf le jeudi",
        1,
        60,
    ),
    "weeks_per_year": ParameterSpec(
        "Semaines ouvertes par an",
        "semaines",
        46,
        _START,
        "Hypothèse\u00a0: 52 semaines moins 6 semaines de congés et de jours sans remplaçant",
        1,
        53,
    ),
    "consultations_per_inhabitant": ParameterSpec(
        "Consultations souhaitables par an et par habitant standardisé",
        "consultations",
        3.75,
        date(2023, 1, 1),
        "APL moyenne 2023 de la France, pondérée par la population (DREES)\u00a0: un accès égal à la moyenne nationale",
        0.5,
        15,
        2,
    ),
    "patients_per_doctor": ParameterSpec(
        "Patients suivis par médecin généraliste",
        "patients",
        1200,
        _START,
        "Calcul\u00a0: 68,4 millions d’habitants (Insee), moins 6,4 millions sans médecin traitant (ministère de la "
        "Santé, 2025), pour 51\u00a0775 généralistes libéraux (Cnam 2024). À Nieul-le-Dolent, un départ a laissé plus de "
        "2\u00a0000 patients",
        100,
        4000,
    ),
    "emergency_far_minutes": ParameterSpec(
        "Temps au-delà duquel les urgences sont loin",
        "minutes",
        30,
        date(2012, 1, 1),
        "Engagement national d’accès aux soins urgents en moins de 30\u00a0minutes (2012)",
        1,
        180,
    ),
    "indemnity_day_cents": ParameterSpec(
        "Indemnité d’un médecin volontaire, par jour",
        "centimes",
        20_000,
        date(2025, 9, 1),
        _SCHEME,
        0,
        200_000,
    ),
    "indemnity_half_day_cents": ParameterSpec(
        "Indemnité d’un médecin volontaire, par demi-journée",
        "centimes",
        10_000,
        date(2025, 9, 1),
        _SCHEME,
        0,
        200_000,
    ),
    "doctor_day_cost_cents": ParameterSpec(
        "Somme versée au médecin par la collectivité, par jour, hors indemnité",
        "centimes",
        0,
        _START,
        "Hypothèse\u00a0: le médecin vit de ses honoraires\u00a0; une garantie de revenu se saisit ici",
        0,
        500_000,
    ),
    "cost_day_room_cents": ParameterSpec(
        "Local et équipement, par jour de consultation",
        "centimes",
        14_300,
        date(2022, 4, 5),
        "Calcul\u00a0: 230\u00a0000\u00a0€ investis à Nieul-le-Dolent, sur 10 ans, 3,5 jours par semaine et 46 semaines",
        0,
        500_000,
    ),
    "cost_day_secretary_cents": ParameterSpec(
        "Secrétariat, par jour de consultation",
        "centimes",
        17_000,
        date(2022, 4, 5),
        "Hypothèse\u00a0: secrétaire à 80\u00a0% (Nieul-le-Dolent), 34\u00a0000\u00a0€ par an charges comprises à temps "
        "plein, pour 3,5 jours par semaine et 46 semaines",
        0,
        500_000,
    ),
    "weight_access": _weight("accès aux soins de premier recours"),
    "weight_young_doctors": _weight("présence de jeunes médecins"),
    "weight_ald": _weight("affections de longue durée"),
    "weight_emergency": _weight("éloignement des urgences"),
    "weight_income": _weight("niveau de vie"),
}

WEIGHT_KEYS: Final = (
    "weight_access",
    "weight_young_doctors",
    "weight_ald",
    "weight_emergency",
    "weight_income",
)


def value(key: str, *, on: date) -> float:
    """The value in force on that day. Raises NotFound for an unknown key."""
    if key not in PARAMETERS:
        raise NotFound(f"Aucun paramètre ne s’appelle «\u00a0{key[:40]}\u00a0».", code="unknown-parameter")
    row = (
        Parameter.objects.filter(key=key, starts_on__lte=on)
        .order_by("-starts_on")
        .values_list("value")
        .first()
    )
    return float(row[0]) if row else PARAMETERS[key].default


def all_values(on: date) -> dict[str, float]:
    """Every parameter in force on that day, by key (one statement)."""
    found = {key: spec.default for key, spec in PARAMETERS.items()}
    rows = Parameter.objects.filter(starts_on__lte=on).order_by("starts_on", "pk").values_list("key", "value")
    found.update((key, float(number)) for key, number in rows if key in PARAMETERS)
    return found


@dataclass(frozen=True)
class InForce:
    """A parameter on a given day: its value, from when, and from where."""

    key: str
    value: float
    since: date
    origin: str
    spec: ParameterSpec


def in_force(on: date) -> list[InForce]:
    """Every parameter with the origin of its value, in the order of `PARAMETERS` (one statement)."""
    rows = {
        key: (float(number), starts_on, origin)
        for key, number, starts_on, origin in Parameter.objects.filter(starts_on__lte=on)
        .order_by("starts_on", "pk")
        .values_list("key", "value", "starts_on", "origin")
    }
    return [
        InForce(key, *rows.get(key, (spec.default, spec.since, spec.origin)), spec)
        for key, spec in PARAMETERS.items()
    ]
