"""Reads of dated parameters with their past and their future, for the page that changes them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from ..models import Parameter
from ..parameters import PARAMETERS, InForce, ParameterSpec, in_force


@dataclass(frozen=True)
class ParameterHistory:
    """A parameter: its value of today, and every value ever dated, the last first."""

    current: InForce
    rows: tuple[Parameter, ...]

    @property
    def spec(self) -> ParameterSpec:
        return self.current.spec


def parameter_histories(on: date) -> list[ParameterHistory]:
    """Every parameter in the order of `PARAMETERS`, with who added each value (two statements)."""
    rows: dict[str, list[Parameter]] = defaultdict(list)
    for row in (
        Parameter.objects.filter(key__in=PARAMETERS).select_related("created_by").order_by("-starts_on")
    ):
        rows[row.key].append(row)
    return [ParameterHistory(current, tuple(rows[current.key])) for current in in_force(on)]
