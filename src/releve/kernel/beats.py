"""Signs of life of background workers, read by /healthz and `releve doctor`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max

from .models import WorkerBeat

# A worker beats every 5 s; one pass of messages may keep it busy for 20 s, one purge somewhat longer.
OK_FOR = timedelta(seconds=45)
ABSENT_AFTER = timedelta(minutes=10)


def record_beat(name: str, *, now: datetime) -> None:
    """Worker `name` is alive at `now` (one UPDATE; an INSERT the first time)."""
    if not WorkerBeat.objects.filter(name=name).update(beat_at=now):
        WorkerBeat.objects.update_or_create(name=name, defaults={"beat_at": now})


def forget_worker(name: str) -> None:
    """A worker that stops cleanly takes its sign away, so that /healthz tells the truth at once."""
    WorkerBeat.objects.filter(name=name).delete()


def last_beat() -> datetime | None:
    """Instant of the most recent sign of any worker, None when there is none."""
    return WorkerBeat.objects.aggregate(last=Max("beat_at"))["last"]


def worker_state(*, now: datetime) -> str:
    """`ok` (a worker gave a sign in the last 45 s), `late` (in the last 10 min) or `absent`."""
    last = last_beat()
    if last is None or now - last > ABSENT_AFTER:
        return "absent"
    return "ok" if now - last <= OK_FOR else "late"
