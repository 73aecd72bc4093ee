"""What follows from a scenario: changes of supply through the model, then who gains, who loses, at what cost.

The published APL is the baseline (the modelled one when none is loaded, and the result says so); the model gives
differences, which add up. Reads the database for communes, parameters and local knowledge; writes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from releve.contexts.practices.queries import get_public_site
from releve.contexts.territory.national import National
from releve.contexts.territory.queries import get_commune
from releve.engines.accessibility import reach_km, travel_times
from releve.kernel.errors import DomainError, Invalid, Reason
from releve.kernel.french import NBSP, number

from . import parameters, solver, text
from .enums import KnowledgeKind
from .models import LocalKnowledge
from .report import Place
from .scenarios import (
    KIND_WORDS,
    Action,
    ActionKind,
    Content,
    ScenarioResult,
    action_words,
)
from .travel_matrix import matrix

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]

# A doctor is counted in a commune from this estimated number on.
COUNTED_DOCTORS: Final = 0.5
KM_PER_DEGREE: Final = 110.5


@dataclass(frozen=True)
class Move:
    """One supply change at one commune: consultations a year, negative when they go. `added_site`: a new place."""

    commune: str
    consultations: float
    lat: float | None = None
    lon: float | None = None
    added_site: bool = False


@dataclass(frozen=True)
class Planned:
    """A change of the content, resolved: the words, the moves, weekly days paid by the project, what it warns of."""

    kind: str
    words: str
    moves: tuple[Move, ...]
    paid_days: float = 0.0
    doctors_by_commune: tuple[tuple[str, float], ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Effects:
    """Arrays over the communes concerned, length k. `minutes`: to the nearest added site, NaN beyond two hours."""

    indices: Integers
    deltas: Floats
    minutes: Floats
    unallocated: float
    per_change: tuple[float, ...]


def compute(content: Content, place: Place, *, today: date) -> ScenarioResult:
    """The result of a content for a territory on a day.

    Raises Invalid naming the change: unknown or merged commune, site that is not on the platform, local knowledge
    that was withdrawn, a place without coordinates. An empty content gives a result without any change.
    """
    from .scenario_figures import assemble

    values = parameters.all_values(today)
    country = solver.model().country
    planned = plan(content, country, values, today=today)
    effects = apply(planned, country)
    return assemble(content, place, planned, effects, values, today=today)


# --- From a content to moves -----------------------------------------------------------------------------------


def plan(content: Content, country: National, values: dict[str, float], *, today: date) -> list[Planned]:
    """Every change with its consultations a year. Raises Invalid with one reason per impossible change."""
    found: list[Planned] = []
    reasons: list[Reason] = []
    fields: list[str] = []
    details: dict[str, object] = {}
    for rank, action in enumerate(content.actions):
        try:
            found.append(_planned(action, country, values))
        except DomainError as error:
            where = action_words(rank, action.kind)
            reasons.append(Reason(error.code, f"{where}{NBSP}: {error.message}"))
            fields.append(f"actions.{rank}.{'site' if action.kind == ActionKind.SITE_CLOSES else 'commune'}")
            details |= error.details
    try:
        found += _known_locally(content.local_knowledge, country, values, today=today)
    except DomainError as error:
        reasons.append(Reason(error.code, error.message))
        fields.append("local_knowledge")
    if reasons:
        raise Invalid(
            reasons[0].message,
            code=reasons[0].code,
            reasons=reasons if len(reasons) > 1 else [],
            field=fields[0],
            details={**details, "fields": fields},
        )
    return found


def commune_of(code: str, country: National) -> tuple[str, str]:
    """(code in the arrays, name) of a commune; a municipal arrondissement counts in its commune. NotFound."""
    rank = country.index.get(code)
    if rank is not None:
        return code, text.curly(str(country.names[rank]))
    row = get_commune(code)
    parent = row.parent_id or row.code
    if parent not in country.index:
        raise Invalid(f"Les données ne connaissent pas {text.curly(row.name)}.", code="unknown-commune")
    return parent, text.curly(row.name)


def _days(days: float) -> str:
    return f"{number(days, 0 if days.is_integer() else 1)}{NBSP}{'jour' if days < 2 else 'jours'} par semaine"


def _planned(action: Action, country: National, values: dict[str, float]) -> Planned:
    visits = action.visits if action.visits is not None else values["visits_per_day"]
    weeks = values["weeks_per_year"]
    label = f" («{NBSP}{action.label}{NBSP}»)" if action.label else ""
    if action.kind == ActionKind.MOBILE:
        stops = [(*commune_of(stop.commune, country), stop.days) for stop in action.stops]
        names = text.joined([f"{name} ({_days(days)})" for _, name, days in stops])
        return Planned(
            action.kind.value,
            f"Tournée mobile{label}{NBSP}: {names}",
            tuple(
                Move(code, solver.consultations_per_year(days, visits, weeks), added_site=True)
                for code, _, days in stops
            ),
            action.weekly_days,
        )
    if action.kind == ActionKind.SITE_CLOSES:
        site = get_public_site(action.site)
        lost = solver.consultations_per_year(action.days, visits, weeks)
        code, _ = commune_of(site.commune_id, country)
        return Planned(
            action.kind.value,
            f"{site.name} ferme{NBSP}: {_days(action.days)} en moins",
            (Move(code, -lost, site.lat, site.lon),),
            -action.days,
            warnings=(
                f"L’APL publiée peut dater d’avant l’ouverture de {site.name}{NBSP}: dans ce cas, elle ne compte pas "
                "encore ce lieu, et sa fermeture ramène à l’APL publiée plutôt qu’en dessous.",
            ),
        )
    code, name = commune_of(action.commune, country)
    if action.kind == ActionKind.SITE:
        added = solver.consultations_per_year(action.days, visits, weeks)
        return Planned(
            action.kind.value,
            f"Un lieu {text.at_commune(name)}{label}, {_days(action.days)}, {number(visits)} consultations par jour",
            (Move(code, added, action.lat, action.lon, added_site=True),),
            action.days,
            warnings=_island(code, name, country),
        )
    sign = -1.0 if action.kind == ActionKind.DOCTOR_LEAVES else 1.0
    return _doctors(action.kind, code, name, action.doctors, sign, country)


def _doctors(kind: str, code: str, name: str, count: float, sign: float, country: National) -> Planned:
    many = text.many(count, "médecin", "médecins", decimals=0 if float(count).is_integer() else 1)
    verb = ("part", "partent") if sign < 0 else ("s’installe", "s’installent")
    here = float(country.gp[country.index[code]])
    warnings: tuple[str, ...] = _island(code, name, country)
    if sign < 0 and not country.gp_is_modelled and count > here + 1:
        counted = text.many(here, "médecin", "médecins", decimals=1)
        warnings += (
            f"L’estimation officielle compte {counted} {text.at_commune(name)}{NBSP}: le départ de {many} la dépasse.",
        )
    return Planned(
        str(kind),
        f"{text.capital(many)} {verb[count >= 2]} {text.at_commune(name)}",
        (Move(code, sign * count * solver.model().consultations_per_gp, added_site=sign > 0),),
        doctors_by_commune=((code, sign * count),),
        warnings=warnings,
    )


def _island(code: str, name: str, country: National) -> tuple[str, ...]:
    group = int(country.land_group[country.index[code]])
    if group == 0 or int((country.land_group == group).sum()) > 10:
        return ()
    return (
        f"Aucune route ne relie {name} au reste du territoire{NBSP}: seules les communes du même réseau de routes sont "
        "comptées, les bateaux ne le sont pas.",
    )


def knowledge_in_force(codes: Sequence[str], *, today: date) -> list[LocalKnowledge]:
    """Local facts with an effect on supply, in force or to come, of these communes; what a form may offer."""
    from .queries.reads import knowledge_for

    return [row for row in knowledge_for(codes, today=today) if row.doctors or row.weekly_days]


def _known_locally(
    ids: Sequence[int], country: National, values: dict[str, float], *, today: date
) -> list[Planned]:
    if not ids:
        return []
    rows = {
        row.pk: row
        for row in LocalKnowledge.objects.filter(pk__in=ids, withdrawn_at__isnull=True).select_related(
            "commune"
        )
        if row.ends_on is None or row.ends_on >= today
    }
    if len(rows) < len(ids):
        raise Invalid(
            "Une information locale cochée n’est plus en vigueur\u00a0: elle a été retirée ou sa date est passée. "
            "Rechargez la page pour voir celles qui restent.",
            code="unknown-knowledge",
            field="local_knowledge",
        )
    return [_from_knowledge(rows[pk], country, values) for pk in ids]


def _from_knowledge(row: LocalKnowledge, country: National, values: dict[str, float]) -> Planned:
    code, name = commune_of(row.commune_id, country)
    dated = f"à partir du {row.starts_on:%d/%m/%Y}" + (
        f", jusqu’au {row.ends_on:%d/%m/%Y}" if row.ends_on else ""
    )
    said = f" ({dated}, source{NBSP}: {row.origin})"
    if row.kind in (KnowledgeKind.DOCTOR_LEAVES, KnowledgeKind.DOCTOR_ARRIVES) and row.doctors:
        sign = -1.0 if row.kind == KnowledgeKind.DOCTOR_LEAVES else 1.0
        found = _doctors("local", code, name, row.doctors, sign, country)
        return Planned(
            "local", found.words + said, found.moves, 0.0, found.doctors_by_commune, found.warnings
        )
    days = row.weekly_days or 0.0
    amount = solver.consultations_per_year(abs(days), values["visits_per_day"], values["weeks_per_year"])
    way = "en plus" if days >= 0 else "en moins"
    return Planned(
        "local",
        f"{_days(abs(days))} {way} {text.at_commune(name)}{said}",
        (Move(code, math.copysign(amount, days), added_site=days > 0),) if days else (),
    )


# --- Through the model -----------------------------------------------------------------------------------------


def solver_actions(moves: Sequence[Move]) -> list[solver.Action]:
    return [
        solver.Action(
            solver.ADD if move.consultations >= 0 else solver.REMOVE,
            abs(move.consultations),
            move.commune,
            move.lat,
            move.lon,
        )
        for move in moves
    ]


def apply(planned: Sequence[Planned], country: National) -> Effects:
    """All changes together; `per_change`: consultations of each that nobody can reach."""
    lost = []
    for item in planned:
        alone = solver.change(solver_actions(item.moves)) if len(planned) > 1 else None
        lost.append(alone.unallocated if alone is not None else 0.0)
    together = solver.change(solver_actions([move for item in planned for move in item.moves]))
    if len(planned) == 1:
        lost = [together.unallocated]
    points = [
        point
        for item in planned
        for move in item.moves
        if move.added_site and (point := _point(move, country)) is not None
    ]
    indices = together.indices
    minutes = solver.nearest_minutes(points)[indices] if points else np.full(len(indices), np.nan)
    here = [
        country.index[m.commune] for item in planned for m in item.moves if m.added_site and m.lat is None
    ]
    minutes[np.isin(indices, here)] = 0.0
    return Effects(indices, together.deltas, minutes, together.unallocated, tuple(lost))


def _point(move: Move, country: National) -> tuple[float, float] | None:
    rank = country.index[move.commune]
    lat = country.lat[rank] if move.lat is None else move.lat
    lon = country.lon[rank] if move.lon is None else move.lon
    return (float(lat), float(lon)) if math.isfinite(lat) and math.isfinite(lon) else None


def nearest_doctor(country: National, indices: Integers, doctors: Floats, *, within: float) -> Floats:
    """Minutes from each of these communes to the nearest one that has a doctor, inf beyond `within`; (k,).

    doctors: (n,) per commune of France.
    """
    found = np.full(len(indices), np.inf)
    lat, lon = country.lat[indices], country.lon[indices]
    placed = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    if not len(placed):
        return found
    radius = reach_km(within, float(country.road_factor[indices[placed]].min()) / 2)
    narrow = max(0.05, math.cos(math.radians(min(89.0, float(np.abs(lat[placed]).max()) + 1))))
    dy, dx = radius / KM_PER_DEGREE, radius / (KM_PER_DEGREE * narrow)
    near = np.flatnonzero(
        (doctors >= COUNTED_DOCTORS)
        & (
            np.abs(country.lat - (lat[placed].min() + lat[placed].max()) / 2)
            <= (np.ptp(lat[placed]) / 2 + dy)
        )
        & (
            np.abs(country.lon - (lon[placed].min() + lon[placed].max()) / 2)
            <= (np.ptp(lon[placed]) / 2 + dx)
        )
    )
    if not len(near):
        return found
    rows = indices[placed]
    times = travel_times(
        country.lon[rows],
        country.lat[rows],
        country.road_factor[rows],
        max_minutes=within,
        dest_lon=country.lon[near],
        dest_lat=country.lat[near],
        dest_factor=country.road_factor[near],
        reachable_group=country.land_group[rows],
        dest_group=country.land_group[near],
    )
    if (roads := matrix(country)) is not None:
        times = roads.corrected(times, rows, near, within)
    filled = np.flatnonzero(np.diff(times.indptr))
    if len(filled):
        found[placed[filled]] = np.minimum.reduceat(times.minutes, times.indptr[:-1][filled])
    return found


def kind_words(kind: str) -> str:
    """« Ouvrir un lieu »; « Information locale » for ticked knowledge."""
    return KIND_WORDS[ActionKind(kind)] if kind in set(ActionKind) else "Information locale"
