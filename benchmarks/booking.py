"""`releve bench booking`: parallel clients chase the same slots through the HTTP API; nothing may be booked twice.

Beside it, in the same run: the raw rate of durable inserts of the very rows one booking writes, and the rate of the
booking service alone. Everything happens on a throw-away database of the engine chosen by DATABASE_URL.
"""

from __future__ import annotations

import json
from typing import Any

import click

from . import _world


@click.command()
@click.option(
    "--clients", type=click.IntRange(1, 512), default=64, show_default=True, help="Clients parallèles."
)
@click.option(
    "--slots", type=click.IntRange(10, 20000), default=1500, show_default=True, help="Horaires en jeu."
)
@click.option("--runs", type=click.IntRange(1, 20), default=3, show_default=True, help="Passages (médiane).")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def booking(clients: int, slots: int, runs: int, as_json: bool) -> None:
    """Réservations concurrentes : doublons (0 attendu), débits, temps de réponse, requêtes SQL."""
    with _world.throwaway_database() as env:
        result = _world.run_child(
            "benchmarks._booking_run",
            ["--clients", str(clients), "--slots", str(slots), "--runs", str(runs)],
            env,
        )
    click.echo(json.dumps(result, ensure_ascii=False, indent=2) if as_json else _table(result))
    if result["http_race"]["double_bookings"] or result["http_race"]["lost_confirmations"]:
        raise SystemExit(1)


def _table(result: dict[str, Any]) -> str:
    race, rate, once = result["http_race"], result["http_distinct"], result["http_one_request"]
    return "\n".join(
        [
            f"Base : {result['database']}",
            f"Course de {race['clients']} clients sur {race['slots']} horaires : {race['attempts']} essais, "
            f"{race['confirmed']} confirmés, {race['refused']} refusés, {race['double_bookings']} doublon(s)",
            f"  {race['confirmed_per_s']} réservations confirmées/s, retenue p50 {race['hold']['p50_ms']} ms, "
            f"p99 {race['hold']['p99_ms']} ms",
            f"Horaires distincts par HTTP, une requête : {once['confirmed_per_s']} réservations/s, "
            f"p50 {once['booking']['p50_ms']} ms, p99 {once['booking']['p99_ms']} ms",
            f"Horaires distincts par HTTP, deux requêtes (retenir, réserver) : {rate['confirmed_per_s']} "
            f"réservations/s, p50 {rate['booking']['p50_ms']} ms, p99 {rate['booking']['p99_ms']} ms",
            f"Service seul : {result['service_per_s']} réservations/s ({result['sql_per_booking']} requêtes SQL)",
            f"Insertions durables brutes des mêmes lignes : {result['raw_per_s']}/s "
            f"(service / brut : {result['service_over_raw']:.0%})",
        ]
    )


def add_to(group: click.Group) -> None:
    group.add_command(booking)
