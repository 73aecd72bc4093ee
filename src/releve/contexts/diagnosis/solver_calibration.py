"""Fits the accessibility model on the loaded statistics and measures its error on what it has not seen."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from releve.contexts.territory.models import CommuneFigures
from releve.contexts.territory.national import National, national
from releve.engines.accessibility import calibration as engine
from releve.engines.accessibility.validation import ErrorRow, ValidationReport
from releve.kernel.errors import Unavailable

from .calibration import FILE, decay_to_json

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

# The copy of the 2017 count of facilities lacks Paris and the overseas départements: what lies around Paris would
# seem deprived of its doctors.
_INCOMPLETE_2017 = frozenset({"75", "77", "78", "91", "92", "93", "94", "95"})
# Fewer communes than that cannot be a second country to fit on.
ENOUGH = 1000
QUANTILES = (0.5, 0.75, 0.8, 0.9, 0.95)


def _silent(stage: str, done: int, total: int) -> None:
    """Progress for callers who show none."""


def _numbered(values: NDArray[np.str_]) -> tuple[list[str], NDArray[np.int64]]:
    names, ranks = np.unique(values, return_inverse=True)
    return names.tolist(), ranks.astype(np.int64)


def _inputs(
    country: National, gps: Floats, year: int, used: NDArray[np.bool_] | None = None
) -> engine.CalibrationInputs:
    return engine.CalibrationInputs(
        lon=country.lon,
        lat=country.lat,
        factor=country.road_factor,
        population=country.population,
        age_shares=country.age_shares,
        gps=gps,
        published=country.apl_history[:, country.apl_years.index(year)],
        departement=_numbered(country.departement)[1],
        block=_numbered(country.epci)[1],
        surface_km2=country.surface_km2,
        group=country.land_group,
        used=used,
    )


def _require(country: National) -> int:
    """The year to fit on. Raises Unavailable saying which statistics miss."""
    missing = []
    if country.apl_year is None:
        missing.append("l’APL publiée")
    if country.gp_is_modelled:
        missing.append("les médecins par commune")
    if not np.isfinite(country.age_shares).any():
        missing.append("les âges")
    if not np.isfinite(country.surface_km2).any():
        missing.append("les surfaces")
    if missing or country.apl_year is None:
        raise Unavailable(
            f"Le calage demande des statistiques qui ne sont pas chargées : {', '.join(missing)}. Définissez "
            "RELEVE_DATA_DIR, puis lancez « releve data import ».",
            code="no-statistics",
        )
    return country.apl_year


def calibrate(*, progress: Progress = _silent) -> dict[str, Any]:
    """Fit on the latest published year, validate on held-out EPCI, other years and changes; JSON-ready.

    Validations: `held_out` (communes of EPCI kept aside in turn), `year_<y>` (the constants, unchanged, on an
    earlier year), and, when counts of 2017 are loaded, `held_out_2017` and `independent` (fitted on 2017, judged
    on 2017 and on the latest year) and `change` (published change since 2017 against the modelled one).
    """
    country = national()
    year = _require(country)
    gps = np.where(country.gp > 0, country.gp, 0.0)
    inputs = _inputs(country, gps, year)
    progress("Calage sur l’APL publiée", 0, 4)
    found = engine.fit(inputs, age_coefficients=country.age_weights)
    progress("Validation sur les intercommunalités mises de côté", 1, 4)
    reports = {
        "held_out": (
            f"Communes d’intercommunalités mises de côté tour à tour, APL {year}",
            country.apl_history[:, country.apl_years.index(year)],
            engine.validate(found, inputs),
        )
    }
    progress("Validation sur une autre année", 2, 4)
    earlier = [y for y in country.apl_years if year - 2 <= y < year]
    for other in earlier:
        reports[f"year_{other}"] = (
            f"APL {other}, constantes de {year} inchangées",
            country.apl_history[:, country.apl_years.index(other)],
            engine.validate_year(found, _inputs(country, gps, other)),
        )
    progress("Validation sur 2017 et sur l’évolution", 3, 4)
    since = _since_2017(country, found, inputs, year, gps)
    reports |= since["reports"]
    names = _numbered(country.departement)[0]
    return {
        "decay": decay_to_json(found.decay),
        "trials": _trials(found),
        "in_2017": since["fit"],
        "age_strength": found.age_strength,
        "self_share": found.self_share,
        "consultations_per_gp": round(found.national, 1),
        "attached": round(found.attached, 1),
        "background": round(found.background, 4),
        "by_departement": {
            name: round(float(value), 1)
            for name, value in zip(names, found.consultations_per_gp, strict=True)
            if name
        },
        "apl_year": year,
        "communes": found.n_places,
        "vintages": _vintages(country),
        "validations": {
            key: _validation(title, published, report, country)
            for key, (title, published, report) in reports.items()
        },
    }


def _trials(found: engine.Calibration) -> list[dict[str, Any]]:
    return [
        {
            "decay": decay_to_json(trial.decay),
            "held_out_r": round(trial.held_out_r, 4),
            "held_out_mae": round(trial.held_out_mae, 4),
        }
        for trial in found.trials
    ]


def _since_2017(
    country: National, fitted: engine.Calibration, now: engine.CalibrationInputs, year: int, gps: Floats
) -> dict[str, Any]:
    """An independent fit (other counts of doctors, other year), judged today and on the change; empty without 2017.

    `fit`: what it found. `reports`: key -> (title, published figures, report).
    """
    nothing: dict[str, Any] = {"fit": None, "reports": {}}
    if 2017 not in country.apl_years or year <= 2017:
        return nothing
    counts = dict(
        CommuneFigures.objects.filter(gp_facilities__isnull=False).values_list("commune_id", "gp_facilities")
    )
    facilities = np.array([counts.get(code, math.nan) for code in country.codes.tolist()], dtype=np.float64)
    used = np.isfinite(facilities) & ~np.isin(country.departement, sorted(_INCOMPLETE_2017))
    used &= np.char.str_len(country.departement) == 2
    if used.sum() < ENOUGH:
        return nothing
    before, after = _inputs(country, facilities, 2017, used), _inputs(country, gps, year, used)
    then = engine.fit(before, age_coefficients=country.age_weights)
    published = country.apl_history[:, country.apl_years.index(year)]
    start = country.apl_history[:, country.apl_years.index(2017)]
    reports: dict[str, tuple[str, Floats, ValidationReport]] = {
        "held_out_2017": (
            "Communes d’intercommunalités mises de côté tour à tour, APL 2017 et médecins de 2017",
            start,
            engine.validate(then, before),
        ),
        "year_2017": (
            f"APL 2017 et médecins de 2017, constantes de {year} inchangées",
            start,
            engine.validate_year(fitted, before),
        ),
        "independent": (
            f"APL {year}, constantes de 2017 inchangées",
            published,
            engine.validate_year(then, after),
        ),
        "change": (
            f"Évolution de 2017 à {year}, modélisée et publiée",
            published - start,
            engine.validate_change(then, before, after),
        ),
    }
    fit = {
        "decay": decay_to_json(then.decay),
        "trials": _trials(then),
        "consultations_per_gp": round(then.national, 1),
        "communes": then.n_places,
    }
    return {"fit": fit, "reports": reports}


def _vintages(country: National) -> dict[str, str]:
    used = ("apl", "gp_estimate", "share_65_plus", "surface_km2", "road_factor")
    found = {}
    for column in used:
        origin = country.origin(column)
        if origin is not None:
            found[origin.slug] = origin.vintage
    return found


def _validation(title: str, published: Floats, report: ValidationReport, country: National) -> dict[str, Any]:
    error = np.abs(report.modelled - published)
    return {
        "title": title,
        "overall": _row(report.overall, error),
        "by_density": [
            _row(row, error[(country.density >= row.low) & (country.density < row.high)])
            for row in report.by_density
        ],
    }


def _row(row: ErrorRow, error: Floats) -> dict[str, Any]:
    known = error[np.isfinite(error)]
    quantiles = {f"{q:g}": _kept(float(np.quantile(known, q)) if known.size else math.nan) for q in QUANTILES}
    return {
        "low": row.low,
        "high": _kept(row.high),
        "communes": row.n,
        "population": round(row.population),
        "r": _kept(row.r),
        "weighted_r": _kept(row.weighted_r),
        "mae": _kept(row.mae),
        "weighted_mae": _kept(row.weighted_mae),
        "bias": _kept(row.bias),
        "quantiles": quantiles,
        "mae_of_mean": _kept(row.mae_of_mean),
    }


def _kept(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None


def write_constants(found: dict[str, Any], path: Path = FILE) -> Path:
    """Keep the constants where `calibration.constants` reads them: a file of the code, to be reviewed and committed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
