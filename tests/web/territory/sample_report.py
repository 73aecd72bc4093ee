"""A diagnosis written by hand: every kind of figure, chart and table, with missing values and margins."""

from __future__ import annotations

from dataclasses import replace

from releve.contexts.diagnosis.enums import Nature, TerritoryKind
from releve.contexts.diagnosis.report import (
    Chart,
    Comparison,
    Figure,
    Place,
    Report,
    Section,
    Series,
    Source,
    Table,
)

APL, POP, GP, EMERGENCY = "apl-communes", "communes", "medecins-communes", "acces-urgences"


def _series(label: str, values: dict[str, float | None]) -> Series:
    return Series(label, tuple(values.items()))


ACCESS_CHART = Chart(
    "apl_history",
    "L’accès a perdu un tiers depuis 2015, plus vite qu’en Vendée",
    "line",
    "consultations par an et par habitant",
    (
        _series(
            "Nieul-le-Dolent",
            {"2015": 3.1, "2017": 2.9, "2019": None, "2021": 2.3, "2022": 2.2, "2023": 2.14},
        ),
        _series("Vendée", {"2015": 3.4, "2017": 3.3, "2019": 3.2, "2021": 3.0, "2022": 2.9, "2023": 2.9}),
        _series("France", {"2015": 3.8, "2017": 3.8, "2019": 3.6, "2021": 3.4, "2022": 3.3, "2023": 3.3}),
    ),
    APL,
    decimals=1,
    reference=2.5,
    reference_label="seuil",
)
DOCTORS_CHART = Chart(
    "gp_reach",
    "Deux médecins à moins de 15 minutes, dix-neuf à moins de 30",
    "bars",
    "médecins généralistes",
    (
        _series(
            "Médecins",
            {"dans la commune": 0.0, "à 15 minutes": 2.0, "à 20 minutes": 6.5, "à 30 minutes": 19.0},
        ),
    ),
    GP,
    decimals=0,
)
AGES_CHART = Chart(
    "ages",
    "Une commune plus jeune que la Vendée",
    "stacked",
    "% de la population",
    (
        _series("moins de 25 ans", {"Nieul-le-Dolent": 31.0, "Vendée": 27.0, "France": 29.4}),
        _series("25 à 64 ans", {"Nieul-le-Dolent": 51.0, "Vendée": 48.5, "France": 50.1}),
        _series("65 à 74 ans", {"Nieul-le-Dolent": 10.0, "Vendée": 13.0, "France": 11.1}),
        _series("75 ans et plus", {"Nieul-le-Dolent": 8.0, "Vendée": 11.5, "France": 9.4}),
    ),
    "ages",
    decimals=0,
)
SUMMARY = (
    "À Nieul-le-Dolent, un habitant a accès à 2,1 consultations de médecin généraliste par an, contre 2,9 en Vendée "
    "et 3,3 en France. Sous 2,5, l’État parle de sous-densité médicale.",
    "Les 2\u00a0573 habitants de la commune sont sous ce seuil. Aucun médecin n’y est installé ; "
    "le plus proche est à 9 minutes.",
    "Trois jours de consultation par semaine couvriraient à peu près les deux tiers de ce qui manque.",
)


def sample_report() -> Report:
    """Nieul-le-Dolent as a full diagnosis; the values are plausible, not official."""
    apl = Figure(
        "apl", "Consultations accessibles par an et par habitant", 2.14, "", 1, APL, vintage="2023", margin=0.2,
        comparisons=(Comparison("Vendée", 2.9), Comparison("France", 3.3)),
    )  # fmt: skip
    sections = (
        Section(
            "population", "Population", "2 573 habitants, plus jeunes que la moyenne du département",
            (
                Figure("population", "Habitants", 2573, "habitants", 0, POP, vintage="2023"),
                Figure("share_75", "75 ans et plus", 8.0, "%", 0, "ages", vintage="2020",
                       comparisons=(Comparison("Vendée", 11.5), Comparison("France", 9.4))),
            ),
            (AGES_CHART,),
        ),
        Section("access", "Accès aux médecins", "L’accès est sous le seuil, et baisse", (apl,), (ACCESS_CHART,),
                notes=("L’APL compte les consultations accessibles, compte tenu de l’âge des habitants.",)),
        Section(
            "doctors", "Médecins autour", "Aucun médecin dans la commune, deux à un quart d’heure",
            (
                Figure("gp_here", "Médecins généralistes dans la commune", 0, "", 0, GP, Nature.ESTIMATED, "2026"),
                Figure("gp_15", "À moins de 15 minutes", 2.0, "", 0, GP, Nature.ESTIMATED, "2026"),
            ),
            (DOCTORS_CHART,),
        ),
        Section(
            "need", "Besoin", "Il manque 37 consultations par semaine",
            (
                Figure("people_under_threshold", "Habitants sous le seuil", 2573, "habitants", 0, APL, vintage="2023"),
                Figure("consultations_needed_week", "Consultations nécessaires", 180.4, "par semaine", 0, "model",
                       Nature.MODELLED, margin=22.0),
            ),
            tables=(
                Table("days", "Ce que couvriraient N jours par semaine",
                      ("Jours par semaine", "Consultations par semaine", "Manque couvert, au mieux (%)"),
                      ((1, 22, 59.4), (2, 44, 100), (3, 66, 100)), decimals=(0, 0, 0), source="model"),
            ),
        ),
        Section(
            "emergency", "Urgences", "Le service d’urgence le plus proche est à 21 minutes",
            (Figure("emergency_minutes", "Minutes jusqu’aux urgences", 21.4, "min", 0, EMERGENCY, vintage="2019"),),
        ),
        Section(
            "income", "Niveau de vie", "Le revenu médian n’est pas publié pour cette commune",
            (Figure("median_income", "Revenu médian", None, "€ par an", 0, "filosofi", missing="secret statistique"),),
        ),
        Section(
            "vulnerability", "Vulnérabilité estimée", "Un indice de 62 sur 100",
            (Figure("vulnerability_index", "Indice estimé", 62.0, "sur 100", 0, "model", Nature.ESTIMATED),),
            notes=("Estimation de Relève, pas la liste officielle.",),
        ),
        Section(
            "comparables", "Comparables", "Deux territoires proches ont ouvert un cabinet de ce type",
            tables=(
                Table("places", "Territoires comparables", ("Commune", "Habitants", "Ouvert en"),
                      (("Mazingarbe", 8010, "2022"), ("<Pontarlier>", None, "2023")), links=("62563", "25462")),
            ),
        ),
        Section("local", "Connaissance locale", "Un départ annoncé",
                notes=("Un médecin part le 31 décembre 2026 (source : mairie).",)),
        Section("method", "Méthode", "Une erreur d’un dixième sur la plupart des communes"),
    )  # fmt: skip
    sources = (
        Source(APL, "Accessibilité potentielle localisée", "DREES", "2015 à 2023", "Licence Ouverte 2.0"),
        Source(
            GP,
            "Médecins généralistes par commune",
            "Insee, ANS",
            "2017 et 2026",
            "Licence Ouverte 2.0",
            Nature.ESTIMATED,
        ),
        Source("model", "Modèle d’accès de Relève", "Relève", "2026", "", Nature.MODELLED),
    )
    return Report(
        place=Place(
            TerritoryKind.COMMUNE, "85161", "Nieul-le-Dolent", ("85161",), "commune de Vendée", 46.57, -1.51
        ),
        as_of="2026-11-23",
        modelled=False,
        summary=SUMMARY,
        sections=sections,
        sources=sources,
        parameters={"apl_threshold": {"value": 2.5, "since": "2017-11-13", "origin": "arrêté"}},
    )


def modelled_report() -> Report:
    """The same without official statistics."""
    return replace(
        sample_report(), modelled=True, warnings=("Les statistiques officielles ne sont pas chargées.",)
    )
