"""Django's SQLite backend in which writers queue for their turn instead of sleeping on SQLite's lock.

SQLite lets one transaction write at a time. Left to itself, whoever finds the lock taken sleeps and tries again, ever
longer (up to a tenth of a second): two processes that write all the time spend most of it asleep, and some threads wait
for seconds while others pass them. Here a thread first takes its turn in its process, then the process takes its turn
among those of this machine (a lock on a file beside the database, which the system releases if the process dies). SQLite's
own lock stays the guarantee; this is about who waits, and how long.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from threading import Lock
from typing import Any

from django.db.backends.sqlite3 import base

# Long enough to cost nothing, short beside a booking (a few milliseconds).
_LOOK_AGAIN_SECONDS = 0.0003


class _Turn:
    """The right of this process to write in one database; held by one thread at a time."""

    def __init__(self, path: str) -> None:
        self._thread = Lock()
        self._path = path
        self._file: int | None = None

    def take(self, seconds: float) -> bool:
        """False after `seconds`: SQLite itself is asked then, and answers "database is locked" if it must."""
        deadline = time.monotonic() + seconds
        if not self._thread.acquire(timeout=seconds):
            return False
        if not self._path:
            return True
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            while True:
                try:
                    fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return True
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(_LOOK_AGAIN_SECONDS)
        except OSError:
            # A folder that only SQLite may write, or a file system without locks: its own lock is enough.
            return True
        self._thread.release()
        return False

    def give(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_UN)
        self._thread.release()

    def forget(self) -> None:
        """In a process just forked: neither the lock nor the open file of the parent are ours."""
        self._thread = Lock()
        if self._file is not None:
            os.close(self._file)
            self._file = None


_turns: dict[str, _Turn] = {}


def _forget_turns() -> None:
    for turn in _turns.values():
        turn.forget()


os.register_at_fork(after_in_child=_forget_turns)


def _turn_of(name: object) -> _Turn:
    """One per database of the process. A database in memory belongs to one process."""
    path = "" if ":memory:" in str(name) or "mode=memory" in str(name) else f"{name}-turn"
    return _turns.setdefault(path, _Turn(path))


class DatabaseWrapper(base.DatabaseWrapper):
    """One per thread. `_turn`: the turn that this thread holds, if it does."""

    _turn: _Turn | None = None

    def _start_transaction_under_autocommit(self) -> None:
        turn = _turn_of(self.settings_dict["NAME"])
        if turn.take(self.settings_dict.get("OPTIONS", {}).get("timeout", 5)):
            self._turn = turn
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_turn()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _give_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.give()
