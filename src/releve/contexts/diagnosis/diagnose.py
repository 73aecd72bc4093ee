"""The diagnosis of a territory: rows and national arrays in, one `report.Report` out.

It composes what lies below (`queries.reads`, the solver, the sections); pages, PDF, CSV, command and API read its answer.
The number of statements does not depend on the territory. Specified in docs/algorithms/diagnosis.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from releve.contexts.territory.national import National, national
from releve.kernel.errors import Invalid, NotFound

from . import parameters as dated
from . import text
from .comparables import Case
from .enums import TerritoryKind
from .landscape import landscape
from .models import LocalKnowledge
from .queries import reads, surveys
from .report import Place, Report, Section, Source
from .sections import access, alike, care, departures, distance, fragility, method, people, voices
from .sections.distance import RedZoneFacts
from .sections.facts import NOT_LOADED, Facts, Members, members_from_national
from .summary import write_summary
from .territories import resolve
from .vulnerability import CRITERIA, weights_from


def diagnose(code: str, *, today: date, weights: Mapping[str, float] | None = None) -> Report:
    """The whole diagnosis of a territory code (see `territories.resolve`) on a day.

    `weights`: of the five criteria, by key of `vulnerability.CRITERIA`, instead of the parameters in force; a key
    left out keeps its parameter. Raises NotFound or Invalid as `resolve` does, Invalid for impossible weights.
    """
    place = resolve(code)
    country = national()
    in_force = dated.in_force(today)
    values = {row.key: row.value for row in in_force}
    parts = reads.parts_of(place.commune_codes) if _may_have_parts(place) else []
    facts = Facts(
        place=place,
        today=today,
        national=country,
        land=landscape(country),
        members=_members(place, country, parts),
        parameters=values,
        weights=weights_from(_weights(weights, values), values),
        rows=_details(place),
    )
    knowledge = reads.knowledge_for(place.commune_codes, today=today)
    sections = _sections(facts, parts, knowledge)
    sources = _sources(facts, sections)
    sections.append(
        method.method_section(facts, sources, in_force, access.margin_of(facts), method.model_notes())
    )
    report = Report(
        place=place,
        as_of=today.isoformat(),
        modelled=country.modelled,
        summary=(),
        sections=tuple(sections),
        sources=sources,
        warnings=tuple(_warnings(facts)),
        parameters={
            row.key: {
                "value": row.value,
                "label": row.spec.label,
                "unit": row.spec.unit,
                "since": row.since.isoformat(),
                "origin": row.origin,
            }
            for row in in_force
        },
    )
    return replace(report, summary=write_summary(facts, report, knowledge))


def _sources(facts: Facts, sections: Sequence[Section]) -> tuple[Source, ...]:
    """Those that a figure, a chart or a table names, in the order they are met."""
    used: dict[str, None] = {}
    for section in sections:
        named = (
            [figure.source for figure in section.figures],
            [chart.source for chart in section.charts],
            [table.source for table in section.tables],
        )
        used.update((slug, None) for slugs in named for slug in slugs if slug)
    return tuple(facts.source_of(slug) for slug in used)


def _weights(weights: Mapping[str, float] | None, parameters: Mapping[str, float]) -> Sequence[float] | None:
    if weights is None:
        return None
    keys = [criterion.key for criterion in CRITERIA]
    for key, value in weights.items():
        if key not in keys:
            raise Invalid(
                f"« {key[:30]} » n’est pas l’un des cinq critères.", code="unknown-criterion", field="weights"
            )
        if not (math.isfinite(value) and 0 <= value <= 100):
            raise Invalid("Un poids est un nombre de 0 à 100.", code="bad-weight", field="weights")
    chosen = [float(weights.get(c.key, parameters[c.weight_key])) for c in CRITERIA]
    if not any(chosen):
        raise Invalid("Au moins un critère doit avoir un poids.", code="bad-weight", field="weights")
    return chosen


# Paris, Lyon and Marseille: the arrays hold the commune, statistics know its arrondissements.
_WITH_PARTS = {"75056", "69123", "13055"}


def _may_have_parts(place: Place) -> bool:
    """Whether an arrondissement, or a commune divided into them, is in the territory."""
    return any(code in _WITH_PARTS or code[:3] in {"751", "693", "132"} for code in place.commune_codes)


def _details(place: Place) -> dict[str, dict[str, Any]]:
    if place.kind != TerritoryKind.COMMUNE:
        return {}
    return {place.code: reads.details_of(place.code)}


def _members(place: Place, country: National, parts: Sequence[reads.PartRow]) -> Members:
    by_code = {part.code: part for part in parts}
    whole = [code for code in place.commune_codes if code in country.index]
    divided = [by_code[code] for code in place.commune_codes if code in by_code and code not in country.index]
    if not whole and not divided:
        raise NotFound("Aucune commune de ce territoire n’est connue.", code="empty-territory")
    positions = np.array([country.index[code] for code in whole], dtype=np.int64)
    members = members_from_national(country, positions)
    return _with_parts(members, country, divided) if divided else members


def _with_parts(members: Members, country: National, parts: Sequence[reads.PartRow]) -> Members:
    """Arrondissements after the communes, with the ages' weight, the roads and the doctors of their commune."""

    def column(name: str, values: list[Any]) -> Any:
        known = getattr(members, name)
        return np.concatenate((known, np.array(values, dtype=known.dtype)))

    def numbers(values: list[float | int | None]) -> list[float]:
        return [math.nan if value is None else float(value) for value in values]

    parents = [country.index.get(part.parent or "", -1) for part in parts]
    people = [float(part.population or 0) for part in parts]

    def need(parent: int) -> float:
        inhabitants = country.population[parent] if parent >= 0 else 0.0
        return float(country.standardised[parent] / inhabitants) if inhabitants > 0 else 1.0

    history = [
        [float((part.apl_history or {}).get(str(year), math.nan)) for year in country.apl_years]
        for part in parts
    ]
    return Members(
        codes=(*members.codes, *(part.code for part in parts)),
        names=(*members.names, *(part.name.replace("'", "’") for part in parts)),
        positions=column("positions", parents),
        lat=column("lat", numbers([part.lat for part in parts])),
        lon=column("lon", numbers([part.lon for part in parts])),
        population=column("population", people),
        standardised=column(
            "standardised", [n * need(parent) for n, parent in zip(people, parents, strict=True)]
        ),
        departement=(*members.departement, *(part.departement or "" for part in parts)),
        epci=(*members.epci, *(part.epci or "" for part in parts)),
        apl=column("apl", numbers([part.apl for part in parts])),
        apl_history=np.concatenate(
            (
                members.apl_history,
                np.array(history, dtype=np.float64).reshape(len(parts), len(country.apl_years)),
            )
        ),
        gp=column("gp", [math.nan] * len(parts)),
        share_under_25=column("share_under_25", numbers([part.shares[0] for part in parts])),
        share_25_64=column("share_25_64", numbers([part.shares[1] for part in parts])),
        share_65_plus=column("share_65_plus", numbers([part.shares[2] for part in parts])),
        share_75_plus=column("share_75_plus", numbers([part.shares[3] for part in parts])),
        median_income=column("median_income", numbers([part.median_income for part in parts])),
        emergency_minutes=column("emergency_minutes", numbers([part.emergency_minutes for part in parts])),
        zoning=(*members.zoning, *(part.zoning or "" for part in parts)),
        surface_km2=column("surface_km2", numbers([part.surface_km2 for part in parts])),
        road_factor=column("road_factor", [country.road_factor[p] if p >= 0 else 1.0 for p in parents]),
        land_group=column("land_group", [int(country.land_group[p]) if p >= 0 else 0 for p in parents]),
    )


def _sections(
    facts: Facts, parts: Sequence[reads.PartRow], knowledge: Sequence[LocalKnowledge]
) -> list[Section]:
    baseline = access.baseline_of(facts)
    doctors = care.count_doctors(facts)
    need = care.measure_need(facts, baseline)
    red = _red_zones(facts)
    sections = [
        people.population_section(facts),
        access.access_section(facts, baseline),
        care.doctors_section(facts, doctors),
        care.need_section(facts, baseline, need, care.effect_of_days(facts, baseline)),
        departures.departures_section(facts, baseline),
        distance.emergency_section(facts),
        people.income_section(facts),
        distance.zoning_section(facts, red, parts=_zoned_parts(facts, parts)),
        fragility.vulnerability_section(facts, red),
        alike.comparables_section(facts, _platform_cases()),
        surveys.survey_section(facts.place, today=facts.today),
        voices.local_section(facts, knowledge),
    ]
    return [section for section in sections if section is not None]


def _platform_cases() -> list[Case]:
    """The open sites of the platform, one case per commune."""
    cases: dict[str, Case] = {}
    for row in reads.open_sites():
        opened = row.opened_on.strftime("%m/%Y") if row.opened_on else ""
        told = f"{text.curly(row.name)}, lieu de consultation ouvert sur la plateforme."
        if row.is_demo:
            told = f"{text.curly(row.name)}, lieu fictif de la démonstration."
        cases.setdefault(
            row.commune_code, Case(row.commune_code, text.curly(row.commune_name), opened, told, "", row.slug)
        )
    return list(cases.values())


def _red_zones(facts: Facts) -> RedZoneFacts:
    rows = reads.red_zones()
    here = set(facts.members.epci)
    if facts.place.kind == TerritoryKind.EPCI:
        here = {facts.place.code}
    found = [row for row in rows if row.siren in here]
    return RedZoneFacts(
        tuple(row.name for row in found),
        found[0].reliability if found else "",
        found[0].origin if found else "",
        len(rows),
    )


def _zoned_parts(facts: Facts, parts: Sequence[reads.PartRow]) -> dict[str, float]:
    """Inhabitants by zone of a commune alone whose zones are published by arrondissement."""
    if not facts.is_commune or any(facts.members.zoning):
        return {}
    people: dict[str, float] = {}
    for part in parts:
        if part.zoning:
            people[part.zoning] = people.get(part.zoning, 0.0) + float(part.population or 0)
    return people


def _warnings(facts: Facts) -> list[str]:
    found = []
    if facts.national.modelled:
        found.append(
            f"{NOT_LOADED} Seules la population et la position des communes sont connues\u00a0: l’offre de soins est "
            "modélisée, et l’APL publiée, les revenus, les temps jusqu’aux urgences et les zonages manquent."
        )
    elif facts.national.gp_is_modelled:
        found.append(
            "Aucun effectif de médecins n’est chargé\u00a0: leur nombre est modélisé d’après la population."
        )
    missing = [code for code in facts.place.commune_codes if code not in facts.members.codes]
    if missing:
        found.append(f"Communes sans donnée, laissées de côté\u00a0: {', '.join(missing[:10])}.")
    return found
