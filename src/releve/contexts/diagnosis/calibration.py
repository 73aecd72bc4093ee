"""The calibrated constants of the accessibility model, kept in `data/calibration.json`. Pure but for that reading.

Written by `releve territory calibrate --write`; method: docs/algorithms/accessibility.md.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from releve.engines.accessibility import Decay, Gaussian, Linear, PiecewiseLinear, SmoothedSteps, Steps

FILE: Final = Path(__file__).parent / "data" / "calibration.json"
MARGIN: Final = 0.8  # part of the places whose error is within the margin


@dataclass(frozen=True)
class ErrorClass:
    """Errors of the modelled APL in one class of density (`low` <= inhabitants per km² < `high`).

    `quantiles`: absolute errors not exceeded by 50, 75, 80, 90 and 95 % of the communes. `mae_of_mean`: error of
    saying the mean everywhere.
    """

    low: float
    high: float
    communes: int
    population: float
    r: float
    weighted_r: float
    mae: float
    weighted_mae: float
    bias: float
    quantiles: dict[str, float]
    mae_of_mean: float

    @property
    def margin(self) -> float:
        return self.quantiles[f"{MARGIN:g}"]


@dataclass(frozen=True)
class Validation:
    """How the model did on communes, or a year, that it was not fitted on."""

    title: str
    overall: ErrorClass
    by_density: tuple[ErrorClass, ...]


@dataclass(frozen=True)
class Constants:
    """What the model needs. `vintages`: of the data it was fitted on. `consultations_per_gp`: a year, of a doctor
    who comes or leaves; `attached` and `by_departement` are those of the level model, with `background`
    consultations a year per standardised inhabitant found everywhere.
    """

    decay: Decay
    age_strength: float
    self_share: float
    consultations_per_gp: float
    attached: float
    background: float
    by_departement: dict[str, float]
    apl_year: int
    communes: int
    vintages: dict[str, str]
    validations: dict[str, Validation]

    def margin(self, density: float) -> float:
        """Half-width of the 80 % interval of a modelled APL where there are `density` inhabitants per km²."""
        held_out = self.validations["held_out"]
        for row in held_out.by_density:
            if row.low <= density < row.high and row.communes and math.isfinite(row.margin):
                return row.margin
        return held_out.overall.margin


_KINDS: Final[dict[str, type[Any]]] = {
    kind.__name__: kind for kind in (Steps, SmoothedSteps, Linear, Gaussian, PiecewiseLinear)
}
_ARGUMENTS: Final = {
    "Steps": {"bounds": "bounds", "weights": "step_weights"},
    "SmoothedSteps": {"bounds": "bounds", "weights": "step_weights", "sigma": "sigma"},
    "Linear": {"end": "end", "flat": "flat"},
    "Gaussian": {"sigma": "sigma", "end": "end"},
    "PiecewiseLinear": {"bounds": "bounds", "weights": "knot_weights"},
}


def decay_to_json(decay: Decay) -> dict[str, Any]:
    kind = type(decay).__name__
    return {"kind": kind, **{name: getattr(decay, field) for name, field in _ARGUMENTS[kind].items()}}


def decay_from_json(value: dict[str, Any]) -> Decay:
    found: Decay = _KINDS[value["kind"]](**{name: value[name] for name in _ARGUMENTS[value["kind"]]})
    return found


def from_json(value: dict[str, Any]) -> Constants:
    return Constants(
        decay=decay_from_json(value["decay"]),
        age_strength=value["age_strength"],
        self_share=value["self_share"],
        consultations_per_gp=value["consultations_per_gp"],
        attached=value["attached"],
        background=value["background"],
        by_departement=value["by_departement"],
        apl_year=value["apl_year"],
        communes=value["communes"],
        vintages=value["vintages"],
        validations={key: _validation(v) for key, v in value["validations"].items()},
    )


def _validation(value: dict[str, Any]) -> Validation:
    rows = tuple(_error_class(row) for row in value["by_density"])
    return Validation(value["title"], _error_class(value["overall"]), rows)


def _error_class(value: dict[str, Any]) -> ErrorClass:
    # JSON has neither infinity nor NaN.
    filled: dict[str, Any] = {
        k: (math.nan if v is None else v) for k, v in value.items() if k not in ("high", "quantiles")
    }
    high = math.inf if value["high"] is None else value["high"]
    quantiles = {k: (math.nan if v is None else v) for k, v in value["quantiles"].items()}
    return ErrorClass(high=high, quantiles=quantiles, **filled)


@cache
def constants() -> Constants:
    """The constants in force, those of the file of this version of the code."""
    return from_json(json.loads(FILE.read_text(encoding="utf-8")))
