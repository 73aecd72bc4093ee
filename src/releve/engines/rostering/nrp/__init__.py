"""Public shift-scheduling instances of Curtois and Qu: read, check, solve with a bound. docs/algorithms/rostering.md."""

from .instance import Instance, penalty, read, violations
from .solver import NrpResult, solve

__all__ = ["Instance", "NrpResult", "penalty", "read", "solve", "violations"]
