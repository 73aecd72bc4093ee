"""Costly computations take turns: so many at a time in one process, a few waiting, the others told to come back.

Without it, strangers who ask for what takes seconds would hold every thread of the server, and nobody could book.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Final

from .errors import Unavailable

RETRY_AFTER: Final = 10  # seconds


class Turns:
    """`at_once` computations at a time, at most `waiting` callers kept for `seconds` at the door.

    One per kind of computation, made at import: it counts for this process only.
    """

    def __init__(self, *, at_once: int = 1, waiting: int = 2, seconds: float = 4.0) -> None:
        self._free = BoundedSemaphore(at_once)
        self._waiting = waiting
        self._seconds = seconds
        self._door = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, then hold it. Raises Unavailable (`busy`, details["retry_after"])."""
        if not self._free.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._free.release()

    def _wait(self) -> None:
        with self._door:
            if self._waiting <= 0:
                raise _busy()
            self._waiting -= 1
        try:
            if not self._free.acquire(timeout=self._seconds):
                raise _busy()
        finally:
            with self._door:
                self._waiting += 1


def _busy() -> Unavailable:
    return Unavailable(
        "D’autres calculs longs sont en cours. Recommencez dans quelques secondes\u00a0: rien de ce que vous avez saisi "
        "n’est perdu.",
        code="busy",
        details={"retry_after": RETRY_AFTER},
    )
