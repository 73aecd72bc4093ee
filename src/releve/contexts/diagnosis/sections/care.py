"""Who cares and for whom: doctors within reach, and what the need weighs in consultations per week."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from releve.kernel.french import NBSP, number

from .. import solver, text
from ..enums import Nature
from ..landscape import weighted_mean
from ..reach import within_minutes
from ..report import Chart, Comparison, Figure, Section, Series, Table
from .access import Baseline
from .facts import Facts

MINUTES = (15, 20, 30)
WEEKS = 52
TABLE_DAYS = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Doctors:
    """General practitioners: inside the territory (None unknown), and within 15, 20 and 30 minutes (3,), NaN unknown."""

    here: float | None
    within: np.ndarray
    nature: Nature
    source: str


def count_doctors(facts: Facts) -> Doctors:
    members, national = facts.members, facts.national
    inside = members.gp
    here = float(np.nansum(inside)) if np.isfinite(inside).any() else None
    near = within_minutes(
        national,
        national.gp,
        members.lat,
        members.lon,
        members.road_factor,
        members.land_group,
        MINUTES,
        ranks=members.positions,
    )
    placed = np.isfinite(near[:, 0])
    weights = np.where(members.population > 0, members.population, 1e-9)
    within = (
        np.average(near[placed], axis=0, weights=weights[placed])
        if placed.any()
        else np.full(len(MINUTES), np.nan)
    )
    modelled = national.gp_is_modelled
    return Doctors(
        here,
        within,
        Nature.MODELLED if modelled else Nature.ESTIMATED,
        "model" if modelled else facts.origin("gp_estimate")[0],
    )


def _doctor_figure(
    facts: Facts, doctors: Doctors, key: str, label: str, value: float | None, note: str
) -> Figure:
    figure = facts.figure(
        key,
        label,
        value,
        column="gp_estimate",
        unit="médecins",
        decimals=1,
        nature=doctors.nature,
        note=note,
        missing="" if key == "gp_here" else "Ce territoire n’a pas de position connue.",
    )
    if doctors.source != "model":
        return figure
    return Figure(
        **{
            **figure.__dict__,
            "source": "model",
            "vintage": "",
            "note": (
                note + " Moyenne attendue d’après la taille de la commune, aucun effectif n’étant chargé."
            ).strip(),
        }
    )


def doctors_section(facts: Facts, doctors: Doctors) -> Section:
    group = not facts.is_commune
    inside = f"dans {facts.noun}"
    mean = " En moyenne pour un habitant." if group else ""
    road = "Temps de route estimé entre les centres des communes." + mean
    figures = [
        _doctor_figure(
            facts,
            doctors,
            "gp_here",
            f"Généralistes libéraux {inside}",
            doctors.here,
            "Estimation, à vérifier sur place\u00a0: les départs et les arrivées récents peuvent manquer.",
        )
    ]
    for rank, minutes in enumerate(MINUTES):
        value = float(doctors.within[rank])
        figures.append(
            _doctor_figure(
                facts,
                doctors,
                f"gp_{minutes}",
                f"Généralistes à moins de {minutes}{NBSP}minutes",
                None if math.isnan(value) else value,
                road,
            )
        )
    figures += _density(facts, doctors)
    charts: tuple[Chart, ...] = ()
    if not math.isnan(float(doctors.within[0])):
        points: list[tuple[str, float | None]] = [
            (text.capital(inside), doctors.here),
            *((f"À {m}{NBSP}min", float(v)) for m, v in zip(MINUTES, doctors.within, strict=True)),
        ]
        title = f"{text.capital(text.many(float(doctors.within[0]), 'médecin', 'médecins'))} à moins de 15{NBSP}minutes"
        charts = (
            Chart(
                "doctors",
                title,
                "bars",
                "médecins",
                (Series("Généralistes libéraux", tuple(points)),),
                doctors.source,
                decimals=1,
                note=road,
            ),
        )
    notes = [
        "Les généralistes à expertise particulière (allergologie, médecine du sport…) ne sont pas comptés."
    ]
    if doctors.nature == Nature.MODELLED:
        notes = [
            "Aucun effectif de médecins n’est chargé\u00a0: ces nombres sont des moyennes par taille de commune."
        ]
    return Section(
        "doctors",
        "Les médecins à portée",
        _doctors_finding(facts, doctors),
        tuple(figures),
        charts,
        notes=tuple(notes),
    )


def _density(facts: Facts, doctors: Doctors) -> list[Figure]:
    """Doctors for 100,000 inhabitants, beside the département's published density."""
    people = facts.population
    if doctors.here is None or people <= 0 or doctors.nature == Nature.MODELLED:
        return []
    known = facts.land.departements.get(facts.departement)
    beside = []
    if known and known.gp_density is not None:
        beside.append(Comparison(facts.departement_name, known.gp_density))
    total = facts.national.population.sum()
    if total > 0:
        beside.append(Comparison("France", float(100_000 * np.nansum(facts.national.gp) / total)))
    return [
        facts.figure(
            "gp_density",
            "Généralistes pour 100 000 habitants".replace("100 000", f"100{NBSP}000"),
            100_000 * doctors.here / people,
            column="gp_estimate",
            unit="médecins",
            decimals=0,
            comparisons=beside,
        )
    ]


def _doctors_finding(facts: Facts, doctors: Doctors) -> str:
    place = f"dans {facts.noun}" if facts.is_commune else facts.here
    if doctors.here is None:
        first = "Le nombre de médecins n’est pas connu ici"
    elif doctors.here < 0.5:
        first = f"Aucun généraliste libéral n’est estimé {place}"
    else:
        first = f"On estime à {number(doctors.here, 1).removesuffix(',0')} le nombre de généralistes libéraux {place}"
    if math.isnan(float(doctors.within[0])):
        return first + "."
    near, far = float(doctors.within[0]), float(doctors.within[2])
    each = " pour un habitant, en moyenne" if not facts.is_commune else ""
    return (
        f"{first}{NBSP}; {text.many(near, 'médecin', 'médecins')} à moins de 15{NBSP}minutes"
        f" et {number(far)} à moins de 30{each}."
    )


@dataclass(frozen=True)
class Need:
    """Consultations per week: wanted, accessible (None unknown), and the difference over the communes that are known."""

    wanted: float
    accessible: float | None
    gap: float | None
    people_under: float | None
    people_known: float


def measure_need(facts: Facts, baseline: Baseline) -> Need:
    members, parameters = facts.members, facts.parameters
    each = parameters["consultations_per_inhabitant"]
    demand = members.standardised
    known = np.isfinite(baseline.values)
    wanted = float(demand.sum()) * each / WEEKS
    if not known.any():
        return Need(wanted, None, None, None, 0.0)
    accessible = float((demand[known] * baseline.values[known]).sum()) / WEEKS
    under = known & (baseline.values < parameters["apl_threshold"])
    return Need(
        wanted,
        accessible,
        float(demand[known].sum()) * each / WEEKS - accessible,
        float(members.population[under].sum()),
        float(members.population[known].sum()),
    )


def effect_of_days(facts: Facts, baseline: Baseline) -> tuple[str, dict[int, float]] | None:
    """(commune, access of the territory by number of days a week) if a practice opened in its most inhabited commune."""
    members, national = facts.members, facts.national
    placed = [rank for rank in members.positions.tolist() if rank >= 0 and np.isfinite(national.lat[rank])]
    if baseline.value is None or not placed:
        return None
    main = max(placed, key=lambda rank: (float(national.population[rank]), -rank))
    parameters = facts.parameters
    one = solver.consultations_per_year(1, parameters["visits_per_day"], parameters["weeks_per_year"])
    found = solver.change([solver.Action(solver.ADD, one, commune_code=str(national.codes[main]))])
    gain = np.zeros(len(national))
    gain[found.indices] = found.deltas
    here = np.where(members.positions >= 0, gain[members.positions], 0.0)
    values = {days: weighted_mean(baseline.values + days * here, members.population) for days in TABLE_DAYS}
    return text.curly(str(national.names[main])), values


def need_section(
    facts: Facts, baseline: Baseline, need: Need, effects: tuple[str, dict[int, float]] | None = None
) -> Section:
    """`effects`: see `effect_of_days`."""
    parameters = facts.parameters
    threshold = parameters["apl_threshold"]
    nature = Nature.MODELLED if baseline.nature == Nature.MODELLED else Nature.ESTIMATED
    unknown = facts.why_missing("apl")
    share = (
        100 * need.people_under / need.people_known
        if need.people_under is not None and need.people_known
        else None
    )
    france = _share_under(facts, threshold)
    beside = [Comparison("France", france)] if france is not None else []
    per_day = parameters["visits_per_day"] * parameters["weeks_per_year"] / WEEKS
    figures = [
        facts.figure(
            "people_under_threshold",
            f"Habitants sous le seuil de {number(threshold, 1)}",
            need.people_under,
            column="apl",
            unit="habitants",
            vintage=str(baseline.year or ""),
            nature=nature,
            missing=unknown,
            note=(
                "Habitants des communes dont l’APL modélisée est sous le seuil, sans tenir compte de sa marge."
                if nature == Nature.MODELLED
                else "Habitants des communes dont l’APL est sous le seuil."
            )
            + (" Tous ou aucun, l’APL étant connue pour la commune entière." if facts.is_commune else ""),
        ),
        facts.figure(
            "share_under_threshold",
            f"Part des habitants sous le seuil de {number(threshold, 1)}",
            share,
            column="apl",
            unit="%",
            decimals=1,
            vintage=str(baseline.year or ""),
            nature=nature,
            missing=unknown,
            comparisons=beside,
        ),
        _estimate(
            "consultations_needed_week",
            "Consultations souhaitables par semaine",
            need.wanted if facts.population > 0 else None,
            "consultations",
            f"{number(parameters['consultations_per_inhabitant'], 2)} consultations par an et par habitant, selon l’âge.",
            nature,
        ),
        _estimate(
            "consultations_accessible_week",
            "Consultations accessibles par semaine",
            need.accessible,
            "consultations",
            "L’APL multipliée par la population, pondérée selon l’âge.",
            nature,
            missing=unknown,
        ),
        _estimate(
            "consultations_gap_week",
            "Consultations manquantes par semaine",
            max(0.0, need.gap) if need.gap is not None else None,
            "consultations",
            "",
            nature,
            missing=unknown,
        ),
        _estimate(
            "days_for_gap",
            "Jours de médecin par semaine pour combler le manque",
            max(0.0, need.gap) / per_day if need.gap is not None else None,
            "jours",
            "Si toutes ces consultations étaient données aux habitants du territoire.",
            nature,
            decimals=1,
            missing=unknown,
        ),
    ]
    return Section(
        "need",
        "Le besoin",
        _need_finding(facts, need, per_day),
        tuple(figures),
        tables=(_days_table(facts, need, per_day, effects),),
        notes=(
            f"Hypothèses{NBSP}: {number(parameters['visits_per_day'])} consultations par jour de médecin, "
            f"{number(parameters['weeks_per_year'])} semaines par an. Les habitants des communes voisines viendront "
            "aussi\u00a0: une partie des consultations ne restera pas dans le territoire.",
        ),
    )


def _share_under(facts: Facts, threshold: float) -> float | None:
    national = facts.national
    known = np.isfinite(national.apl)
    total = float(national.population[known].sum())
    if total <= 0:
        return None
    return 100 * float(national.population[known & (national.apl < threshold)].sum()) / total


def _estimate(
    key: str,
    label: str,
    value: float | None,
    unit: str,
    note: str,
    nature: Nature,
    *,
    decimals: int = 0,
    missing: str = "",
) -> Figure:
    return Figure(
        key,
        label,
        value,
        unit,
        decimals,
        "model" if nature == Nature.MODELLED else "parameters",
        nature,
        missing=(missing or "La population de ce territoire n’est pas connue.") if value is None else "",
        note=note,
    )


def _days_table(
    facts: Facts, need: Need, per_day: float, effects: tuple[str, dict[int, float]] | None
) -> Table:
    columns = ["Jours par semaine", "Consultations par semaine"]
    decimals = [0, 0]
    lacks = need.gap is None or need.gap > 0
    if lacks:
        columns.append("Manque couvert, au mieux (%)")
        decimals.append(0)
    if effects:
        columns.append("APL du territoire")
        decimals.append(2)
    rows: list[tuple[float | int | str | None, ...]] = []
    for days in TABLE_DAYS:
        given = days * per_day
        row: list[float | int | str | None] = [days, given]
        if lacks:
            row.append(min(100.0, 100 * given / need.gap) if need.gap is not None else None)
        if effects:
            row.append(effects[1][days])
        rows.append(tuple(row))
    note = "Au mieux\u00a0: si toutes les consultations vont aux habitants du territoire."
    if not lacks:
        note = "L’accès dépasse déjà la moyenne nationale\u00a0: il n’y a pas de manque à couvrir à cette échelle."
    if effects:
        note += (
            f" APL modélisée si le cabinet ouvrait {text.at_commune(effects[0])}{NBSP}: elle tient compte de ce qui "
            "profite aux communes voisines."
        )
    return Table(
        "days",
        "Ce que couvriraient de un à six jours de médecin par semaine",
        tuple(columns),
        tuple(rows),
        tuple(decimals),
        source="parameters",
        note=note,
    )


def _need_finding(facts: Facts, need: Need, per_day: float) -> str:
    if need.gap is None or need.accessible is None:
        if facts.population <= 0:
            return "Le besoin n’est pas connu ici."
        wanted = text.many(text.about(need.wanted), "aucune|consultation", "consultations")
        return f"Pour être soignés comme la moyenne du pays, les habitants auraient besoin de {wanted} par semaine."
    if need.gap <= 0:
        return "L’accès dépasse la moyenne du pays\u00a0: il ne manque pas de consultations à cette échelle."
    missing = text.many(text.about(need.gap), "aucune|consultation", "consultations")
    days = text.many(need.gap / per_day, "jour", "jours", decimals=1)
    return f"Il manque environ {missing} par semaine pour atteindre la moyenne du pays, soit {days} de médecin par semaine."
