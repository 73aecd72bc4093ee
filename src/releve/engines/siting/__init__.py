"""Where to open and how many days each: pure engine, specified in docs/algorithms/siting.md.

`solve` answers the question of a territory; `best_single_places` feeds the heat map; `marginal_values` says what each
further day adds; `p_median` and `max_cover` are the classical problems, matrix in, sites and certified bound out.
"""

from .coverage import CoverResult, max_cover
from .errors import (
    InvalidParameter,
    MissingInput,
    NegativeInput,
    NotFinite,
    ShapeMismatch,
    SitingError,
)
from .places import MarginalCurve, SinglePlaces, best_single_places, marginal_values
from .pmedian import PMedianResult, p_median
from .problem import Aim, Fairness, SitingProblem
from .result import Reason, SitingResult, Status
from .solver import solve

__all__ = [
    "Aim",
    "CoverResult",
    "Fairness",
    "InvalidParameter",
    "MarginalCurve",
    "MissingInput",
    "NegativeInput",
    "NotFinite",
    "PMedianResult",
    "Reason",
    "ShapeMismatch",
    "SinglePlaces",
    "SitingError",
    "SitingProblem",
    "SitingResult",
    "Status",
    "best_single_places",
    "marginal_values",
    "max_cover",
    "p_median",
    "solve",
]
