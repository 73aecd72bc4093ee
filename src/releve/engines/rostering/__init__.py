"""Who consults where and when: pure engine, specified in docs/algorithms/rostering.md.

`solve` staffs a period and proves how good the roster is; `check_edit` says what a manual edit breaks; `replan` repairs
after a cancellation with the fewest moves; `why_empty`, `why_unused` and `conflict` say why a need is empty, somebody
holds nothing or a month is impossible; `scheme_problem` makes up a month of the State scheme;
`nrp` solves the public shift-scheduling instances of Curtois and Qu.
"""

from . import nrp
from .check import Edit, check_edit, check_roster
from .costs import Entry
from .errors import InvalidInstance, InvalidParameter, InvalidProblem, RosteringError, SolverMissing
from .explain import Conflict, Way, WhyEmpty, WhyUnused, conflict, why_empty, why_unused
from .parameters import Level, Parameters, Rule, Stop
from .problem import Assignment, Half, Need, Practitioner, Problem, Published, Site
from .replanning import Replan, replan
from .result import Broken, Result, Status, Unfilled
from .scheme import scheme_problem
from .solver import solve

__all__ = [
    "Assignment",
    "Broken",
    "Conflict",
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
    "Replan",
    "Result",
    "RosteringError",
    "Rule",
    "Site",
    "SolverMissing",
    "Status",
    "Stop",
    "Unfilled",
    "Way",
    "WhyEmpty",
    "WhyUnused",
    "check_edit",
    "check_roster",
    "conflict",
    "nrp",
    "replan",
    "scheme_problem",
    "solve",
    "why_empty",
    "why_unused",
]
