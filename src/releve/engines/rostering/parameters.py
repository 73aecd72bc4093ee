"""How to solve: what is wanted in which order, and when to stop."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from .errors import InvalidParameter


class Rule(enum.StrEnum):
    """Every rule by its name, hard ones first."""

    AVAILABILITY = "availability"
    QUALIFICATION = "qualification"
    PAPERS = "papers"
    REACH = "reach"
    FIXED_DAYS = "fixed_days"
    LODGING_NEEDED = "lodging_needed"
    TWO_PLACES = "two_places"
    HALF_DAY_TRAVEL = "half_day_travel"
    MONTHLY_CAP = "monthly_cap"
    WEEK_DAYS = "week_days"
    REST = "rest"
    ROOMS = "rooms"
    SUPERVISION = "supervision"
    SEATS = "seats"
    PINNED = "pinned"
    SITE_MINIMUM = "site_minimum"
    NEED = "need"
    LAST_RESORT = "last_resort"
    CHANGES = "changes"
    FAIR_SITES = "fair_sites"
    FAIR_DOCTORS = "fair_doctors"
    TRAVEL = "travel"
    LODGING = "lodging"
    CONTINUITY = "continuity"
    PREFERENCES = "preferences"
    ISOLATION = "isolation"


class Level(enum.StrEnum):
    """Aims, the most important first in the default order. Each is minimised once those before it are settled."""

    MINIMUM = "minimum"
    FILLED = "filled"
    LAST_RESORT = "last_resort"
    CHANGES = "changes"
    FAIRNESS = "fairness"
    COMFORT = "comfort"


@dataclass(frozen=True)
class Parameters:
    """Weights are whole numbers, in points of the `comfort` aim unless said otherwise.

    between_halves_minutes: longest way between the morning and the afternoon place of the same day.
    supervision_minutes: longest way between a supervised practitioner and a supervisor who holds a shift elsewhere.
    travel_step: minutes of one-way travel that cost one point. lodging_points: far and nowhere to sleep.
    continuity_points: for a practitioner who has not lately been at the site. preference_points: for each step under
    the best preference (+3). isolation_points: alone although they would rather not be.
    site_steps: points of fairness from an empty site to a full one, divided by the priority of the site.
    disabled: rules left out, for what-if questions. method: "auto", "network", "exact" or "large".
    exact_assignments: above this number of possible assignments, "auto" repairs and improves instead of one programme.
    """

    levels: tuple[Level, ...] = tuple(Level)
    between_halves_minutes: float = 45.0
    supervision_minutes: float = 30.0
    travel_step: float = 5.0
    lodging_points: int = 6
    continuity_points: int = 4
    preference_points: int = 2
    isolation_points: int = 5
    site_steps: int = 20
    disabled: frozenset[Rule] = frozenset()
    backend: str = "auto"
    method: str = "auto"
    exact_assignments: int = 12_000

    def __post_init__(self) -> None:
        if len(set(self.levels)) != len(self.levels) or not self.levels:
            raise InvalidParameter("The aims are a list without repetition.")
        if self.backend not in ("auto", "ortools", "highs"):
            raise InvalidParameter("backend: auto, ortools or highs.")
        if self.method not in ("auto", "network", "exact", "large"):
            raise InvalidParameter("method: auto, network, exact or large.")
        points = (self.lodging_points, self.continuity_points, self.preference_points, self.isolation_points)
        if min(points) < 0 or self.site_steps < 0 or not self.travel_step > 0:
            raise InvalidParameter("Points are whole numbers, never negative.")

    def on(self, rule: Rule) -> bool:
        return rule not in self.disabled


@dataclass(frozen=True)
class Stop:
    """seconds: wall clock. gap: relative, on the first aim that is not proven. asked: called often; True = stop now."""

    seconds: float = 60.0
    gap: float = 0.0
    asked: Callable[[], bool] | None = None

    def __post_init__(self) -> None:
        if not self.seconds > 0 or self.gap < 0:
            raise InvalidParameter("A stop needs a time above zero and a gap of zero or more.")
