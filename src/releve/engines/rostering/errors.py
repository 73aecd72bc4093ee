"""What the engine refuses. `code` is for programs; the message is for who wrote the call."""

from __future__ import annotations


class RosteringError(ValueError):
    """Any input that the engine cannot take."""

    code = "rostering_invalid"


class InvalidProblem(RosteringError):
    """Rows that contradict each other: an unknown identifier, a day outside the horizon, a matrix of a wrong shape."""

    code = "rostering_problem"


class InvalidParameter(RosteringError):
    """A parameter outside its domain."""

    code = "rostering_parameter"


class SolverMissing(RosteringError):
    """The optional solver that was asked for is not installed."""

    code = "rostering_solver_missing"


class InvalidInstance(RosteringError):
    """A text that is not a shift-scheduling instance of Curtois and Qu, with the line at fault."""

    code = "rostering_instance"
