"""The answer, and how sure it is."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from .problem import Floats, Ints


class Status(enum.StrEnum):
    """`optimal`: proven within the wanted gap. `feasible`: best found, with a certified bound. `infeasible`: none."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True)
class Reason:
    """Why nothing satisfies the limits: a stable code and a French sentence; `group` when it is about one group."""

    code: str
    message: str
    group: int | None = None


@dataclass(frozen=True, eq=False)
class SitingResult:
    """days: (n_c,) weekly days at each candidate; those that would change nothing to the aim stay in the budget.
    scores: (n_d,) new scores, NaN where the baseline is unknown. nearest_minutes: (n_d,) minutes to the nearest open
    site, NaN when there is none or no matrix was given.
    objective, baseline_objective, bound: in the unit of the aim, NaN when no point is counted.
    people_above_threshold: inhabitants, those who already were included; highest_minimum: consultations a year;
    priority_visits: weighted visits gained a year (baseline 0); travel: minutes per inhabitant.
    bound: no plan can do better. gap: distance between objective and bound, as a share of the best possible gain over
    the baseline (of the objective itself for `travel`).
    excluded_points: points left out because their score is unknown. unreachable_points: points in need that no
    candidate can change. iterations: nodes or steps, whichever the method counts.
    """

    status: Status
    days: Floats
    objective: float
    baseline_objective: float
    bound: float
    gap: float
    scores: Floats
    nearest_minutes: Floats
    seconds: float
    iterations: int
    method: str
    excluded_points: int = 0
    unreachable_points: int = 0
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def sites(self) -> Ints:
        """Open candidates, in their order."""
        return (self.days > 0).nonzero()[0]

    @property
    def gain(self) -> float:
        """How much better than opening nothing, never negative in the unit of the aim."""
        return abs(self.objective - self.baseline_objective)
