"""`releve bench siting`: where to open, against the public instances and `spopt`.

    releve bench siting [--pmed DIR] [--mclp DIR] [--json]

Instances come from RELEVE_BENCH_DIR (folders `pmed` and `mclp`), communes from RELEVE_DATA_DIR; a part whose folder is
missing says so and the rest runs. `spopt` runs beside when it is installed in the same environment, one process for
each instance, with a time limit. Single runs where a run takes seconds; medians of `--runs` for the
p-median. `cpu_s` is the processor time of this process: steadier than the clock on a loaded machine.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

import click

SHARES = (0.1, 1 / 3, 1.0)
GAP = 0.005


@click.command()
@click.option("--pmed", type=click.Path(path_type=Path), help="Dossier des instances p-médian (OR-Library).")
@click.option(
    "--mclp", type=click.Path(path_type=Path), help="Dossier de l’instance de couverture (New York)."
)
@click.option("--runs", type=click.IntRange(1, 20), default=3, show_default=True, help="Passages (médiane).")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="Temps permis à chaque calcul.")
@click.option(
    "--peer-seconds", type=float, default=300.0, show_default=True, help="Temps permis à spopt par instance."
)
@click.option(
    "--peer-nodes", type=int, default=200, show_default=True, help="Taille maximale confiée à spopt."
)
@click.option(
    "--peer-solver",
    type=click.Choice(["highs", "cbc"]),
    default="highs",
    show_default=True,
    help="Solveur de spopt.",
)
@click.option("--peers/--no-peers", default=True, show_default=True, help="Mesurer spopt à côté.")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def siting(
    pmed: Path | None,
    mclp: Path | None,
    runs: int,
    seconds: float,
    peer_seconds: float,
    peer_nodes: int,
    peer_solver: str,
    peers: bool,
    as_json: bool,
) -> None:
    """Où ouvrir\u00a0: p-médian, couverture maximale, communes de France, et spopt à côté."""
    from . import _siting_peers

    bench = os.environ.get("RELEVE_BENCH_DIR")
    data = os.environ.get("RELEVE_DATA_DIR")
    pmed = pmed or (Path(bench) / "pmed" if bench else None)
    mclp = mclp or (Path(bench) / "mclp" if bench else None)
    version = _siting_peers.installed() if peers else None
    peer = {"solver": peer_solver, "seconds": peer_seconds, "nodes": peer_nodes, "on": version is not None}
    result: dict[str, Any] = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "spopt": version or ("not installed" if peers else "not asked"),
        "peer_solver": peer_solver,
        "p_median": _missing(pmed) or _medians(pmed, runs, seconds, peer),  # type: ignore[arg-type]
        "cover": _missing(mclp) or _new_york(mclp, seconds, peer),  # type: ignore[arg-type]
        "country": _missing(Path(data) if data else None) or _country(Path(data), seconds),  # type: ignore[arg-type]
    }
    click.echo(json.dumps(result, ensure_ascii=False, indent=2) if as_json else _table(result))


def _missing(folder: Path | None) -> dict[str, str] | None:
    if folder is not None and folder.is_dir():
        return None
    return {
        "skipped": "dossier absent" if folder else "dossier non donné (RELEVE_BENCH_DIR, RELEVE_DATA_DIR)"
    }


def _medians(folder: Path, runs: int, seconds: float, peer: dict[str, Any]) -> dict[str, Any]:
    from releve.engines.siting import p_median

    from . import _siting_instances, _siting_peers

    rows = []
    for instance in _siting_instances.medians(folder):
        times, used = [], []
        for _ in range(runs):
            begun, busy = time.perf_counter(), time.process_time()
            answer = p_median(instance.cost, instance.p, seconds=seconds)
            times.append(time.perf_counter() - begun)
            used.append(time.process_time() - busy)
        row: dict[str, Any] = {
            "instance": instance.name,
            "nodes": len(instance.cost),
            "p": instance.p,
            "seconds": round(statistics.median(times), 3),
            "cpu_s": round(statistics.median(used), 3),
            "objective": answer.objective,
            "bound": answer.bound,
            "status": str(answer.status),
            "published_optimum": instance.optimum,
            "agrees": answer.objective == instance.optimum,
        }
        if peer["on"] and len(instance.cost) <= peer["nodes"]:
            path = folder / f"{instance.name}.txt"
            row["spopt"] = _siting_peers.run("median", path, solver=peer["solver"], seconds=peer["seconds"])
            row["times_faster"] = _ratio(row["spopt"], row["seconds"])
        rows.append(row)
    return {
        "instances": rows,
        "proven": sum(row["status"] == "optimal" for row in rows),
        "seconds_together": round(sum(row["seconds"] for row in rows), 2),
        "cpu_s_together": round(sum(row["cpu_s"] for row in rows), 2),
    }


def _new_york(folder: Path, seconds: float, peer: dict[str, Any]) -> dict[str, Any]:
    from . import _siting_instances, _siting_peers

    instance = _siting_instances.new_york(folder)
    row = {"in_10_s": _cover(instance, 10.0, 0.0), "to_the_proof": _cover(instance, seconds, 0.0)}
    if peer["on"]:
        answer = _siting_peers.run("cover", folder, solver=peer["solver"], seconds=peer["seconds"])
        row["spopt"] = answer
        row["times_faster"] = _ratio(answer, row["to_the_proof"]["seconds"])  # type: ignore[assignment]
    return row


def _country(folder: Path, seconds: float) -> dict[str, Any]:
    from . import _siting_instances

    growth = []
    for share in SHARES:
        growth.append(_cover(_siting_instances.communes(folder, share=share), seconds, GAP))
    best = _cover(_siting_instances.communes(folder), seconds, 0.0)
    table_gib = best["points"] ** 2 * 8 / 2**30
    return {
        f"to_a_gap_of_{GAP:.1%}": growth,
        "best_in_the_time": best,
        "spopt": f"needs a whole table of distances: {table_gib:.0f} GiB at this size",
    }


def _cover(instance: Any, seconds: float, gap: float) -> dict[str, Any]:
    from releve.engines.siting import max_cover

    begun = time.perf_counter()
    covers = instance.covers()
    built = time.perf_counter() - begun
    busy = time.process_time()
    answer = max_cover(covers, instance.weights, instance.p, seconds=seconds, gap=gap)
    row = {
        "instance": instance.name,
        "points": len(instance.weights),
        "pairs": int(covers.nnz),
        "p": instance.p,
        "pairs_s": round(built, 2),
        "seconds": round(answer.seconds, 2),
        "cpu_s": round(time.process_time() - busy, 2),
        "objective": answer.objective,
        "bound": answer.bound,
        "gap_pct": round(100 * answer.gap, 4),
        "status": str(answer.status),
    }
    if instance.best is not None:
        row["published_best"] = instance.best
        row["below_best_pct"] = round(100 * (1 - answer.objective / instance.best), 4)
    return row


def _ratio(peer: dict[str, Any], seconds: float) -> float | None:
    return round(peer["seconds"] / seconds, 1) if peer.get("finished") else None


def _table(result: dict[str, Any]) -> str:
    lines = [
        f"Python {result['python']}, {result['cpus']} cœurs, charge {result['load']}, "
        f"spopt\u00a0: {result['spopt']} ({result['peer_solver']})"
    ]
    if "skipped" in result["p_median"]:
        lines.append(f"p-médian\u00a0: {result['p_median']['skipped']}")
    else:
        for row in result["p_median"]["instances"]:
            lines.append(
                f"{row['instance']:<10}{row['nodes']:>6}{row['p']:>5}{row['objective']:>10.0f} {row['status']:<9}"
                f"{row['seconds']:>8.2f} s{_peer_text(row)}"
            )
        lines.append(
            f"ensemble\u00a0: {result['p_median']['seconds_together']} s, {result['p_median']['proven']} prouvées"
        )
    covers = result["cover"]
    if "skipped" in covers:
        lines.append(f"couverture\u00a0: {covers['skipped']}")
    else:
        lines += [_cover_text(covers["in_10_s"]), _cover_text(covers["to_the_proof"]) + _peer_text(covers)]
    country = result["country"]
    if "skipped" in country:
        lines.append(f"communes de France\u00a0: {country['skipped']}")
    else:
        rows = next(value for key, value in country.items() if key.startswith("to_a_gap"))
        lines += [_cover_text(row) for row in [*rows, country["best_in_the_time"]]]
        lines.append(f"spopt\u00a0: {country['spopt']}")
    return "\n".join(lines)


def _cover_text(row: dict[str, Any]) -> str:
    below = f", {row['below_best_pct']} % sous le meilleur connu" if "below_best_pct" in row else ""
    return (
        f"{row['instance']} (p = {row['p']}, {row['pairs']} paires)\u00a0: {row['objective']:.0f} couverts, "
        f"borne {row['bound']:.0f}, écart {row['gap_pct']} %{below}, {row['seconds']} s"
    )


def _peer_text(row: dict[str, Any]) -> str:
    if "spopt" not in row:
        return ""
    peer = row["spopt"]
    if not peer.get("finished"):
        return f"   spopt n’a pas fini ({peer.get('seconds', peer.get('why'))})"
    return f"   spopt {peer['seconds']} s, {row['times_faster']} fois plus lent"


def add_to(group: click.Group) -> None:
    group.add_command(siting)


if __name__ == "__main__":
    siting()
