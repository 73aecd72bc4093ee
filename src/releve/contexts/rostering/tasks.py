"""Periodic work of the roster, called by the worker."""

from __future__ import annotations

from datetime import timedelta

from releve.kernel import clock
from releve.kernel.audit import SYSTEM

from . import services


def mark_past_shifts_held() -> int:
    """Confirmed shifts that have ended become held, whatever the time zone of their site. Returns how
    many."""
    now = clock.now()
    # `day` is local: in the Pacific it runs up to a day ahead of UTC. What decides is the end of the shift.
    return services.mark_held(day=now.date() + timedelta(days=1), by=SYSTEM, now=now)
