"""`releve bench slots`: how fast free times are found in a database of national size.

151 zones, 755 sites, three months, about 200,000 shifts and 0.8 million visits' worth of time, half of it booked.
"""

from __future__ import annotations

import json
from typing import Any

import click

from . import _world


@click.command()
@click.option(
    "--scale", type=click.FloatRange(0.01, 1.0), default=1.0, show_default=True, help="Part du pays."
)
@click.option(
    "--queries",
    type=click.IntRange(20, 5000),
    default=300,
    show_default=True,
    help="Mesures de chaque sorte.",
)
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def slots(scale: float, queries: int, as_json: bool) -> None:
    """Recherche de créneaux à l’échelle du pays : p50 et p99, au niveau du service et par HTTP."""
    with _world.throwaway_database() as env:
        result = _world.run_child(
            "benchmarks._slots_run", ["--scale", str(scale), "--queries", str(queries)], env
        )
    click.echo(json.dumps(result, ensure_ascii=False, indent=2) if as_json else _table(result))


def _table(result: dict[str, Any]) -> str:
    size = result["size"]
    lines = [
        f"Base : {result['database']} — {size['sites']} lieux, {size['shifts']} vacations, "
        f"{size['appointments']} rendez-vous, {size['occupations']} lignes d’occupation "
        f"(construite en {result['build_s']} s)"
    ]
    for name, times in result["timings"].items():
        lines.append(f"{name:<44} p50 {times['p50_ms']:>7} ms   p99 {times['p99_ms']:>7} ms")
    return "\n".join(lines)


def add_to(group: click.Group) -> None:
    group.add_command(slots)
