"""`releve bench accessibility`: floating catchment scores of the whole country, beside the peers that are installed.

    releve bench accessibility [--runs 5] [--cells 2300000] [--skip blocks] [--json]
    python benchmarks/accessibility.py    # the same

Places: `communes.parquet` of RELEVE_DATA_DIR, else the communes of the configured database (the result says which). All
pairs within 30 km; the same pairs, demand and supply for every peer, in the same run. Peers (requirements/bench.lock)
that are not installed are reported as absent. Every part runs in a process of its own, so that peak memory is its own.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("national", "growth", "changes", "access", "dense", "blocks")


def run_part(name: str, **options: Any) -> dict[str, Any]:
    """Figures of one part, or why it failed."""
    command = [sys.executable, "-m", "benchmarks._accessibility_parts", name, json.dumps(options)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return dict(json.loads(line.removeprefix("RESULT ")))
    last = (done.stderr.strip() or f"arrêt {done.returncode}").splitlines()[-1]
    return {"failed": last}


def aims(result: dict[str, Any]) -> list[dict[str, Any]]:
    """What must hold, and what was seen."""
    rows: list[dict[str, Any]] = []

    def row(name: str, seen: Any, limit: float, *, least: bool = False) -> None:
        if seen is not None:
            rows.append(
                {
                    "aim": name,
                    "limit": limit,
                    "seen": seen,
                    "reached": seen >= limit if least else seen <= limit,
                }
            )

    national, peer = result.get("national", {}), result.get("access", {})
    row("score, ms", national.get("score_ms"), 25)
    row("coordinates to scores, SciPy, ms", national.get("coordinates_ms"), 1500)
    row("coordinates to scores, compiled, ms", national.get("compiled_ms"), 100)
    row("compiled apart from SciPy", national.get("compiled_apart"), 1e-12)
    row("peak memory, MiB", national.get("peak_mib"), 1024)
    row("E2SFCA, times faster than access", peer.get("e2sfca", {}).get("times_faster"), 500, least=True)
    row("2SFCA, times faster than access", peer.get("2sfca", {}).get("times_faster"), 20, least=True)
    for method in ("e2sfca", "2sfca", "3sfca"):
        row(f"{method} apart from access", peer.get(method, {}).get("apart"), 1e-12)
    change = result.get("changes", {})
    row("local effect, ms", change.get("local_effect_ms"), 50)
    row("opening at every commune, APL, ms", change.get("apl_20_min", {}).get("with_weights_ms"), 200)
    row(
        "opening at every commune, all pairs, ms",
        change.get("all_pairs_30_km", {}).get("every_commune_ms"),
        200,
    )
    dask = result.get("blocks", {}).get("dask")
    row(
        "blocks on Dask apart from one machine",
        dask.get("apart_from_whole") if isinstance(dask, dict) else None,
        1e-9,
    )
    return rows


def run_all(
    runs: int, peer_runs: int, cells: int, workers: int, dense_size: int, skip: set[str]
) -> dict[str, Any]:
    """Every figure, in the form that `--json` prints."""
    result: dict[str, Any] = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "runs": runs,
    }
    if "national" not in skip:
        result["national"] = run_part("national", runs=runs)
    if "growth" not in skip:
        result["growth"] = [run_part("national", runs=runs, share=share) for share in (0.1, 1 / 3)]
        if "national" in result:
            result["growth"].append(result["national"])
    if "changes" not in skip:
        result["changes"] = run_part("changes", runs=runs)
    if "access" not in skip:
        result["access"] = run_part("access", runs=peer_runs) if find_spec("access") else {"absent": True}
    if "dense" not in skip:
        for module, peer in (("sdc_catchment", "sdc-catchment"), ("gasfca", "gasfca")):
            here = find_spec(module) is not None
            result[peer] = run_part("dense", peer=peer, size=dense_size) if here else {"absent": True}
    if "blocks" not in skip:
        result["blocks"] = run_part("blocks", cells=cells, workers=workers)
    result["aims"] = aims(result)
    return result


def as_text(result: dict[str, Any]) -> str:
    lines = [
        f"Python {result['python']}, {result['cpus']} cœurs, charge {result['load_average']:.1f}, "
        f"médiane de {result['runs']} passages"
    ]
    for name, figures in result.items():
        if isinstance(figures, dict):
            lines.append(f"{name} : " + json.dumps(figures, ensure_ascii=False))
        elif name == "growth":
            lines += ["croissance : " + json.dumps(row, ensure_ascii=False) for row in figures]
    lines.append("")
    for row in result["aims"]:
        mark = "✓" if row["reached"] else "✗"
        lines.append(f"{mark} {row['aim']:45}{row['seen']:>14.4g}   (but {row['limit']:g})")
    return "\n".join(lines)


@click.command()
@click.option("--runs", type=click.IntRange(1, 50), default=5, show_default=True, help="Passages (médiane).")
@click.option(
    "--peer-runs", type=click.IntRange(1, 10), default=1, show_default=True, help="Passages des pairs lents."
)
@click.option(
    "--cells", type=click.IntRange(10_000), default=2_300_000, show_default=True, help="Points de la grille."
)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processus Dask.")
@click.option(
    "--dense-size", type=click.IntRange(100), default=8000, show_default=True,
    help="Communes données aux pairs à matrice pleine.",
)  # fmt: skip
@click.option("--skip", type=click.Choice(PARTS), multiple=True, help="Partie à laisser de côté.")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def accessibility(
    runs: int, peer_runs: int, cells: int, workers: int, dense_size: int, skip: tuple[str, ...], as_json: bool
) -> None:
    """Accessibilité de toute la France : notes, changements, pairs installés, grille par blocs."""
    result = run_all(runs, peer_runs, cells, workers, dense_size, set(skip))
    click.echo(json.dumps(result, ensure_ascii=False, indent=2) if as_json else as_text(result))


def add_to(group: click.Group) -> None:
    group.add_command(accessibility)


if __name__ == "__main__":
    accessibility()
