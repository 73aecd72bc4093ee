"""Faults of the database that pass by themselves: too many writers at once, a deadlock broken, a restart.

They are told apart from our own mistakes (a missing table, a bad statement), which stay errors 500.
"""

from __future__ import annotations

from django.db import DataError, InterfaceError, OperationalError, connection

RETRY_AFTER_SECONDS = 5
BUSY_MESSAGE = (
    "Trop de personnes écrivent en même temps, ou la base de données redémarre. "
    "Votre demande n’a pas abouti : réessayez dans quelques secondes."
)
# PostgreSQL: serialization failure, deadlock broken, lock not available, statement cancelled by a time limit.
_PASSING_STATES = {"40001", "40P01", "55P03", "57014"}
# Connection lost or refused, resources exhausted, server stopping or starting.
_PASSING_CLASSES = ("08", "53", "57P")
_SQLITE_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


def is_passing_fault(error: BaseException) -> bool:
    """True when the same request may well succeed in a few seconds, nothing having been written."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    cause = error.__cause__
    name = getattr(cause, "sqlite_errorname", None)
    if name is not None:
        return str(name).startswith(_SQLITE_BUSY)
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return state in _PASSING_STATES or str(state).startswith(_PASSING_CLASSES)
    if connection.vendor == "sqlite":
        return "locked" in str(error)
    # Without a state, PostgreSQL did not even answer.
    return True


def is_unreadable_text(error: BaseException) -> bool:
    """True for the NUL character, the only one that PostgreSQL cannot store: nobody types it, a program sent it."""
    return isinstance(error, DataError) and "NUL (0x00)" in str(error)
