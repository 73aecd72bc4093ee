"""`releve bench nrp FILE...`: public shift-scheduling instances, beside a plain CP-SAT model and a plain HiGHS model.

    releve bench nrp ../shared/benchmarks/curtois_qu/Instance*.txt --seconds 60 --json

Files in the text format of Curtois and Qu (2014). When a `best_known.csv` (instance, best_known) lies beside a file, the
gap to it is told. Every roster is checked, and its penalty recomputed, by code that shares nothing with the solvers.
Single runs, one after the other; ours uses one thread, CP-SAT `--workers`.
"""

from __future__ import annotations

import csv
import json
import os
import platform
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--seconds", type=float, default=60.0, show_default=True, help="Temps permis à chaque calcul.")
@click.option("--seed", type=int, default=0, show_default=True, help="Graine.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Fils de CP-SAT.")
@click.option("--peers/--no-peers", default=True, show_default=True, help="Mesurer CP-SAT et HiGHS à côté.")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def nrp(files: tuple[Path, ...], seconds: float, seed: int, workers: int, peers: bool, as_json: bool) -> None:
    """Instances publiques de Curtois et Qu\u00a0: notre moteur, CP-SAT seul, HiGHS seul."""
    rows = [_measure(path, seconds, seed, workers, peers) for path in files]
    gaps = [
        row["ours"]["gap_to_best_known"] for row in rows if row["ours"].get("gap_to_best_known") is not None
    ]
    result = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "seconds": seconds,
        "instances": rows,
        "proven": sum(row["ours"]["proven"] for row in rows),
        "mean_gap_to_best_known": round(sum(gaps) / len(gaps), 5) if gaps else None,
    }
    click.echo(json.dumps(result, ensure_ascii=False, indent=2) if as_json else _table(result))


def _measure(path: Path, seconds: float, seed: int, workers: int, peers: bool) -> dict[str, Any]:
    from releve.engines.rostering import InvalidInstance, Stop
    from releve.engines.rostering.nrp import penalty, read, solve, violations

    from . import _rostering_models

    try:
        instance = read(path.read_text(encoding="utf-8", errors="replace"))
    except InvalidInstance as error:
        raise click.ClickException(f"{path.name}\u00a0: {error}") from None
    best = _best_known(path)
    answer = solve(instance, Stop(seconds), seed=seed)
    ours: dict[str, Any] = {
        "seconds": round(answer.seconds, 2),
        "penalty": answer.penalty,
        "bound": answer.bound,
        "gap": round(answer.gap, 5),
        "proven": str(answer.status) == "optimal",
        "columns": answer.columns,
    }
    if answer.roster is not None:
        ours["violations"] = len(violations(instance, answer.roster))
        if penalty(instance, answer.roster) != answer.penalty or ours["violations"]:
            raise click.ClickException(f"{path.name}\u00a0: le contrôle indépendant contredit le moteur.")
    row: dict[str, Any] = {"instance": path.stem, "best_known": best, "ours": ours}
    if peers:
        row["cp_sat"] = _rostering_models.cp_sat(instance, seconds, seed, workers)
        row["highs"] = _rostering_models.highs(instance, seconds, seed)
    for name in ("ours", "cp_sat", "highs"):
        if best and row.get(name, {}).get("penalty") is not None:
            row[name]["gap_to_best_known"] = round((row[name]["penalty"] - best) / best, 5)
    return row


def _best_known(path: Path) -> int | None:
    table = path.parent / "best_known.csv"
    if not table.is_file():
        return None
    with table.open(encoding="utf-8") as lines:
        known = {row["instance"]: int(row["best_known"]) for row in csv.DictReader(lines)}
    return known.get(path.stem)


def _table(result: dict[str, Any]) -> str:
    lines = [f"{'instance':<12}{'connu':>8}{'nous':>8}{'borne':>8}{'s':>7}{'CP-SAT':>9}{'HiGHS':>9}"]
    for row in result["instances"]:
        ours = row["ours"]
        peers = [str(row.get(name, {}).get("penalty", "-")) for name in ("cp_sat", "highs")]
        lines.append(
            f"{row['instance']:<12}{row['best_known'] or '-':>8}{ours['penalty'] or '-':>8}{ours['bound']:>8}"
            f"{ours['seconds']:>7}{peers[0]:>9}{peers[1]:>9}"
        )
    return "\n".join(lines)


def add_to(group: click.Group) -> None:
    group.add_command(nrp)
