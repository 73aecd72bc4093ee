"""Is the platform alive: does the database answer, does a background worker give signs of life."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.models import Max

from .models import WorkerBeat

# A worker beats every few seconds; past the first silence messages are late, past the second nobody sends them.
OK_FOR = timedelta(seconds=45)
ABSENT_AFTER = timedelta(minutes=10)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return False
    return True


def last_beat() -> datetime | None:
    """Latest sign of life of any worker, None when there never was one (or no table yet)."""
    try:
        return WorkerBeat.objects.aggregate(at=Max("beat_at"))["at"]
    except DatabaseError:
        return None


def worker_state(*, now: datetime) -> str:
    """`ok` (a sign in the last 45 s), `late` (10 min) or `absent`."""
    beat = last_beat()
    if beat is None or now - beat > ABSENT_AFTER:
        return "absent"
    return "ok" if now - beat <= OK_FOR else "late"
