"""Which territories like this one opened a temporary practice, and what is known of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from releve.kernel.french import NBSP

from .. import text
from ..comparables import DOCUMENTED, Case, differences, likeness
from ..enums import TerritoryKind
from ..landscape import FEATURES, weighted_mean
from ..report import Section, Table, Value
from .facts import Facts

SHOWN = 6


def comparables_section(facts: Facts, platform: Sequence[Case]) -> Section:
    """`platform`: sites of the platform that are open; they come before a documented case of the same commune."""
    cases = list(platform) + [
        c for c in DOCUMENTED if c.commune_code not in {p.commune_code for p in platform}
    ]
    own = set(facts.members.codes)
    ranked = sorted(
        (
            (gap, case, rank)
            for case, rank, gap in _measured(facts, [c for c in cases if c.commune_code not in own])
        ),
        key=lambda row: (math.isnan(row[0]), row[0], row[1].commune_code),
    )[:SHOWN]
    here = [case for case in cases if case.commune_code in own]
    level = facts.level
    rows: list[tuple[Value, ...]] = []
    links = []
    for gap, case, rank in ranked:
        name = case.name
        if not facts.is_commune:
            name = f"{case.name} ({_territory_name(facts, level.codes[rank])})"
        people, apl = float(level.population[rank]), float(level.criteria[rank, 0])
        rows.append(
            (
                name,
                case.opened,
                people,
                None if math.isnan(apl) else apl,
                None if math.isnan(gap) else f"{likeness(gap)} ({text.amount(gap, '', 1)})",
                f"{case.told} ({case.origin})" if case.origin else case.told,
            )
        )
        links.append(case.commune_code)
    table = Table(
        "comparables",
        "Ils ont ouvert un cabinet éphémère",
        ("Lieu", "Ouverture", "Habitants", "APL", "Ressemblance (écart)", "Ce que l’on en sait"),
        tuple(rows),
        (0, 0, 0, 2, 0, 0),
        tuple(links),
        "cases",
        "Écart moyen, en écarts types du pays, de la population, de la densité, de l’APL, de la part des 65 ans ou plus et "
        "du temps jusqu’aux urgences.",
    )
    notes = [
        f"Déjà ici{NBSP}: {case.name}, {case.opened}. {case.told}"
        + (f" ({case.origin})" if case.origin else "")
        for case in here
    ]
    return Section(
        "comparables",
        "Des territoires qui l’ont fait",
        _finding(facts, ranked),
        tables=(table,) if rows else (),
        notes=tuple(notes),
    )


def _territory_name(facts: Facts, code: str) -> str:
    if facts.place.kind == TerritoryKind.DEPARTEMENT:
        return text.curly(facts.land.departement_name(str(code)))
    return text.curly(facts.land.epci_names.get(str(code), str(code)))


def _measured(facts: Facts, cases: Sequence[Case]) -> list[tuple[Case, int, float]]:
    """(case, rank in the level, difference) of the cases whose territory is known."""
    national, level = facts.national, facts.level
    found = []
    for case in cases:
        position = national.index.get(case.commune_code)
        if position is None:
            continue
        if facts.is_commune:
            rank: int | None = position
        elif facts.place.kind == TerritoryKind.DEPARTEMENT:
            rank = level.index.get(str(national.departement[position]))
        else:
            rank = level.index.get(str(national.epci[position]))
        if rank is not None:
            found.append((case, rank))
    if not found:
        return []
    gaps = differences(_features(facts), level, np.array([rank for _, rank in found]))
    return [(case, rank, float(gap)) for (case, rank), gap in zip(found, gaps, strict=True)]


def _features(facts: Facts) -> np.ndarray:
    """(f,) in the order of FEATURES, as those of the level."""
    known = facts.level.index.get(facts.place.code)
    if known is not None:
        return np.asarray(facts.level.features[known])
    members = facts.members
    people, surface = facts.population, float(np.nansum(members.surface_km2))
    return np.array(
        [
            math.log(max(people, 1.0)),
            math.log(max(people / surface, 0.1)) if surface > 0 else math.nan,
            weighted_mean(members.apl, members.population),
            weighted_mean(members.share_65_plus, members.population),
            weighted_mean(members.emergency_minutes, members.population),
        ]
    )[: len(FEATURES)]


def _finding(facts: Facts, ranked: Sequence[tuple[float, Case, int]]) -> str:
    close = [case.name for gap, case, _ in ranked if gap < 1]
    if not ranked:
        return "Aucun lieu comparable n’est connu."
    if not close:
        return f"Aucun des lieux connus ne ressemble vraiment à ce territoire{NBSP}; ils montrent pourtant le chemin."
    names = text.joined(close[:3])
    verb = "ressemblent" if len(close[:3]) > 1 else "ressemble"
    return f"{names} {verb} à ce territoire et {'ont' if len(close[:3]) > 1 else 'a'} ouvert un cabinet éphémère."
