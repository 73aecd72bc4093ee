"""What this browser's session remembers of its own bookings: the choices made, and the link once confirmed.

Never a name, a date of birth or a phone: only what allows going back, choosing again, or pressing a button twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

from django.http import HttpRequest

_KEY = "releve_bookings"
_KEPT = 6


@dataclass
class Remembered:
    """`back`: address where a time is chosen. `manage_token`: link of the appointment once confirmed."""

    back: str = ""
    for_relative: bool = False
    known: bool | None = None
    manage_token: str = ""


def _name(hold_token: str) -> str:
    return hashlib.sha256(hold_token.encode()).hexdigest()[:32]


def recall(request: HttpRequest, hold_token: str) -> Remembered | None:
    """None in another browser than the one that chose the time."""
    kept = request.session.get(_KEY, {}).get(_name(hold_token))
    return Remembered(**kept) if kept else None


def remember(request: HttpRequest, hold_token: str, what: Remembered) -> None:
    kept = dict(request.session.get(_KEY, {}))
    kept.pop(_name(hold_token), None)
    kept[_name(hold_token)] = asdict(what)
    request.session[_KEY] = dict(list(kept.items())[-_KEPT:])


def remember_confirmed(request: HttpRequest, hold_token: str, manage_token: str) -> None:
    what = recall(request, hold_token) or Remembered()
    what.manage_token = manage_token
    remember(request, hold_token, what)
