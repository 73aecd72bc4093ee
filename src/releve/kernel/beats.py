"""Signs of life that background workers leave (kernel.health reads them)."""

from __future__ import annotations

from datetime import datetime

from .models import WorkerBeat


def record_beat(name: str, *, now: datetime) -> None:
    """Worker `name` is alive at `now` (one UPDATE; an INSERT the first time)."""
    if not WorkerBeat.objects.filter(name=name).update(beat_at=now):
        WorkerBeat.objects.update_or_create(name=name, defaults={"beat_at": now})


def forget_worker(name: str) -> None:
    """A worker that stops cleanly takes its sign away, so that /healthz tells the truth at once."""
    WorkerBeat.objects.filter(name=name).delete()
