"""Computations of the whole country, kept as a `Run`: what they read, with which settings, what they found.

`releve territory run`: the modelled access beside the published one, where one more day a week would help most,
and the best single place within reach of every commune.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import numpy as np
from scipy import sparse

from releve.contexts.diagnosis import parameters, solver, text
from releve.engines import siting
from releve.kernel import clock, runs
from releve.kernel.errors import Invalid, Unavailable

Progress = Callable[..., None]
KIND: Final = "territory-national"
TOP: Final = 50
STEPS: Final = 5
MIN_RADIUS, MAX_RADIUS = 5.0, 30.0


def _silent(*_: Any) -> None:
    """Progress for callers who show none."""


def run_national(
    *, days: float = 1.0, radius_minutes: float = 20.0, now: datetime, progress: Progress = _silent
) -> dict[str, Any]:
    """Compute, store the `Run`, and return its result with `run` (its number), `parameters` and `vintages`.

    `days`: weekly days opened at each commune alone. Raises Invalid for an impossible number, Unavailable when the
    communes are not loaded.
    """
    if not (math.isfinite(days) and 0 < days <= 7):
        raise Invalid("Le nombre de jours par semaine va de 0,5 à 7.", code="bad-days", field="days")
    if not (math.isfinite(radius_minutes) and MIN_RADIUS <= radius_minutes <= MAX_RADIUS):
        raise Invalid(
            f"Le rayon va de {MIN_RADIUS:.0f} à {MAX_RADIUS:.0f} minutes de route.",
            code="bad-minutes",
            field="radius_minutes",
        )
    begun = time.perf_counter()
    progress("Données nationales", 0, STEPS)
    made = solver.model()
    if not len(made.country):
        raise Unavailable(
            "Les communes ne sont pas chargées\u00a0: lancez «\u00a0releve data import\u00a0».",
            code="no-reference",
        )
    values = parameters.all_values(clock.local_day(now, "Europe/Paris"))
    settings = {
        "days_per_week": days,
        "radius_minutes": radius_minutes,
        "visits_per_day": values["visits_per_day"],
        "weeks_per_year": values["weeks_per_year"],
        "threshold": values["apl_threshold"],
        "road_times": "model" if made.roads is None else "file",
        "calibration": {
            "apl_year": made.constants.apl_year,
            "consultations_per_gp": made.constants.consultations_per_gp,
        },
    }
    run = runs.start_run(
        KIND,
        now=now,
        code_version=_code_version(),
        parameters=settings,
        inputs_sha256=inputs_digest(made),
        vintages=dict(made.country.vintages),
    )
    try:
        result = _compute(made, values, days, radius_minutes, progress)
    except BaseException:
        runs.finish_run(run, now=clock.now(), result={}, status="failed")
        raise
    result["seconds"] = round(time.perf_counter() - begun, 3)
    runs.finish_run(run, now=clock.now(), result=result)
    progress("Calcul national enregistré", STEPS, STEPS)
    return {
        "run": run.pk,
        "kind": KIND,
        "started_at": run.started_at.isoformat(),
        "code_version": run.code_version,
        "inputs_sha256": run.inputs_sha256,
        "parameters": run.parameters,
        "vintages": run.vintages,
        **result,
    }


def _code_version() -> str:
    try:
        return version("releve")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "inconnue"


def inputs_digest(made: solver.Model) -> str:
    """SHA-256 of every array that the run reads: equal inputs, equal digest."""
    country = made.country
    found = hashlib.sha256("|".join(country.codes.tolist()).encode())
    for array in (
        country.lat,
        country.lon,
        country.population,
        country.road_factor,
        country.land_group,
        country.gp,
        made.demand,
        made.baseline,
    ):
        found.update(np.ascontiguousarray(array).tobytes())
    if made.roads is not None:
        for part in (
            made.roads.named,
            made.roads.times.indptr,
            made.roads.times.indices,
            made.roads.times.minutes,
        ):
            found.update(np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


def _compute(
    made: solver.Model, values: dict[str, float], days: float, radius: float, progress: Progress
) -> dict[str, Any]:
    progress("Temps de route et accès modélisé", 1, STEPS)
    scores = solver.modelled_apl()
    agreement = _agreement(made, scores)
    progress("Effet d’une ouverture dans chaque commune", 2, STEPS)
    usual = {
        "visits_per_day": values["visits_per_day"],
        "weeks": values["weeks_per_year"],
        "threshold": values["apl_threshold"],
    }
    heat = solver.heat(days, **usual)
    effects = solver.effects(days, **usual)
    progress("Meilleur lieu à portée de chaque commune", 3, STEPS)
    places = _best_places(made, values, days, radius)
    progress("Résumé", 4, STEPS)
    country = made.country
    under = made.baseline < values["apl_threshold"]
    return {
        "communes": len(country),
        "modelled_baseline": made.baseline_is_modelled,
        "people_under_threshold": round(float(country.population[under].sum())),
        "model_against_published": agreement,
        "help_most": _top(made, heat, effects),
        "best_place_in_radius": places,
    }


def _agreement(made: solver.Model, scores: Any) -> dict[str, Any] | None:
    """How the model alone compares with published figures (in sample: the held-out errors are in the calibration)."""
    if made.baseline_is_modelled:
        return None
    known = np.isfinite(scores) & np.isfinite(made.baseline)
    error = scores[known] - made.baseline[known]
    return {
        "communes": int(known.sum()),
        "correlation": round(float(np.corrcoef(scores[known], made.baseline[known])[0, 1]), 4),
        "mean_absolute_error": round(float(np.abs(error).mean()), 4),
        "bias": round(float(error.mean()), 4),
        "within_half": round(float((np.abs(error) <= 0.5).mean()), 4),
    }


def _top(made: solver.Model, heat: Any, effects: Any) -> list[dict[str, Any]]:
    country = made.country
    order = np.argsort(-np.nan_to_num(heat, nan=-1.0), kind="stable")[:TOP]
    return [
        {
            "commune": str(country.codes[rank]),
            "name": text.curly(str(country.names[rank])),
            "departement": str(country.departement[rank]),
            "population": round(float(country.population[rank])),
            "apl": _kept(made.baseline[rank]),
            "visits_to_people_below": round(float(heat[rank]), 1),
            "people_above": round(float(effects.people_above[rank])),
            "best_gain": _kept(effects.best_gain[rank]),
        }
        for rank in order.tolist()
        if heat[rank] > 0
    ]


def _best_places(made: solver.Model, values: dict[str, float], days: float, radius: float) -> dict[str, Any]:
    country = made.country
    by_site = made.weights().by_destination()
    in_reach = made.weights().over_origins(made.demand)
    per_day = solver.consultations_per_year(1.0, values["visits_per_day"], values["weeks_per_year"])
    each = np.divide(per_day, in_reach, out=np.zeros_like(in_reach), where=in_reach > 0)
    shape = (len(country), len(country))
    effects = sparse.csr_array(
        (by_site.values * np.repeat(each, np.diff(by_site.indptr)), by_site.indices, by_site.indptr),
        shape=shape,
    )
    times = solver.times_within(radius)
    problem = siting.SitingProblem(
        aim=siting.Aim.PRIORITY_VISITS,
        population=country.population,
        demand=made.demand,
        baseline=made.baseline,
        threshold=values["apl_threshold"],
        effects=effects,
        minutes=sparse.csr_array((times.minutes, times.indices, times.indptr), shape=shape),
        budget_days=days,
        step=0.5,
    )
    found = siting.best_single_places(problem, days=days, radius_minutes=radius)
    chosen = found.best_candidate
    useful = (chosen >= 0) & (np.nan_to_num(found.best_value) > 0)
    names, counts = np.unique(chosen[useful], return_counts=True)
    order = np.lexsort((names, -counts))[:TOP]
    return {
        "radius_minutes": radius,
        "communes_with_a_place": int(useful.sum()),
        "communes_best_served_by_another": int((useful & (chosen != np.arange(len(country)))).sum()),
        "distinct_places": len(names),
        "chosen_most": [
            {
                "commune": str(country.codes[names[k]]),
                "name": text.curly(str(country.names[names[k]])),
                "chosen_by": int(counts[k]),
                "visits_to_people_below": round(float(found.values[names[k]]), 1),
            }
            for k in order.tolist()
        ],
    }


def _kept(value: Any) -> float | None:
    return round(float(value), 4) if math.isfinite(value) else None
