"""The five criteria of the State's priority zones, each as a national percentile, and an estimated index."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from releve.kernel.french import NBSP, number

from .. import text
from ..enums import Nature
from ..landscape import DepartementFacts
from ..report import Chart, Figure, Section, Series, Table, Value
from ..vulnerability import CRITERIA, fragilities, index, percentiles
from .distance import RedZoneFacts
from .facts import Facts

DISCLAIMER = (
    "Estimation de Relève, pas la liste officielle\u00a0: l’indice de l’État et ses poids ne sont pas publiés, et la "
    "concertation locale a modifié la liste."
)


def vulnerability_section(facts: Facts, red: RedZoneFacts) -> Section:
    level = facts.level
    row = _criteria_of(facts)
    fragility = fragilities(row[None, :], level.criteria)[0]
    here = float(index(fragility[None, :], facts.weights)[0])
    all_of_them = index(level.fragility, facts.weights)
    figures = [_index_figure(facts, here, all_of_them), *_criteria_figures(facts, row, fragility)]
    rows: list[tuple[Value, ...]] = []
    for rank, criterion in enumerate(CRITERIA):
        known = not math.isnan(fragility[rank])
        rows.append(
            (
                criterion.label,
                criterion.measure + (f" ({criterion.caution})" if criterion.caution else ""),
                text.amount(float(row[rank]), criterion.unit, criterion.decimals) if known else None,
                float(fragility[rank]) if known else None,
                round(100 * float(facts.weights[rank])),
            )
        )
    table = Table(
        "criteria",
        "Les cinq critères de l’État, situés dans le pays",
        ("Critère", "Mesure", "Valeur", "Fragilité (0 à 100)", "Poids (%)"),
        tuple(rows),
        (0, 0, 0, 0, 0),
        source="parameters",
        note=f"Une fragilité de 90 veut dire plus fragile que 90{NBSP}% des {facts.level_words} de France.",
    )
    charts: tuple[Chart, ...] = ()
    if not np.isnan(fragility).all():
        points = tuple(
            (criterion.label, None if math.isnan(value) else float(value))
            for criterion, value in zip(CRITERIA, fragility.tolist(), strict=True)
        )
        charts = (
            Chart(
                "fragility",
                _chart_title(fragility),
                "bars",
                "sur 100",
                (Series(facts.place.name, points),),
                "parameters",
                reference=50.0,
                reference_label="Milieu du classement",
            ),
        )
    return Section(
        "vulnerability",
        "Les cinq critères des zones prioritaires",
        _finding(facts, here, all_of_them),
        tuple(figures),
        charts,
        (table,),
        (DISCLAIMER, _list_note(red)),
    )


def _criteria_of(facts: Facts) -> np.ndarray:
    """Raw values of the five criteria, (5,): the row of the level, else means over the members."""
    level = facts.level
    known = level.index.get(facts.place.code)
    if known is not None:
        return np.asarray(level.criteria[known])
    members, land = facts.members, facts.land

    def by_departement(pick: Callable[[DepartementFacts | None], float]) -> float:
        values = np.array(
            [pick(land.departements.get(code)) for code in members.departement], dtype=np.float64
        )
        found = facts.mean(values)
        return math.nan if found is None else found

    def mean(values: np.ndarray) -> float:
        found = facts.mean(values)
        return math.nan if found is None else found

    def older(row: DepartementFacts | None) -> float:
        return (
            math.nan if row is None or row.share_doctors_55_plus is None else 100 * row.share_doctors_55_plus
        )

    def chronic(row: DepartementFacts | None) -> float:
        return math.nan if row is None else row.chronic

    return np.array(
        [
            mean(members.apl),
            by_departement(older),
            by_departement(chronic),
            mean(members.emergency_minutes),
            mean(members.median_income),
        ]
    )


def _index_figure(facts: Facts, here: float, everywhere: np.ndarray) -> Figure:
    share = float(percentiles(np.array([here]), everywhere)[0])
    note = DISCLAIMER
    if not math.isnan(share):
        note = f"Plus fragile que {text.percent(share)} des {facts.level_words} de France. {DISCLAIMER}"
    return Figure(
        "vulnerability_index",
        "Indice de fragilité estimé",
        None if math.isnan(here) else here,
        "sur 100",
        0,
        "parameters",
        Nature.ESTIMATED,
        missing="Trop de critères manquent, ou l’accès aux généralistes n’est pas publié."
        if math.isnan(here)
        else "",
        note=note,
    )


def _criteria_figures(facts: Facts, row: np.ndarray, fragility: np.ndarray) -> list[Figure]:
    found = []
    for rank, criterion in enumerate(CRITERIA):
        value = float(fragility[rank])
        found.append(
            facts.figure(
                f"fragility_{criterion.key}",
                f"Fragilité{NBSP}: {criterion.label[0].lower()}{criterion.label[1:]}",
                value,
                column=criterion.column,
                unit="sur 100",
                nature=Nature.ESTIMATED,
                note=(
                    f"{criterion.measure}{NBSP}: {text.amount(float(row[rank]), criterion.unit, criterion.decimals)}."
                    if not math.isnan(value)
                    else ""
                )
                + (f" {text.capital(criterion.caution)}." if criterion.caution else ""),
            )
        )
    return found


def _chart_title(fragility: np.ndarray) -> str:
    worst = int(np.nanargmax(fragility))
    label = CRITERIA[worst].label
    return f"Le point le plus fragile{NBSP}: {label[0].lower()}{label[1:]}"


def _finding(facts: Facts, here: float, everywhere: np.ndarray) -> str:
    if math.isnan(here):
        return "Les données manquent pour situer le territoire sur les cinq critères."
    share = float(percentiles(np.array([here]), everywhere)[0])
    return (
        f"D’après les cinq critères de l’État, {facts.noun} est plus fragile que "
        f"{text.percent(share)} des {facts.level_words} de France (indice estimé{NBSP}: {number(here)} sur 100)."
    )


def _list_note(red: RedZoneFacts) -> str:
    if red.names:
        return (
            f"{text.joined([text.curly(name) for name in red.names])} figure sur la partie connue de la liste des 151 "
            f"zones rouges de juin 2025 ({text.curly(red.origin)})."
        )
    return (
        f"La liste des 151 zones rouges n’est connue qu’en partie ({number(red.listed)} sur 151)\u00a0: ne pas y figurer "
        "ici ne dit rien."
    )
