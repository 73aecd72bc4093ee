"""Who lives here: population and ages, incomes."""

from __future__ import annotations

import numpy as np

from releve.kernel.french import NBSP, number

from .. import text
from ..enums import Nature
from ..report import Chart, Comparison, Figure, Section, Series
from .facts import Facts

_AGES = (
    ("share_under_25", "Moins de 25 ans"),
    ("share_25_64", "25 à 64 ans"),
    ("share_65_plus", "65 ans ou plus"),
    ("share_75_plus", "dont 75 ans ou plus"),
)


def population_section(facts: Facts) -> Section:
    members, national = facts.members, facts.national
    people = facts.population
    known = bool((members.population > 0).any())
    figures = [
        facts.figure(
            "population",
            "Population",
            people if known else None,
            column="communes",
            unit="habitants",
            missing="La population de ce territoire n’est pas connue.",
        )
    ]
    if not facts.is_commune:
        figures.append(facts.figure("communes", "Communes", len(members), column="communes", unit="communes"))
    surface = members.surface_km2
    if known and np.isfinite(surface).all() and surface.sum() > 0:
        density = people / float(surface.sum())
        figures.append(
            facts.figure(
                "density",
                "Densité",
                density,
                column="surface_km2",
                unit="habitants par km²",
                nature=Nature.PUBLISHED,
            )
        )
    shares: list[Figure] = []
    for column, label in _AGES:
        shares.append(
            facts.figure(
                column,
                label,
                facts.mean(getattr(members, column)),
                column=column,
                unit="%",
                decimals=1,
                comparisons=facts.comparisons(getattr(national, column)),
            )
        )
    charts = _age_chart(facts, shares)
    older = shares[2].value
    finding = f"{text.capital(facts.here)} vivent {text.inhabitants(people)}." if people >= 2 else ""
    if not known:
        finding = "La population de ce territoire n’est pas connue."
    elif not finding:
        finding = f"{text.capital(facts.here)} vit {text.inhabitants(people)}."
        if people == 0:
            finding = f"{text.capital(facts.here)}, aucun habitant n’est recensé."
    if isinstance(older, float):
        finding = finding.removesuffix(".") + f", dont {text.percent(older)} ont 65{NBSP}ans ou plus."
        france = facts.national_mean(national.share_65_plus)
        if france is not None:
            finding = finding.removesuffix(".") + f" ({text.percent(france)} en France)."
    return Section(
        "population",
        "La population",
        finding,
        tuple(figures + shares),
        charts,
    )


def _age_chart(facts: Facts, shares: list[Figure]) -> tuple[Chart, ...]:
    """Three classes that make a whole, here and beside; nothing without the ages of the territory."""
    three = shares[:3]
    if any(figure.value is None for figure in three):
        return ()

    def series(label: str, pick: int | None) -> Series | None:
        points: list[tuple[str, float | None]] = []
        for figure in three:
            value = figure.value if pick is None else figure.comparisons[pick].value
            points.append((figure.label, float(value) if isinstance(value, int | float) else None))
        return Series(label, tuple(points))

    lines = [series(facts.place.name, None)]
    for rank, comparison in enumerate(three[0].comparisons):
        if all(len(figure.comparisons) > rank for figure in three):
            lines.append(series(comparison.label, rank))
    older = three[2]
    title = f"{text.percent(float(older.value or 0))} des habitants ont 65{NBSP}ans ou plus"
    return (
        Chart(
            "ages",
            title,
            "bars",
            "%",
            tuple(line for line in lines if line),
            older.source,
            decimals=1,
        ),
    )


def income_section(facts: Facts) -> Section:
    members, national = facts.members, facts.national
    income = facts.mean(members.median_income)
    group = not facts.is_commune
    note = ""
    if group and income is not None:
        covered = np.isfinite(members.median_income)
        note = "Moyenne des médianes des communes, pondérée par la population"
        if not covered.all():
            note += f"{NBSP}; connue pour {number(int(covered.sum()))} sur {number(len(covered))}"
        note += "."
    comparisons = facts.comparisons(national.median_income)
    figures = [
        facts.figure(
            "median_income",
            "Niveau de vie médian",
            income,
            column="median_income",
            unit="€ par an",
            nature=Nature.ESTIMATED if group else None,
            comparisons=tuple(
                Comparison(c.label, round(float(c.value)) if isinstance(c.value, float) else c.value)
                for c in comparisons
            ),
            note=note or "Revenu disponible par unité de consommation, après impôts et prestations.",
        )
    ]
    row = facts.rows.get(members.codes[0], {}) if facts.is_commune else {}
    for column, label, unit, decimals in (
        ("poverty_rate", "Taux de pauvreté", "%", 1),
        ("first_decile", "Les 10 % les plus modestes ont moins de", "€ par an", 0),
        ("ninth_decile", "Les 10 % les plus aisés ont plus de", "€ par an", 0),
    ):
        if row.get(column) is not None:
            figures.append(
                facts.figure(
                    column,
                    label.replace("10 %", f"10{NBSP}%"),
                    row[column],
                    column=column,
                    unit=unit,
                    decimals=decimals,
                )
            )
    france = facts.national_mean(national.median_income)
    if income is None:
        finding = "Le niveau de vie n’est pas connu ici."
    elif france is None:
        finding = f"Le niveau de vie médian est de {number(income)}{NBSP}€ par an."
    else:
        gap = 100 * (income - france) / france
        if abs(gap) < 2:
            beside = "comme la moyenne des communes de France"
        else:
            beside = f"{text.percent(abs(gap))} de {'moins' if gap < 0 else 'plus'} que la moyenne des communes de France"
        finding = f"Le niveau de vie médian est de {number(income)}{NBSP}€ par an, {beside}."
    return Section("income", "Les revenus", finding, tuple(figures))
