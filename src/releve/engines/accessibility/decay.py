"""Decays: the weight of a visit, between 0 and 1 as a rule, as a function of the minutes needed to make it.

Each is a frozen dataclass with `weights(minutes)` (same shape, float64) and `reach`, the minutes beyond which the
weight is zero. All are non-increasing. Formulas and sources: docs/algorithms/accessibility.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from .errors import InvalidDecay

Floats = NDArray[np.float64]


@runtime_checkable
class Decay(Protocol):
    @property
    def reach(self) -> float:
        """Minutes beyond which every weight is zero."""

    def weights(self, minutes: ArrayLike) -> Floats:
        """Weight of each travel time, same shape."""


def _increasing(bounds: tuple[float, ...]) -> None:
    if not bounds:
        raise InvalidDecay("Une décroissance a besoin d’au moins une borne de temps.")
    if not all(np.isfinite(b) and b >= 0 for b in bounds):
        raise InvalidDecay("Les bornes d’une décroissance sont des minutes, finies et positives.")
    if any(b <= a for a, b in pairwise(bounds)):
        raise InvalidDecay("Les bornes d’une décroissance doivent croître.")


def _not_rising(weights: tuple[float, ...]) -> None:
    if not all(np.isfinite(w) and w >= 0 for w in weights):
        raise InvalidDecay("Les poids d’une décroissance sont positifs ou nuls.")
    if any(b > a for a, b in pairwise(weights)):
        raise InvalidDecay("Les poids d’une décroissance ne remontent pas avec le temps.")
    if weights[0] == 0:
        raise InvalidDecay("Le premier poids d’une décroissance ne peut pas être nul.")


@dataclass(frozen=True)
class Steps:
    """`weights[k]` up to and including `bounds[k]` minutes, zero after the last bound (Luo and Qi 2009)."""

    bounds: tuple[float, ...]
    step_weights: tuple[float, ...]

    def __init__(self, bounds: ArrayLike, weights: ArrayLike) -> None:
        object.__setattr__(self, "bounds", tuple(float(b) for b in np.atleast_1d(np.asarray(bounds, float))))
        object.__setattr__(
            self, "step_weights", tuple(float(w) for w in np.atleast_1d(np.asarray(weights, float)))
        )
        if len(self.bounds) != len(self.step_weights):
            raise InvalidDecay("Il faut un poids par borne.")
        _increasing(self.bounds)
        _not_rising(self.step_weights)

    @property
    def reach(self) -> float:
        return max(b for b, w in zip(self.bounds, self.step_weights, strict=True) if w > 0)

    def weights(self, minutes: ArrayLike) -> Floats:
        minutes = np.asarray(minutes, dtype=np.float64)
        # A few comparisons over the whole array run several times faster than a binary search per value.
        result = np.zeros(minutes.shape)
        falls = np.diff([*self.step_weights, 0.0])
        if len(self.bounds) > 8:
            table = np.array([*self.step_weights, 0.0])
            return np.asarray(table[np.searchsorted(self.bounds, minutes, side="left")])
        result = np.where(minutes <= self.bounds[-1], self.step_weights[-1], 0.0)
        for bound, weight, fall in zip(
            self.bounds[-2::-1], self.step_weights[-2::-1], falls[-2::-1], strict=True
        ):
            if fall:
                result[minutes <= bound] = weight
        return result


@dataclass(frozen=True)
class Linear:
    """1 up to `flat` minutes, then a straight fall to 0 at `end`."""

    end: float
    flat: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.end) and np.isfinite(self.flat) and 0 <= self.flat < self.end):
            raise InvalidDecay("Une décroissance linéaire va d’un plateau positif à une fin plus lointaine.")

    @property
    def reach(self) -> float:
        return self.end

    def weights(self, minutes: ArrayLike) -> Floats:
        minutes = np.asarray(minutes, dtype=np.float64)
        return np.clip((self.end - minutes) / (self.end - self.flat), 0.0, 1.0)


@dataclass(frozen=True)
class Gaussian:
    """`exp(-t² / (2 sigma²))` up to and including `end` minutes, zero after (sigma and end in minutes)."""

    sigma: float
    end: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.sigma) and self.sigma > 0 and np.isfinite(self.end) and self.end > 0):
            raise InvalidDecay("Une décroissance gaussienne a besoin d’un sigma et d’une fin positifs.")

    @property
    def reach(self) -> float:
        return self.end

    def weights(self, minutes: ArrayLike) -> Floats:
        minutes = np.asarray(minutes, dtype=np.float64)
        result = np.exp(-(minutes**2) / (2.0 * self.sigma**2))
        result[minutes > self.end] = 0.0
        return np.asarray(result)


@dataclass(frozen=True)
class PiecewiseLinear:
    """Straight lines between the points (`bounds[k]`, `weights[k]`), continuous; the last weight must be 0.

    Before the first bound the weight is the first one. With bounds (0, 10, 15, 20): a continuous APL decay.
    """

    bounds: tuple[float, ...]
    knot_weights: tuple[float, ...]

    def __init__(self, bounds: ArrayLike, weights: ArrayLike) -> None:
        object.__setattr__(self, "bounds", tuple(float(b) for b in np.atleast_1d(np.asarray(bounds, float))))
        object.__setattr__(
            self, "knot_weights", tuple(float(w) for w in np.atleast_1d(np.asarray(weights, float)))
        )
        if len(self.bounds) != len(self.knot_weights):
            raise InvalidDecay("Il faut un poids par borne.")
        _increasing(self.bounds)
        _not_rising(self.knot_weights)
        if self.knot_weights[-1] != 0:
            raise InvalidDecay("Le dernier poids d’une décroissance continue est nul.")

    @property
    def reach(self) -> float:
        return self.bounds[self.knot_weights.index(0.0)]

    def weights(self, minutes: ArrayLike) -> Floats:
        return np.asarray(
            np.interp(np.asarray(minutes, dtype=np.float64), self.bounds, self.knot_weights), dtype=np.float64
        )


@dataclass(frozen=True)
class SmoothedSteps:
    """Mean of `Steps` over a normal error of `sigma` minutes on the travel time: what steps become when times are modelled.

    w(t) = sum_k (w_k - w_k+1) Phi((b_k - t) / sigma), zero from the last bound + 1.645 sigma on (where one true time
    in twenty would still be inside).
    """

    bounds: tuple[float, ...]
    step_weights: tuple[float, ...]
    sigma: float

    def __init__(self, bounds: ArrayLike, weights: ArrayLike, sigma: float) -> None:
        steps = Steps(bounds, weights)
        object.__setattr__(self, "bounds", steps.bounds)
        object.__setattr__(self, "step_weights", steps.step_weights)
        object.__setattr__(self, "sigma", float(sigma))
        if not (np.isfinite(self.sigma) and self.sigma > 0):
            raise InvalidDecay(
                "L’erreur de temps d’une décroissance lissée est un nombre positif de minutes."
            )

    @property
    def reach(self) -> float:
        return Steps(self.bounds, self.step_weights).reach + 1.645 * self.sigma

    @property
    def falls(self) -> tuple[float, ...]:
        """Fall of the weight at each bound."""
        return tuple(-float(f) for f in np.diff([*self.step_weights, 0.0]))

    def weights(self, minutes: ArrayLike) -> Floats:
        minutes = np.asarray(minutes, dtype=np.float64)
        result = np.zeros(minutes.shape)
        for bound, fall in zip(self.bounds, self.falls, strict=True):
            if fall:
                result += fall * ndtr((bound - minutes) / self.sigma)
        return np.where(minutes > self.reach, 0.0, result)


# Steps of the recast APL, from memory and supported by published figures: for times of a real road network.
APL_STEPS = Steps((10.0, 15.0, 20.0), (1.0, 2.0 / 3.0, 1.0 / 3.0))
# The same under the error of the road model, fitted: for modelled times (docs/algorithms/accessibility.md).
APL_MODELLED = SmoothedSteps(APL_STEPS.bounds, APL_STEPS.step_weights, 2.5)
# Published weights of the first APL (Barlet et al. 2012).
APL_2012 = Steps((5.0, 10.0, 15.0), (1.0, 0.3, 0.1))

KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (Steps, Linear, Gaussian, PiecewiseLinear, SmoothedSteps)
}


def as_dict(decay: Decay) -> dict[str, Any]:
    """A decay as plain values (JSON), to be stored with a run."""
    name = type(decay).__name__
    if name not in KINDS:
        raise InvalidDecay(f"« {name} » n’est pas une décroissance connue.")
    plain = {key: list(v) if isinstance(v, tuple) else v for key, v in vars(decay).items()}
    if "step_weights" in plain or "knot_weights" in plain:
        plain["weights"] = plain.pop("step_weights", None) or plain.pop("knot_weights", None)
    return {"kind": name, **plain}


def from_dict(plain: Mapping[str, Any]) -> Decay:
    """Inverse of `as_dict`. InvalidDecay when the kind is unknown or the values do not fit it."""
    values = dict(plain)
    name = str(values.pop("kind", ""))
    if name not in KINDS:
        raise InvalidDecay(f"« {name} » n’est pas une décroissance connue.")
    try:
        found: Decay = KINDS[name](**values)
    except TypeError as error:
        raise InvalidDecay(f"Les valeurs d’une décroissance « {name} » ne conviennent pas.") from error
    return found
