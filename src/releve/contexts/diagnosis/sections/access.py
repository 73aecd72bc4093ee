"""How well one reaches a general practitioner: the published APL, its history, its rank."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from releve.kernel.french import NBSP, number

from .. import solver, text
from ..enums import Nature
from ..landscape import weighted_mean
from ..report import Chart, Comparison, Figure, Section, Series
from ..vulnerability import percentiles
from .facts import Facts

SECOND_SERIES = 2022  # first year of the file that holds the latest
UNIT = "consultations par an et par habitant"


@dataclass(frozen=True)
class Baseline:
    """The access of each commune of the territory, (m,): published, or modelled when nothing is published."""

    values: np.ndarray
    value: float | None
    nature: Nature
    margin: float | None = None
    year: int | None = None


def baseline_of(facts: Facts) -> Baseline:
    """Published APL; when none is loaded, that of the model with its margin."""
    country, positions = facts.national, facts.members.positions
    if not country.modelled:
        return Baseline(
            facts.members.apl, facts.mean(facts.members.apl), Nature.PUBLISHED, None, country.apl_year
        )
    values = np.where(positions >= 0, solver.model().baseline[positions], np.nan)
    value = facts.mean(values)
    return Baseline(values, value, Nature.MODELLED, margin_of(facts) if value is not None else None)


def margin_of(facts: Facts) -> float | None:
    """Half-width at 80 % of the model's estimate: mean over the communes, as if their errors went together."""
    made, positions = solver.model(), facts.members.positions
    known = [rank for rank in positions.tolist() if rank >= 0]
    if not known:
        return None
    margins = np.array([made.margin(rank) for rank in known])
    found = weighted_mean(margins, facts.national.population[known])
    return None if math.isnan(found) else found


def access_section(facts: Facts, baseline: Baseline) -> Section:
    national = facts.national
    threshold = facts.parameters["apl_threshold"]
    vintage = str(baseline.year) if baseline.year else ""
    modelled = baseline.nature == Nature.MODELLED
    comparisons = facts.comparisons(national.apl)
    covered = np.isfinite(baseline.values)
    note = ""
    if not facts.is_commune and covered.any():
        note = "Moyenne des communes pondérée par leur population."
        if not covered.all():
            note += f" Connue pour {text.many(int(covered.sum()), 'commune', 'communes')} sur {number(len(covered))}."
    apl = facts.figure(
        "apl",
        "Accès aux généralistes (APL)",
        baseline.value,
        column="apl",
        unit=UNIT,
        decimals=2,
        vintage=vintage,
        nature=baseline.nature,
        margin=baseline.margin,
        comparisons=comparisons,
        note=note,
    )
    if modelled:
        apl = _as_modelled(apl)
    figures = [apl, *_reference_figures(facts, comparisons, vintage)]
    figures += _change_figures(facts)
    figures += _rank_figures(facts, baseline)
    chart = history_chart(facts, threshold)
    notes = [
        "L’APL compte les consultations de généraliste accessibles par an et par habitant, en tenant compte des "
        "communes voisines, des temps de route et des besoins selon l’âge."
    ]
    if chart and _spans_two_series(chart[0]):
        notes.append(
            "Les années 2015 à 2021 viennent d’une série que la DREES publie à part (écart moyen de 0,03 sur l’année "
            "commune)\u00a0: une petite variation n’est pas une évolution."
        )
    return Section(
        "access",
        "L’accès aux généralistes",
        _finding(facts, baseline, threshold),
        tuple(figures),
        chart,
        notes=tuple(notes),
    )


def _spans_two_series(chart: Chart) -> bool:
    """Whether the territory's own line has years before and after the change of file."""
    years = [int(label) for label, value in chart.series[0].points if value is not None]
    return bool(years) and years[0] < SECOND_SERIES <= years[-1]


def _as_modelled(figure: Figure) -> Figure:
    from dataclasses import replace

    return replace(
        figure,
        source="model",
        vintage="",
        missing="" if figure.value is not None else "Le modèle ne peut rien estimer ici, faute de position.",
        note=(figure.note + " Estimé par le modèle, sans donnée publiée.").strip(),
    )


def _reference_figures(facts: Facts, comparisons: tuple[Comparison, ...], vintage: str) -> list[Figure]:
    found = []
    for comparison in comparisons:
        france = comparison.label == "France"
        found.append(
            facts.figure(
                "apl_france" if france else "apl_departement",
                f"APL, {comparison.label}",
                comparison.value,
                column="apl",
                unit=UNIT,
                decimals=2,
                vintage=vintage,
                note="Moyenne des communes pondérée par leur population.",
            )
        )
    return found


def _history(facts: Facts) -> list[float]:
    """Mean of the territory, one per year of `national.apl_years`; NaN unknown."""
    members = facts.members
    return [
        weighted_mean(members.apl_history[:, y], members.population)
        for y in range(members.apl_history.shape[1])
    ]


def _change_figures(facts: Facts) -> list[Figure]:
    values = _history(facts)
    known = [
        (year, value) for year, value in zip(facts.national.apl_years, values, strict=True) if value == value
    ]
    if len(known) < 2:
        return []
    (first_year, first), (last_year, last) = known[0], known[-1]
    figure = facts.figure(
        "apl_change",
        f"Évolution de {first_year} à {last_year}",
        last - first,
        column="apl",
        unit=UNIT,
        decimals=2,
        vintage=f"{first_year} et {last_year}",
    )
    return [figure]


def _rank_figures(facts: Facts, baseline: Baseline) -> list[Figure]:
    """Where it stands among the territories of its kind, nationally, and in its département for a commune."""
    if baseline.value is None or baseline.nature != Nature.PUBLISHED:
        return []
    level = facts.level
    access = level.criteria[:, 0]
    better = 100 - float(percentiles(np.array([baseline.value]), access)[0])
    if math.isnan(better):
        return []
    found = [
        facts.figure(
            "apl_percentile",
            f"Part des {facts.level_words} de France où l’accès est meilleur",
            better,
            column="apl",
            unit="%",
            nature=Nature.ESTIMATED,
        )
    ]
    if facts.place.code in facts.national.index and facts.departement:
        inside = access[facts.national.departement == facts.departement]
        inside = inside[np.isfinite(inside)]
        rank = int((inside > baseline.value).sum()) + 1
        found.append(
            facts.figure(
                "apl_rank",
                f"Rang {text.in_departement(facts.departement, facts.departement_name)}",
                f"{number(rank)}{'er' if rank == 1 else 'e'} sur {number(len(inside))}",
                column="apl",
                nature=Nature.ESTIMATED,
                note="Du meilleur accès au moins bon.",
            )
        )
    return found


def history_chart(facts: Facts, threshold: float) -> tuple[Chart, ...]:
    national, land = facts.national, facts.land
    values = _history(facts)
    if sum(1 for value in values if value == value) < 2:
        return ()
    years = [str(year) for year in national.apl_years]

    def line(label: str, points: list[float]) -> Series:
        return Series(
            label,
            tuple(
                (year, None if value != value else value) for year, value in zip(years, points, strict=True)
            ),
        )

    lines = [line(facts.place.name, values)]
    if facts.in_larger_departement and facts.departement in land.history_departement:
        lines.append(line(facts.departement_name, land.history_departement[facts.departement].tolist()))
    lines.append(line("France", land.history_france.tolist()))
    known = [(year, value) for year, value in zip(years, values, strict=True) if value == value]
    (first_year, first), (last_year, last) = known[0], known[-1]
    change = last - first
    moved = f"a {'baissé' if change < 0 else 'augmenté'} de {number(abs(change), 1)}"
    verb = "est stable" if abs(change) < 0.1 else moved
    return (
        Chart(
            "apl_history",
            f"L’accès {verb} entre {first_year} et {last_year}",
            "line",
            UNIT,
            tuple(lines),
            facts.origin("apl")[0],
            decimals=1,
            reference=threshold,
            reference_label=f"Seuil de {number(threshold, 1)}",
        ),
    )


def _finding(facts: Facts, baseline: Baseline, threshold: float) -> str:
    value = baseline.value
    if value is None:
        return "L’accès aux généralistes n’est pas connu ici."
    verb = "aurait" if baseline.nature == Nature.MODELLED else "a"
    many = text.many(value, "aucune|consultation", "consultations", decimals=1)
    sentence = f"Un habitant {verb} accès à {many} de généraliste par an"
    if baseline.year:
        sentence += f" ({baseline.year})"
    if baseline.margin is not None and abs(value - threshold) <= baseline.margin:
        within = f"à {number(baseline.margin, 1)} près"
        sentence += f", {within}{NBSP}: trop près du seuil de {number(threshold, 1)} pour dire de quel côté"
    else:
        sentence += f", {'sous le' if value < threshold else 'au-dessus du'} seuil de {number(threshold, 1)}"
    france = facts.national_mean(facts.national.apl)
    if france is not None and baseline.nature == Nature.PUBLISHED:
        sentence += f"{NBSP}; la moyenne française est de {number(france, 1)}"
    return sentence + "."
