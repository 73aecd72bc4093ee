"""Who consults where and when: pure engine, specified in docs/algorithms/rostering.md.

`solve` staffs a period and proves how good the roster is; `check_edit` says what a manual edit breaks; `replan` repairs
after a cancellation with the fewest moves; `explain` and `conflict` say why a need is empty or a month impossible;
`nrp` solves the public shift-scheduling instances of Curtois and Qu.
"""

from .check import Edit, check_edit, check_roster
from .costs import Entry
from .errors import InvalidInstance, InvalidParameter, InvalidProblem, RosteringError, SolverMissing
from .parameters import Level, Parameters, Rule, Stop
from .problem import Assignment, Half, Need, Practitioner, Problem, Published, Site
from .result import Broken, Result, Status, Unfilled
from .solver import solve

__all__ = [
    "Assignment",
    "Broken",
    "Edit",
    "Entry",
    "Half",
    "InvalidInstance",
    "InvalidParameter",
    "InvalidProblem",
    "Level",
    "Need",
    "Parameters",
    "Practitioner",
    "Problem",
    "Published",
    "Result",
    "RosteringError",
    "Rule",
    "Site",
    "SolverMissing",
    "Status",
    "Stop",
    "Unfilled",
    "check_edit",
    "check_roster",
    "solve",
]
