"""The official statistics kept per commune: for each column its label, unit, usual dataset and nature. Pure.

A column's true origin is the `Dataset` that last wrote it (`Dataset.report["columns"]`, see
`national.National.origin`): the producer's own file may have replaced the one named here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PUBLISHED, ESTIMATED, MODELLED = "published", "estimated", "modelled"

RATE, COUNT, TEXT, FLAG = "rate", "count", "text", "flag"


@dataclass(frozen=True)
class Column:
    """A column of `CommuneFigures` (or `DepartementFigures`).

    `kind` says how old communes that merged are put together: a rate is averaged over people, counts are
    added, a flag is true when one is, a text is that of the most people. `minimum`, `maximum`: outside them a
    file is refused. `decimals`: how many to show.
    """

    label: str
    unit: str
    dataset: str
    kind: str = RATE
    nature: str = PUBLISHED
    decimals: int = 0
    minimum: float = 0.0
    maximum: float = 100.0


_APL = "consultations par an et par habitant standardisé"
_FTE = "ETP pour 100 000 habitants"
_EURO = "€ par an et par unité de consommation"

COLUMNS: Final[dict[str, Column]] = {
    "surface_km2": Column("Surface", "km²", "surfaces", COUNT, decimals=1, maximum=20_000),
    "apl": Column("APL aux médecins généralistes", _APL, "apl", decimals=1, maximum=100),
    "apl_nurses": Column("APL aux infirmiers", _FTE, "apl", maximum=10_000),
    "apl_midwives": Column("APL aux sages-femmes", "ETP pour 100 000 femmes", "apl", maximum=10_000),
    "apl_physiotherapists": Column("APL aux kinésithérapeutes", _FTE, "apl", maximum=10_000),
    "apl_dentists": Column("APL aux chirurgiens-dentistes", _FTE, "apl", maximum=10_000),
    "gp_estimate": Column(
        "Généralistes libéraux", "médecins", "general-practitioners", COUNT, ESTIMATED, 1, maximum=10_000
    ),
    "gp_facilities": Column(
        "Généralistes libéraux (BPE)", "médecins", "general-practitioners", COUNT, maximum=10_000
    ),
    "gp_register": Column(
        "Généralistes inscrits, salariés compris (RPPS)",
        "médecins",
        "general-practitioners",
        COUNT,
        maximum=20_000,
    ),
    "doctors_register": Column(
        "Médecins inscrits, toutes spécialités (RPPS)",
        "médecins",
        "general-practitioners",
        COUNT,
        maximum=50_000,
    ),
    "has_health_house": Column("Maison de santé", "", "general-practitioners", FLAG),
    "share_under_25": Column("Moins de 25 ans", "%", "ages", decimals=1),
    "share_25_64": Column("25 à 64 ans", "%", "ages", decimals=1),
    "share_65_plus": Column("65 ans ou plus", "%", "ages", decimals=1),
    "share_75_plus": Column("75 ans ou plus", "%", "ages", decimals=1),
    "median_income": Column("Niveau de vie médian", _EURO, "incomes", maximum=200_000),
    "poverty_rate": Column("Taux de pauvreté", "%", "incomes", decimals=1),
    "first_decile": Column("1er décile de niveau de vie", _EURO, "incomes", maximum=200_000),
    "ninth_decile": Column("9e décile de niveau de vie", _EURO, "incomes", maximum=1_000_000),
    "fiscal_households": Column("Ménages fiscaux", "ménages", "incomes", COUNT, maximum=5_000_000),
    "fiscal_persons": Column(
        "Personnes des ménages fiscaux", "personnes", "incomes", COUNT, maximum=10_000_000
    ),
    "emergency_minutes": Column(
        "Temps de route jusqu’aux urgences ou au SMUR", "min", "emergency-times", maximum=2_000
    ),
    "is_emergency_seat": Column("Siège d’un service d’urgences ou d’un SMUR", "", "emergency-times", FLAG),
    "zoning": Column("Zonage des médecins", "", "zoning", TEXT),
    "zrr": Column("Ancienne zone de revitalisation rurale", "", "zoning", TEXT),
    "living_area": Column("Bassin de vie", "", "memberships", TEXT),
    "living_area_name": Column("Bassin de vie", "", "memberships", TEXT),
    "canton": Column("Canton ou ville", "", "memberships", TEXT),
    "urban_size": Column("Tranche d’unité urbaine", "", "memberships", TEXT),
    "attraction_category": Column("Catégorie dans l’aire d’attraction", "", "memberships", TEXT),
}

DEPARTEMENT_COLUMNS: Final[dict[str, Column]] = {
    "gp_count": Column(
        "Généralistes libéraux, hors exercice particulier",
        "médecins",
        "departement-doctors",
        COUNT,
        maximum=20_000,
    ),
    "gp_density": Column(
        "Densité de généralistes libéraux",
        "pour 100 000 habitants",
        "departement-doctors",
        decimals=1,
        maximum=1_000,
    ),
    "share_doctors_55_plus": Column(
        "Part des médecins de 55 ans ou plus", "part", "departement-doctors", decimals=2, maximum=1
    ),
    "doctors_yearly_change": Column(
        "Évolution annuelle des médecins, 2012-2025",
        "% par an",
        "departement-doctors",
        decimals=1,
        minimum=-100,
    ),
    "diabetes_prevalence": Column("Patients traités pour un diabète", "%", "departement-doctors", decimals=1),
    "respiratory_prevalence": Column(
        "Patients traités pour une maladie respiratoire chronique", "%", "departement-doctors", decimals=1
    ),
    "road_factor": Column(
        "Facteur de temps de route", "", "road-factors", RATE, MODELLED, 2, minimum=0.2, maximum=5
    ),
}

DATASET_NATURES: Final = {"road-factors": MODELLED}

# Relative need of care by age: consultations and visits of a class over the mean of all ages. Irdes, document de
# travail 70 (February 2016), table 1 (Sniiram 2009). An imported « apl-parameters » replaces it.
AGE_WEIGHTS: Final[dict[str, float]] = {
    "0-4": 1.27,
    "5-9": 0.65,
    "10-14": 0.55,
    "15-19": 0.51,
    "20-24": 0.54,
    "25-29": 0.65,
    "30-34": 0.67,
    "35-39": 0.72,
    "40-44": 0.75,
    "45-49": 0.83,
    "50-54": 1.03,
    "55-59": 1.07,
    "60-64": 1.31,
    "65-69": 1.39,
    "70-74": 1.54,
    "75-79": 1.82,
    "80-84": 2.12,
    "85-89": 2.84,
    "90+": 2.61,
}
# People of each class in France, millions (Insee, population estimates at 1 January 2020, rounded): only the
# mix inside each of the four groups counts.
AGE_PYRAMID: Final[dict[str, float]] = {
    "0-4": 3.6,
    "5-9": 4.1,
    "10-14": 4.2,
    "15-19": 4.2,
    "20-24": 3.8,
    "25-29": 3.8,
    "30-34": 4.1,
    "35-39": 4.2,
    "40-44": 4.1,
    "45-49": 4.5,
    "50-54": 4.5,
    "55-59": 4.4,
    "60-64": 4.1,
    "65-69": 3.9,
    "70-74": 3.5,
    "75-79": 2.2,
    "80-84": 1.8,
    "85-89": 1.3,
    "90+": 0.9,
}
AGE_GROUPS: Final = (("0", 25), ("25", 65), ("65", 75), ("75", 200))


def grouped_age_weights(weights: dict[str, float]) -> tuple[float, float, float, float]:
    """Need of the four groups under 25, 25-64, 65-74, 75 and over: means of the classes over the pyramid."""
    totals, people = [0.0] * 4, [0.0] * 4
    for name, count in AGE_PYRAMID.items():
        youngest = int(name.removesuffix("+").split("-")[0])
        group = next(rank for rank, (_, end) in enumerate(AGE_GROUPS) if youngest < end)
        totals[group] += count * weights.get(name, AGE_WEIGHTS[name])
        people[group] += count
    first, second, third, fourth = (total / n for total, n in zip(totals, people, strict=True))
    return first, second, third, fourth


# General practitioners for 100,000 inhabitants by size of commune: (under so many inhabitants, elsewhere, in the
# most inhabited commune of its intercommunality). Used when no count is loaded. Read off the 2024 estimate per
# commune (BPE 2017 and RPPS 2026 scaled to Cnam's count of 51 775 general practitioners in town practice at the
# end of 2024, that is 75.7 for 100,000): a mean of each class, which no single commune is bound to have.
_GP_DENSITY: Final = (
    (250, 5.0, 5.0),
    (500, 13.3, 13.3),
    (1_000, 29.8, 184.5),
    (1_500, 55.1, 140.1),
    (2_000, 66.5, 140.1),
    (3_000, 75.5, 121.2),
    (5_000, 73.8, 116.7),
    (10_000, 72.5, 105.1),
    (20_000, 73.8, 96.6),
    (50_000, 69.3, 100.7),
    (100_000, 65.7, 103.4),
    (float("inf"), 76.4, 109.2),
)
GP_DENSITY_BOUNDS: Final = tuple(row[0] for row in _GP_DENSITY)
GP_DENSITY_ELSEWHERE: Final = tuple(row[1] for row in _GP_DENSITY)
GP_DENSITY_CENTRE: Final = tuple(row[2] for row in _GP_DENSITY)
GP_DENSITY_ORIGIN: Final = (
    "Moyenne par taille de commune, d’après les effectifs 2024 de la Cnam (51 775 généralistes libéraux hors "
    "exercice particulier, 76 pour 100 000 habitants)"
)
