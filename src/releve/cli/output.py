"""What commands show: progress bars for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

console = Console(stderr=True, highlight=False)


def setup_django() -> None:
    """Load settings and applications; called inside each command that needs them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "releve.config.settings")
    import django

    django.setup()


def say(text: str) -> None:
    # A terminal folds long lines by itself; in a log, a line stays a line.
    console.print(text, soft_wrap=True)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


class Report:
    """The `progress` given to long work: `progress("Communes", 1200, 34969)`; counts may be left out."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._label = ""
        self._task: Any = None

    def __call__(self, *args: Any, **_: Any) -> None:
        labels = [a for a in args if isinstance(a, str)]
        counts = [a for a in args if isinstance(a, int | float)]
        label = labels[0] if labels else self._label
        done = counts[0] if counts else 0
        total = counts[1] if len(counts) > 1 else None
        if label != self._label:
            self._finish()
            self._label = label
            if self._bar is None:
                say(f"  {label}…")
            else:
                self._task = self._bar.add_task(label, total=total)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)

    def _finish(self) -> None:
        if self._bar is not None and self._task is not None:
            task = next(t for t in self._bar.tasks if t.id == self._task)
            total = task.total or task.completed or 1
            self._bar.update(self._task, completed=total, total=total)


@contextmanager
def progress() -> Iterator[Report]:
    """Bars on a terminal, one plain line per step elsewhere (logs, continuous integration)."""
    if not sys.stderr.isatty():
        yield Report(None)
        return
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        report = Report(bar)
        yield report
        report._finish()
