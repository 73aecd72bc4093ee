"""`releve bench ...`: every module of `benchmarks/` adds its own sub-command with `add_to(group)`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

from releve.config.env import SettingError

FOLDER = Path(__file__).resolve().parents[3] / "benchmarks"


class BenchGroup(click.Group):
    """Finds the modules when asked, so that nothing is imported by `releve --help`."""

    _loaded = False

    def _load(self) -> None:
        if self._loaded:
            return
        if not FOLDER.is_dir():
            raise SettingError("Le dossier benchmarks/ est absent : lancez depuis une copie du dépôt.")
        sys.path.insert(0, str(FOLDER.parent))
        for path in sorted(FOLDER.glob("*.py")):
            if path.name.startswith("_"):
                continue
            add_to = getattr(importlib.import_module(f"benchmarks.{path.stem}"), "add_to", None)
            if add_to is not None:
                add_to(self)
        self._loaded = True

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self._load()
        return super().get_command(ctx, cmd_name)


@click.group(cls=BenchGroup)
def bench() -> None:
    """Mesures de la plateforme, sur la base choisie par DATABASE_URL."""
