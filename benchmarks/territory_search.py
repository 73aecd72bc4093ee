"""`releve bench communes`: time of commune search, nearest communes and contours, on the imported reference.

    releve bench communes [--queries 500] [--runs 3] [--json]
    python benchmarks/territory_search.py    # the same

The queries are drawn with a fixed seed from the names and postal codes of the database itself: whole names typed
without accents, beginnings, middles, « St » for « Saint », postal codes, and names that nothing matches. Every query
runs once in each of the runs, at the level of the service; each figure is the median of the runs. Beside the time
that passed, the processor time of this process (`cpu_`): steady on a loaded machine, but blind to the work of a
PostgreSQL server. Database: the one of the settings, only read.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "releve.config.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import click

SEED = 85161


def make_queries(count: int) -> dict[str, list[str]]:
    """`count` queries shared between six families."""
    from releve.contexts.territory.models import Commune

    rng = random.Random(SEED)
    rows = list(
        Commune.objects.filter(is_current=True)
        .order_by("code")
        .values_list("name", "search_name", "postal_codes")
    )
    saints = [plain for _, plain, _ in rows if plain.startswith(("saint ", "sainte "))]
    posted = [codes.split("|")[0] for _, _, codes in rows if codes]
    share = count // 6
    words = ["".join(rng.choices("bcdfghjklmnpqrstvwxz", k=rng.randint(4, 9))) for _ in range(share)]
    return {
        "whole name": [rng.choice(rows)[1] for _ in range(share)],
        "beginning": [rng.choice(rows)[0][: rng.randint(3, 8)] for _ in range(share)],
        "part of a name": [
            (n := rng.choice(rows)[1])[(k := len(n) // 3) : k + rng.randint(4, 8)] for _ in range(share)
        ],
        "St for Saint": [
            rng.choice(saints).replace("sainte ", "Ste ", 1).replace("saint ", "St ", 1) for _ in range(share)
        ],
        "postal code": [rng.choice(posted)[: rng.choice((2, 3, 5, 5))] for _ in range(share)],
        "nothing to find": words + [words[0]] * (count - 6 * share),
    }


def measure(call: Callable[[], object]) -> tuple[float, float]:
    """Time of one call and processor time of this process meanwhile, ms."""
    begun, used = time.perf_counter(), time.process_time()
    call()
    return (time.perf_counter() - begun) * 1000, (time.process_time() - used) * 1000


def spread(runs: list[list[tuple[float, float]]]) -> dict[str, float]:
    """p50 and p99 of each run, of both times; then their median over the runs."""

    def quantile(share: float, which: int) -> float:
        each = []
        for run in runs:
            ordered = sorted(times[which] for times in run)
            each.append(ordered[min(len(ordered) - 1, int(len(ordered) * share))])
        return round(statistics.median(each), 2)

    return {
        "n": len(runs[0]),
        "p50_ms": quantile(0.5, 0),
        "p99_ms": quantile(0.99, 0),
        "cpu_p50_ms": quantile(0.5, 1),
        "cpu_p99_ms": quantile(0.99, 1),
    }


def run_all(queries_count: int, runs: int) -> dict[str, Any]:
    """Every figure, in the form that `--json` prints."""
    import django

    django.setup()
    from django.db import connection

    from releve.contexts.territory import queries
    from releve.contexts.territory.models import Commune

    communes = Commune.objects.filter(is_current=True).count()
    if communes < 30_000:
        raise click.ClickException(
            "Le territoire de référence n’est pas importé\u00a0: lancez « releve data import »."
        )
    first_wall, first_cpu = measure(lambda: queries.search_communes("chauffe"))

    families: dict[str, list[list[tuple[float, float]]]] = {name: [] for name in make_queries(queries_count)}
    together: list[list[tuple[float, float]]] = []
    for _ in range(runs):
        together.append([])
        for family, texts in make_queries(queries_count).items():
            times = [measure(lambda q=q: queries.search_communes(q)) for q in texts]  # type: ignore[misc]
            families[family].append(times)
            together[-1] += times
    figures = {f"search, {family}": spread(times) for family, times in families.items()}
    figures["search, all"] = spread(together)

    rng = random.Random(SEED)
    points = list(Commune.objects.filter(lat__gt=0).order_by("code").values_list("lat", "lon"))
    places = rng.sample(points, 100)
    figures["nearest 10"] = spread(
        [
            [measure(lambda p=p: queries.nearest_communes(*p, limit=10)) for p in places]  # type: ignore[misc]
            for _ in range(runs)
        ]
    )
    figures["contours, 12 km"] = spread(
        [[measure(lambda p=p: queries.shapes_around(*p, 12)) for p in places] for _ in range(runs)]  # type: ignore[misc]
    )
    sizes = [len(json.dumps(queries.shapes_around(*place, 12))) for place in places]
    return {
        "database": connection.vendor,
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "communes": communes,
        "seed": SEED,
        "runs": runs,
        "first_search": {"ms": round(first_wall), "cpu_ms": round(first_cpu)},
        "figures": figures,
        "contours_bytes": {"median": int(statistics.median(sizes)), "max": max(sizes)},
    }


def as_text(result: dict[str, Any]) -> str:
    first = result["first_search"]
    lines = [
        f"Base : {result['database']}, {result['communes']} communes, Python {result['python']}, "
        f"{result['cpus']} cœurs, graine {result['seed']}, médiane de {result['runs']} passages",
        f"Première recherche du processus (lecture de la table) : {first['ms']} ms, "
        f"dont {first['cpu_ms']} ms de processeur",
        f"{'':28}{'n':>6}{'p50 ms':>10}{'p99 ms':>10}{'cpu p50':>10}{'cpu p99':>10}",
    ]
    lines += [
        f"{name:28}{row['n']:>6}"
        + "".join(f"{row[key]:>10.2f}" for key in ("p50_ms", "p99_ms", "cpu_p50_ms", "cpu_p99_ms"))
        for name, row in result["figures"].items()
    ]
    size = result["contours_bytes"]
    lines.append(f"contours, 12 km : {size['median']} octets (médiane), {size['max']} octets au plus")
    return "\n".join(lines)


@click.command()
@click.option(
    "--queries", type=click.IntRange(60, 5000), default=500, show_default=True, help="Recherches par passage."
)
@click.option("--runs", type=click.IntRange(1, 20), default=3, show_default=True, help="Passages (médiane).")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def communes(queries: int, runs: int, as_json: bool) -> None:
    """Recherche d’une commune, communes proches, contours : p50 et p99, au niveau du service."""
    result = run_all(queries, runs)
    click.echo(json.dumps(result, ensure_ascii=False, indent=2) if as_json else as_text(result))


def add_to(group: click.Group) -> None:
    group.add_command(communes)


if __name__ == "__main__":
    communes()
