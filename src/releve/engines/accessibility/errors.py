"""What this engine refuses. Messages are French sentences a person may read; attributes serve the programs."""

from __future__ import annotations


class AccessibilityError(ValueError):
    """Base of every refusal of the engine `accessibility`."""


class InvalidInput(AccessibilityError):
    """An array of the wrong length, a value that is not finite, a negative supply or demand."""


class InvalidDecay(AccessibilityError):
    """A decay that rises, is negative, or whose bounds are not increasing."""


class InvalidTimes(AccessibilityError):
    """A travel time that is negative or not a number, or an index out of range; `rows` holds the first faulty ones."""

    def __init__(self, message: str, rows: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.rows = rows


class DuplicatePairs(InvalidTimes):
    """The same (origin, destination) given twice; `pairs` holds the first ones."""

    def __init__(self, message: str, pairs: tuple[tuple[int, int], ...]) -> None:
        super().__init__(message)
        self.pairs = pairs


class MissingPairs(InvalidTimes):
    """Required (origin, destination) pairs absent from a matrix; `pairs` holds the first ones, `count` says how many."""

    def __init__(self, message: str, pairs: tuple[tuple[int, int], ...], count: int) -> None:
        super().__init__(message)
        self.pairs = pairs
        self.count = count


class NotConverged(AccessibilityError):
    """An iteration stopped before its tolerance."""
