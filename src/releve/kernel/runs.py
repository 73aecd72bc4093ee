"""Every engine execution and long import is a Run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .models import Run


def start_run(
    kind: str,
    *,
    now: datetime,
    code_version: str,
    parameters: dict[str, Any] | None = None,
    seed: int | None = None,
    inputs_sha256: str = "",
    vintages: dict[str, Any] | None = None,
) -> Run:
    return Run.objects.create(
        kind=kind,
        started_at=now,
        code_version=code_version,
        parameters=parameters or {},
        seed=seed,
        inputs_sha256=inputs_sha256,
        vintages=vintages or {},
    )


def finish_run(run: Run, *, now: datetime, result: dict[str, Any], status: str = "done") -> Run:
    run.finished_at, run.result, run.status = now, result, status
    run.save(update_fields=["finished_at", "result", "status"])
    return run
