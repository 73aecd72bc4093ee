"""Checks of `releve doctor`: what the diagnosis computes on. Missing or old statistics are information, not faults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from releve.contexts.territory.national import national
from releve.kernel.checks import Finding, check
from releve.kernel.errors import Unavailable
from releve.kernel.french import number

from .calibration import constants
from .travel_matrix import LISTED, matrix

# DREES publishes the APL of a year in the second year after it.
APL_YEARS_LATE = 3
_IMPORT = "Donnez RELEVE_DATA_DIR puis lancez «\u00a0releve data import\u00a0», ou «\u00a0releve data import-file\u00a0»."


@check("statistics", "Les statistiques officielles du territoire sont chargées et récentes")
def statistics_loaded(now: datetime) -> Iterator[Finding]:
    country = national()
    if not len(country):
        return  # the check of the reference territory says it
    if country.modelled:
        yield Finding(
            "Aucune APL publiée n’est chargée\u00a0: l’accès aux soins est modélisé d’après la population, et "
            "chaque page le dit.",
            _IMPORT,
            "info",
        )
        return
    lacking = [
        label
        for column, label in (
            ("gp_estimate", "médecins par commune"),
            ("share_65_plus", "âges"),
            ("median_income", "revenus"),
            ("emergency_minutes", "temps d’accès aux urgences"),
            ("zoning", "zonage"),
            ("road_factor", "facteurs de temps de route"),
        )
        if country.origin(column) is None
    ]
    if lacking:
        yield Finding(f"Statistiques absentes\u00a0: {', '.join(lacking)}.", _IMPORT, "info")
    if country.apl_year is not None and now.year - country.apl_year > APL_YEARS_LATE:
        yield Finding(
            f"L’APL chargée est celle de {country.apl_year}\u00a0: une plus récente est sans doute publiée.",
            "Téléchargez le classeur de la DREES, puis «\u00a0releve data import-file apl.xlsx\u00a0».",
            "info",
        )


@check("calibration", "Le modèle d’accessibilité est calé sur l’APL chargée")
def model_fits(now: datetime) -> Iterator[Finding]:
    country, fitted = national(), constants()
    if country.apl_year is not None and country.apl_year != fitted.apl_year:
        yield Finding(
            f"Le modèle est calé sur l’APL {fitted.apl_year}, l’APL chargée est celle de {country.apl_year}.",
            "Lancez «\u00a0releve territory calibrate --write\u00a0» (une minute).",
            "info",
        )


@check("travel-matrix", "Les temps de route sont utilisables")
def road_times_usable(now: datetime) -> Iterator[Finding]:
    """Says which are in use: the road model, or the file of RELEVE_TRAVEL_MATRIX."""
    country = national()
    if not len(country):
        return
    try:
        roads = matrix(country)
    except Unavailable as error:
        yield Finding(error.message, "Corrigez le fichier, ou retirez RELEVE_TRAVEL_MATRIX.")
        return
    if roads is None:
        yield Finding(
            "Temps de route\u00a0: ceux du modèle (distance et facteur du département).",
            "Rien à faire\u00a0; RELEVE_TRAVEL_MATRIX donnerait de vrais temps.",
            "info",
        )
        return
    known = int(roads.named.sum())
    yield Finding(
        f"Temps de route\u00a0: {roads.file}, {number(roads.times.n_pairs)} paires entre {number(known)} communes\u00a0; "
        f"ceux du modèle pour {number(len(country) - known)} autres.",
        "Rien à faire\u00a0; l’erreur affichée du modèle reste celle mesurée avec les temps modélisés.",
        "info",
    )
    if roads.ignored:
        shown = ", ".join(roads.ignored[:LISTED]) + ("…" if len(roads.ignored) > LISTED else "")
        yield Finding(
            f"{number(len(roads.ignored))} codes des temps de route ne sont pas des communes d’aujourd’hui\u00a0: {shown}.",
            "Refaites le fichier sur les communes actuelles (fusions, arrondissements) si elles comptent.",
            "warning",
        )
