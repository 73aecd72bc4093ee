"""Django's SQLite backend in which the threads of one process queue for the write lock.

SQLite lets one transaction write at a time. Left to itself, a thread that finds the lock taken sleeps and tries again,
ever longer: with sixteen threads some wait for seconds while others pass them. Here a thread first takes its turn in the
process, so that SQLite only ever arbitrates between processes. Its own lock stays the guarantee; this is about fairness.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from django.db.backends.sqlite3 import base

_turn = Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """One per thread. `_holds_turn`: this thread is the one of the process that may write."""

    _holds_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        # After the time-out, SQLite itself is asked, and answers "database is locked" if it must.
        self._holds_turn = _turn.acquire(timeout=self.settings_dict.get("OPTIONS", {}).get("timeout", 5))
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
        if self._holds_turn:
            self._holds_turn = False
            _turn.release()
