"""Log lines without secrets nor personal data.

Django logs the address of every refused request and the traceback of every crash. Our addresses hold secrets (the link of
an appointment, a hold, a calendar, an invitation, a new password), and a database error repeats the values it refused.
"""

from __future__ import annotations

import logging
import re

HIDDEN = "…"
# /rdv/<secret>/..., /reservation/<secret>/..., the same in the API, calendars, invitations, new passwords.
_SECRET_IN_ADDRESS = re.compile(
    r"(/(?:rdv|reservation|reservations|calendriers|invitation|holds|appointments|mot-de-passe/oublie)/)"
    r"[^/\s?\"']+"
)
_QUERY = re.compile(r"(/[^\s?\"']*\?)[^\s\"']+")
# PostgreSQL: « DETAIL:  Key (...)=(...) already exists. », « Failing row contains (...). », « CONTEXT: ... ».
_DATABASE_VALUES = re.compile(r"(?m)^(\s*(?:DETAIL|CONTEXT|LINE \d+):).*$(?:\n\s*\^.*$)?")


def without_secrets(text: str) -> str:
    """`text` with the secret part of our addresses, query strings and values quoted by the database hidden."""
    text = _SECRET_IN_ADDRESS.sub(rf"\1{HIDDEN}", text)
    text = _QUERY.sub(rf"\1{HIDDEN}", text)
    return _DATABASE_VALUES.sub(rf"\1 {HIDDEN}", text)


class PrivateFormatter(logging.Formatter):
    """Hides after everything has been put together, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))
