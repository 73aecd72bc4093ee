"""Where to open in a territory, and how many days each: adapter to `engines.siting` on the model's national arrays.

Candidates are the communes of the territory; demand is every commune that one of them can serve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from releve.contexts.territory.national import National
from releve.engines import siting
from releve.engines.accessibility import reach_km, travel_times
from releve.kernel.errors import Invalid, Reason

from . import parameters, solver, text
from .landscape import landscape
from .report import Place
from .scenario_effects import COUNTED_DOCTORS, KM_PER_DEGREE, commune_of, nearest_doctor

Floats = NDArray[np.float64]

AIMS: Final[dict[str, siting.Aim]] = {
    "people": siting.Aim.PEOPLE_ABOVE_THRESHOLD,
    "minimum": siting.Aim.HIGHEST_MINIMUM,
    "priority": siting.Aim.PRIORITY_VISITS,
    "travel": siting.Aim.TRAVEL,
}
AIM_LABELS: Final[dict[str, str]] = {
    "people": "Faire passer le plus d’habitants au-dessus du seuil",
    "minimum": "Relever la commune la moins bien servie",
    "priority": "Donner le plus de consultations là où elles manquent le plus",
    "travel": "Rapprocher le premier médecin",
}
AIM_UNITS: Final[dict[str, str]] = {
    "people": "habitants au-dessus du seuil",
    "minimum": "consultations par an et par habitant dans la commune la moins bien servie",
    "priority": "consultations par an rendues aux communes sous le seuil, pondérées par la fragilité",
    "travel": "minutes de route par habitant jusqu’au premier médecin",
}
MAX_DAYS: Final = 60.0
MAX_DAYS_PER_SITE: Final = 5.0
MIN_MINUTES, MAX_MINUTES = 5.0, 45.0
TRAVEL_REACH: Final = 45.0
FURTHER_DAYS: Final = 4
MAX_CANDIDATES: Final = 1_000


@dataclass(frozen=True)
class Question:
    """What is asked. `fair`: at least one day in every intercommunality that is below the threshold."""

    days: float
    aim: str = "people"
    max_minutes: float | None = None
    max_sites: int | None = None
    fair: bool = False

    def checked(self) -> Question:
        """Itself. Raises Invalid with a field."""
        if not (math.isfinite(self.days) and self.days > 0):
            raise Invalid(
                "Indiquez combien de jours de médecin par semaine répartir.", code="no-days", field="days"
            )
        if self.days > MAX_DAYS or abs(self.days - round(self.days)) > 1e-9:
            raise Invalid(
                f"Le nombre de jours à répartir est un entier de 1 à {MAX_DAYS:.0f}.",
                code="bad-days",
                field="days",
            )
        if self.aim not in AIMS:
            raise Invalid("Ce but n’est pas connu.", code="unknown-aim", field="aim")
        if self.max_minutes is not None and not MIN_MINUTES <= self.max_minutes <= MAX_MINUTES:
            raise Invalid(
                f"Le trajet maximal va de {MIN_MINUTES:.0f} à {MAX_MINUTES:.0f} minutes.",
                code="bad-minutes",
                field="max_minutes",
            )
        if self.max_sites is not None and not 1 <= self.max_sites <= 50:
            raise Invalid("Le nombre de lieux va de 1 à 50.", code="bad-sites", field="max_sites")
        return self


@dataclass(frozen=True)
class ProposedSite:
    code: str
    name: str
    days: float
    population: float
    before: float | None
    after: float | None


@dataclass(frozen=True)
class FurtherDay:
    """`total`: figure of the aim with so many days in all; `gain`: what this further day adds."""

    days: float
    total: float
    gain: float


@dataclass(frozen=True)
class SitingPlan:
    """An answer. `objective`, `before`, `bound`: in the unit of the aim; `gap`: 0 when proven the best."""

    question: Question
    place: Place
    status: str
    sites: tuple[ProposedSite, ...]
    objective: float
    before: float
    bound: float
    gap: float
    further: tuple[FurtherDay, ...]
    reasons: tuple[Reason, ...]
    candidates: int
    people: float  # inhabitants of the communes that some candidate can serve
    people_below: float  # of them, those whose commune is below the threshold today
    unknown: int  # communes left out because their access is not known
    threshold: float
    modelled: bool
    seconds: float
    visits_per_day: float

    @property
    def is_proven(self) -> bool:
        return self.status == siting.Status.OPTIMAL

    @property
    def nothing_to_fill(self) -> bool:
        """Whether nobody in reach lacks what this aim gives: every known commune is at the threshold or above."""
        return self.question.aim in ("people", "priority") and not self.people_below

    @property
    def gained(self) -> float:
        """How much better than opening nothing, never negative."""
        return abs(self.objective - self.before)

    @property
    def decimals(self) -> int:
        return {"minimum": 2, "travel": 1}.get(self.question.aim, 0)


def propose(place: Place, question: Question, *, today: date, seconds: float = 3.0) -> SitingPlan:
    """The best plan found in about `seconds`, with its bound, and what further days would add.

    Raises Invalid for an impossible question or a territory without any placed commune. A question that no plan
    satisfies gives a plan without sites and `reasons`.
    """
    question = question.checked()
    values = parameters.all_values(today)
    built = _build(place, question, values)
    try:
        result = siting.solve(built.problem, seconds=seconds * 0.7, gap=1e-4)
    except siting.SitingError as error:
        raise Invalid(str(error), code="siting") from error
    further: tuple[FurtherDay, ...] = ()
    if result.status is not siting.Status.INFEASIBLE:
        curve = siting.marginal_values(built.problem, result, FURTHER_DAYS, seconds=seconds * 0.3)
        spent = float(result.days.sum())
        further = tuple(
            FurtherDay(spent + more, total, gain)
            for more, total, gain in zip(
                curve.added_days.tolist(), curve.objective.tolist(), curve.gains.tolist(), strict=True
            )
        )
    return _plan(place, question, built, result, further, values)


@dataclass(frozen=True, eq=False)
class _Built:
    problem: siting.SitingProblem
    candidates: NDArray[np.int64]  # ranks in the national arrays
    points: NDArray[np.int64]
    country: National
    before: Floats


def _candidates(place: Place, country: National) -> NDArray[np.int64]:
    ranks = {country.index[commune_of(code, country)[0]] for code in place.commune_codes}
    found = np.array(
        sorted(r for r in ranks if math.isfinite(country.lat[r]) and math.isfinite(country.lon[r])),
        dtype=np.int64,
    )
    if not len(found):
        raise Invalid("Aucune commune de ce territoire n’a de position connue.", code="unplaced-commune")
    if len(found) > MAX_CANDIDATES:
        raise Invalid("Ce territoire est trop grand pour ce calcul.", code="too-many-communes")
    return found


def _around(country: National, rows: NDArray[np.int64], minutes: float) -> NDArray[np.int64]:
    lat, lon = country.lat[rows], country.lon[rows]
    radius = reach_km(minutes, float(country.road_factor[rows].min()) / 2)
    dy = radius / KM_PER_DEGREE
    dx = dy / max(0.05, math.cos(math.radians(min(89.0, float(np.abs(lat).max()) + dy))))
    inside = (country.lat >= lat.min() - dy) & (country.lat <= lat.max() + dy)
    inside &= (country.lon >= lon.min() - dx) & (country.lon <= lon.max() + dx)
    return np.flatnonzero(inside)


def _build(place: Place, question: Question, values: dict[str, float]) -> _Built:
    made = solver.model()
    country = made.country
    chosen = _candidates(place, country)
    travel = question.aim == "travel"
    reach = TRAVEL_REACH if travel else float(made.decay.reach)
    near = _around(country, chosen, reach)
    times = travel_times(
        country.lon[chosen],
        country.lat[chosen],
        country.road_factor[chosen],
        max_minutes=reach,
        dest_lon=country.lon[near],
        dest_lat=country.lat[near],
        dest_factor=country.road_factor[near],
        reachable_group=country.land_group[chosen],
        dest_group=country.land_group[near],
    )
    if made.roads is not None:
        times = made.roads.corrected(times, chosen, near, reach)
    origins = times.origins()
    same = chosen[origins] == near[times.indices]
    inside = made.self_minutes[chosen[origins]]
    if made.roads is not None:
        inside = np.where(made.roads.has_inside()[chosen[origins]], times.minutes, inside)
    minutes = np.where(same, inside, times.minutes)
    weights = made.decay.weights(minutes)
    in_reach = np.bincount(origins, weights * made.demand[near[times.indices]], minlength=len(chosen))
    per_day = solver.consultations_per_year(1.0, values["visits_per_day"], values["weeks_per_year"])
    each = np.divide(per_day, in_reach, out=np.zeros_like(in_reach), where=in_reach > 0)
    shape = (len(chosen), len(near))
    effects = sparse.csr_array((weights * each[origins], times.indices, times.indptr), shape=shape)
    matrix = sparse.csr_array((minutes, times.indices, times.indptr), shape=shape)
    kept = np.isin(near, chosen) if travel else np.bincount(times.indices, weights, len(near)) > 0
    points = near[kept]
    effects, matrix = effects[:, kept], matrix[:, kept]
    problem = siting.SitingProblem(
        aim=AIMS[question.aim],
        population=country.population[points],
        demand=made.demand[points],
        baseline=made.baseline[points],
        priority=_priority(country, points),
        effects=None if travel else effects,
        minutes=matrix,
        budget_days=question.days,
        max_days=MAX_DAYS_PER_SITE,
        max_sites=question.max_sites,
        max_minutes=question.max_minutes,
        threshold=values["apl_threshold"],
    )
    if travel:
        problem = replace(
            problem, current_minutes=_minutes_today(country, points), unserved_minutes=TRAVEL_REACH
        )
    if question.fair:
        groups = {name: rank for rank, name in enumerate(sorted(set(country.epci.tolist())))}
        problem = replace(
            problem,
            group=np.array([groups[name] for name in country.epci[points].tolist()], dtype=np.int64),
            candidate_group=np.array(
                [groups[name] for name in country.epci[chosen].tolist()], dtype=np.int64
            ),
            fairness=siting.Fairness(min_group_days=1.0),
        )
    return _Built(problem, chosen, points, country, made.baseline)


def _priority(country: National, points: NDArray[np.int64]) -> Floats:
    """From 0.5 to 1.5: half, plus the mean rank of the commune on the five criteria of fragility (0 to 1)."""
    ranks = landscape(country).communes.fragility[points]
    known = np.isfinite(ranks)
    count = known.sum(axis=1)
    mean = np.divide(
        np.where(known, ranks, 0.0).sum(axis=1), count, out=np.full(len(points), 0.5), where=count > 0
    )
    scale = 100.0 if known.any() and float(np.nanmax(ranks)) > 1.5 else 1.0
    return np.clip(0.5 + mean / scale, 0.5, 1.5)


def _minutes_today(country: National, points: NDArray[np.int64]) -> Floats:
    if country.gp_is_modelled:
        return np.full(len(points), np.nan)
    found = nearest_doctor(country, points, country.gp, within=TRAVEL_REACH)
    found[country.gp[points] >= COUNTED_DOCTORS] = 0.0
    return np.where(np.isfinite(found), found, np.nan)


def _plan(
    place: Place,
    question: Question,
    built: _Built,
    result: siting.SitingResult,
    further: tuple[FurtherDay, ...],
    values: dict[str, float],
) -> SitingPlan:
    country = built.country
    where = {int(rank): k for k, rank in enumerate(built.points.tolist())}
    sites = []
    for k in result.sites.tolist():
        rank = int(built.candidates[k])
        at = where.get(rank)
        sites.append(
            ProposedSite(
                str(country.codes[rank]),
                text.curly(str(country.names[rank])),
                float(result.days[k]),
                float(country.population[rank]),
                _known(built.before[rank]),
                _known(result.scores[at]) if at is not None and question.aim != "travel" else None,
            )
        )
    sites.sort(key=lambda site: (-site.days, site.code))
    return SitingPlan(
        question=question,
        place=place,
        status=str(result.status),
        sites=tuple(sites),
        objective=float(result.objective),
        before=float(result.baseline_objective),
        bound=float(result.bound),
        gap=float(result.gap),
        further=further,
        reasons=tuple(
            Reason(reason.code, reason.message.replace("groupes", "intercommunalités"))
            for reason in result.reasons
        ),
        candidates=len(built.candidates),
        people=float(country.population[built.points].sum()),
        people_below=float(
            country.population[built.points][built.before[built.points] < values["apl_threshold"]].sum()
        ),
        unknown=result.excluded_points,
        threshold=values["apl_threshold"],
        modelled=solver.model().baseline_is_modelled,
        seconds=float(result.seconds),
        visits_per_day=values["visits_per_day"],
    )


def _known(value: Any) -> float | None:
    return round(float(value), 3) if math.isfinite(value) else None


def plan_to_dict(plan: SitingPlan) -> dict[str, Any]:
    """Stable JSON: question, territory, plan, how sure, further days."""
    return {
        "territory": {"kind": str(plan.place.kind.value), "code": plan.place.code, "name": plan.place.name},
        "question": {
            "days_per_week": plan.question.days,
            "aim": plan.question.aim,
            "max_minutes": plan.question.max_minutes,
            "max_sites": plan.question.max_sites,
            "fair_between_epci": plan.question.fair,
            "visits_per_day": plan.visits_per_day,
            "threshold": plan.threshold,
        },
        "modelled": plan.modelled,
        "status": plan.status,
        "unit": AIM_UNITS[plan.question.aim],
        "before": _finite(plan.before),
        "objective": _finite(plan.objective),
        "bound": _finite(plan.bound),
        "gap": _finite(plan.gap),
        "sites": [
            {
                "commune": site.code,
                "name": site.name,
                "days_per_week": site.days,
                "population": site.population,
                "apl_before": site.before,
                "apl_after": site.after,
            }
            for site in plan.sites
        ],
        "further_days": [{"days": d.days, "objective": d.total, "gain": d.gain} for d in plan.further],
        "reasons": [{"code": reason.code, "message": reason.message} for reason in plan.reasons],
        "candidates": plan.candidates,
        "people_in_reach": plan.people,
        "people_below_threshold": plan.people_below,
        "communes_without_apl": plan.unknown,
        "seconds": round(plan.seconds, 3),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
