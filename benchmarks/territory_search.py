"""Time of commune search, nearest communes and contours, at the service level, on the imported reference.

    python benchmarks/territory_search.py [--queries 500] [--rounds 3] [--json] [--output FILE]

The queries are drawn with a fixed seed from the names and postal codes of the database itself: whole names
typed without accents, beginnings, middles, « St » for « Saint », postal codes, and names that nothing matches.
Each query runs `--rounds` times and its median counts. Database: the one of the settings.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "releve.config.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import django

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


def measure(call: Callable[[], object], rounds: int) -> float:
    """Median time of `rounds` calls, ms."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "n": len(ordered),
        "p50_ms": round(statistics.median(ordered), 2),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2),
        "max_ms": round(ordered[-1], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()

    django.setup()
    from django.db import connection

    from releve.contexts.territory import queries
    from releve.contexts.territory.models import Commune

    communes = Commune.objects.filter(is_current=True).count()
    if communes < 30_000:
        sys.exit("The reference territory is not imported: run `releve data import` first.")
    queries.search_communes("chauffe")

    figures: dict[str, dict[str, float]] = {}
    everything: list[float] = []
    for family, texts in make_queries(options.queries).items():
        times = [measure(lambda q=q: queries.search_communes(q), options.rounds) for q in texts]  # type: ignore[misc]
        figures[f"search, {family}"] = spread(times)
        everything += times
    figures["search, all"] = spread(everything)

    rng = random.Random(SEED)
    points = list(Commune.objects.filter(lat__gt=0).order_by("code").values_list("lat", "lon"))
    places = rng.sample(points, 100)
    figures["nearest 10"] = spread(
        [measure(lambda p=p: queries.nearest_communes(*p, limit=10), options.rounds) for p in places]  # type: ignore[misc]
    )
    sizes = []
    times = []
    for place in places:
        times.append(measure(lambda p=place: queries.shapes_around(*p, 12), options.rounds))  # type: ignore[misc]
        sizes.append(len(json.dumps(queries.shapes_around(*place, 12))))
    figures["contours, 12 km"] = spread(times)

    result = {
        "database": connection.vendor,
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "communes": communes,
        "seed": SEED,
        "figures": figures,
        "contours_bytes": {"median": int(statistics.median(sizes)), "max": max(sizes)},
    }
    text = json.dumps(result, indent=2) if options.json else as_text(result)
    print(text)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text + "\n", encoding="utf-8")


def as_text(result: dict) -> str:
    lines = [
        f"territory_search, {result['database']}, {result['communes']} communes, Python {result['python']}, "
        f"{result['cpus']} CPUs, seed {result['seed']}",
        f"{'':28}{'n':>6}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}",
    ]
    lines += [
        f"{name:28}{row['n']:>6}{row['p50_ms']:>10.2f}{row['p99_ms']:>10.2f}{row['max_ms']:>10.2f}"
        for name, row in result["figures"].items()
    ]
    size = result["contours_bytes"]
    lines.append(f"contours, 12 km: median {size['median']} bytes, largest {size['max']} bytes")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
