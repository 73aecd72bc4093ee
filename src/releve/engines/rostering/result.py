"""The answer, and how sure it is."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .costs import Entry
from .parameters import Level, Rule
from .problem import Assignment


class Status(enum.StrEnum):
    """`optimal`: every aim proven. `feasible`: best found, with a certified bound."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"


@dataclass(frozen=True)
class Broken:
    """A rule that is not kept: by whom, at which need, with the figures for a sentence (`details`). needs: all the
    shifts that clash, when there are several. The French sentence belongs to who shows it."""

    rule: Rule
    practitioner: str | None = None
    need: str | None = None
    needs: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Unfilled:
    """Seats that nobody takes, `under_minimum` of them below the minimum."""

    need: str
    seats: int
    under_minimum: int


@dataclass(frozen=True)
class Result:
    """objective, bound: value of each aim, in order (lower is better); bound is None for an aim whose bound says
    nothing because an aim before it is not settled. gap: relative, on the first aim that is not settled (0.0 when all
    are). ledger: what each rule costs. broken: hard rules that pinned assignments break. method: network, exact, large.
    """

    status: Status
    assignments: tuple[Assignment, ...]
    objective: Mapping[Level, int]
    bound: Mapping[Level, int | None]
    gap: float
    ledger: tuple[Entry, ...]
    unfilled: tuple[Unfilled, ...]
    unused: tuple[str, ...]
    broken: tuple[Broken, ...]
    method: str
    backend: str
    seconds: float
    iterations: int
