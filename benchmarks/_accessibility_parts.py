"""Parts of `releve bench accessibility`, each run in a process of its own: its memory is then its own too.

python -m benchmarks._accessibility_parts NAME '{"runs": 5, ...}'    # prints one JSON object
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from benchmarks._accessibility_world import SEED, Places, communes, grid_cells, part_of_country
from releve.engines.accessibility import (
    APL_STEPS,
    Steps,
    compiled_available,
    effect_of_each,
    enhanced_two_step,
    local_effect,
    scores_from_points,
    three_step,
    travel_times,
    two_step,
    warm_up,
)

MAX_KM = 30.0
# The last bound is beyond the slowest of the pairs within 30 km: every pair counts.
DECAY = Steps((15.0, 30.0, 90.0), (1.0, 0.68, 0.22))
DOCTOR = 5000.0


# Processor time of the last `clock`, ms: steady on a loaded machine; all threads together.
LAST_CPU: list[float] = [0.0]


def clock(call: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """(median ms, last result)."""
    spent, used, result = [], [], None
    for _ in range(runs):
        begun, cpu = time.perf_counter(), time.process_time()
        result = call()
        spent.append((time.perf_counter() - begun) * 1000)
        used.append((time.process_time() - cpu) * 1000)
    LAST_CPU[0] = round(statistics.median(used), 2)
    return round(statistics.median(spent), 2), result


def peak_mib() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest relative gap."""
    return float(np.max(np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-12)))


def national(runs: int, share: float = 1.0) -> dict[str, Any]:
    """Sparse matrix: pairs, weights, scores, changes."""
    p = part_of_country(communes(), share)
    points = (p.lon, p.lat, p.factor)
    pairs_ms, times = clock(lambda: travel_times(*points, max_km=MAX_KM), max(1, runs // 2))
    weigh_ms, weights = clock(lambda: times.weighted(DECAY), runs)
    score_ms, _ = clock(lambda: enhanced_two_step(p.supply, p.population, weights), 3 * runs)
    figures: dict[str, Any] = {
        "communes": len(p.lon),
        "pairs": times.n_pairs,
        "source": p.source,
        "pairs_ms": pairs_ms,
        "weights_ms": weigh_ms,
        "score_ms": score_ms,
        "score_cpu_ms": LAST_CPU[0],
    }
    if share >= 1:
        figures["e2sfca_from_times_ms"], _ = clock(
            lambda: enhanced_two_step(p.supply, p.population, times, DECAY), runs
        )
        figures["two_step_from_times_ms"], _ = clock(
            lambda: two_step(p.supply, p.population, times, 90.0), runs
        )
        figures["three_step_from_times_ms"], _ = clock(
            lambda: three_step(p.supply, p.population, times, DECAY), runs
        )
    figures["coordinates_ms"], _ = clock(
        lambda: scores_from_points(p.supply, p.population, *points, DECAY, max_km=MAX_KM, compiled=False),
        max(1, runs // 2),
    )
    figures["coordinates_cpu_ms"] = LAST_CPU[0]
    figures["peak_mib"] = peak_mib()
    if compiled_available():
        begun = time.perf_counter()
        warm_up()
        figures["compiled_warm_up_ms"] = round((time.perf_counter() - begun) * 1000)
        figures["compiled_ms"], found = clock(
            lambda: scores_from_points(p.supply, p.population, *points, DECAY, max_km=MAX_KM, compiled=True),
            2 * runs,
        )
        figures["compiled_cpu_ms"] = LAST_CPU[0]
        figures["compiled_apart"] = apart(
            found.scores, enhanced_two_step(p.supply, p.population, weights).scores
        )
    return figures


def changes(runs: int) -> dict[str, Any]:
    """What-if: one site, then every commune one by one, with the decay of the APL (20 minutes) and with all pairs."""
    p = communes()
    points = (p.lon, p.lat, p.factor)
    baseline = np.random.default_rng(SEED).uniform(1.0, 5.0, len(p.lon))
    sites = np.random.default_rng(SEED).integers(0, len(p.lon), 50)
    turn = iter(range(10**9))

    def one() -> object:
        j = int(sites[next(turn) % len(sites)])
        return local_effect(
            p.lon[j], p.lat[j], p.factor[j], DOCTOR, *points, p.population, APL_STEPS, inside=j
        )

    local_ms, _ = clock(one, 50)
    figures: dict[str, Any] = {"communes": len(p.lon), "local_effect_ms": local_ms}
    for name, times, decay in (
        ("apl_20_min", travel_times(*points, max_minutes=20.0), APL_STEPS),
        ("all_pairs_30_km", travel_times(*points, max_km=MAX_KM), DECAY),
    ):
        weights = times.weighted(decay)
        ready, _ = clock(
            lambda w=weights: effect_of_each(w, None, p.population, DOCTOR, baseline, 2.5, p.population), runs
        )
        whole, _ = clock(
            lambda t=times, d=decay: effect_of_each(t, d, p.population, DOCTOR, baseline, 2.5, p.population),
            runs,
        )
        figures[name] = {"pairs": times.n_pairs, "every_commune_ms": ready, "with_weights_ms": whole}
    figures["peak_mib"] = peak_mib()
    return figures


def pysal(runs: int) -> dict[str, Any]:
    """PySAL `access` on the same pairs, and how far the results are from ours."""
    import pandas as pd
    from access import fca, weights

    warnings.simplefilter("ignore")
    p = communes()
    times = travel_times(p.lon, p.lat, p.factor, max_km=MAX_KM)
    cost = pd.DataFrame({"origin": times.origins(), "dest": times.indices, "cost": times.minutes})
    demands, supplies = pd.DataFrame({"demand": p.population}), pd.DataFrame({"supply": p.supply})
    step = weights.step_fn(dict(zip(DECAY.bounds, DECAY.step_weights, strict=True)))
    options = {"demand_index": True, "supply_index": True, "max_cost": 90.0}
    ready = times.weighted(DECAY)
    one = times.weighted(Steps((90.0,), (1.0,)))
    everywhere = np.ones(len(p.lon), dtype=bool)
    figures: dict[str, Any] = {"version": version("access"), "pairs": times.n_pairs, "communes": len(p.lon)}
    for name, theirs, whole, prepared in (
        (
            "e2sfca",
            lambda: fca.two_stage_fca(demands, supplies, cost, weight_fn=step, **options),
            lambda: enhanced_two_step(p.supply, p.population, times, DECAY),
            lambda: enhanced_two_step(p.supply, p.population, ready),
        ),
        (
            "2sfca",
            lambda: fca.two_stage_fca(demands, supplies, cost, **options),
            lambda: two_step(p.supply, p.population, times, 90.0),
            lambda: two_step(p.supply, p.population, one),
        ),
        (
            "3sfca",
            lambda: fca.three_stage_fca(demands, supplies, cost, weight_fn=step, **options),
            lambda: three_step(p.supply, p.population, times, DECAY, sites=everywhere),
            None,
        ),
    ):
        their_ms, found = clock(theirs, max(1, runs))
        our_ms, ours = clock(whole, 5)
        row = {
            "access_ms": their_ms,
            "from_times_ms": our_ms,
            "times_faster_from_times": round(their_ms / our_ms, 1),
            "apart": apart(ours.scores, found.reindex(range(len(p.lon))).fillna(0.0).to_numpy()),
        }
        if prepared is not None:
            row["score_ms"], _ = clock(prepared, 15)
            row["times_faster"] = round(their_ms / row["score_ms"], 1)
        figures[name] = row
    figures["peak_mib"] = peak_mib()
    return figures


class _Bell:
    """The kernel of `gasfca`: a Gaussian brought to zero at `end`."""

    def __init__(self, end: float) -> None:
        self.end = end

    @property
    def reach(self) -> float:
        return self.end

    def weights(self, minutes: np.ndarray) -> np.ndarray:
        low = np.exp(-0.5)
        return np.where(
            minutes <= self.end, (np.exp(-0.5 * (minutes / self.end) ** 2) - low) / (1 - low), 0.0
        )


def dense(peer: str, size: int) -> dict[str, Any]:
    """A dense peer on the `size` communes nearest the centre; memory at national size follows the square."""
    everyone = communes()
    p = part_of_country(everyone, size / len(everyone.lon))
    rows = np.arange(min(size, len(p.lon)))
    p = p.take(rows)
    end = 60.0
    times = travel_times(p.lon, p.lat, p.factor, max_minutes=end)
    full = np.full((len(rows), len(rows)), 1e4, dtype=np.float32 if peer == "gasfca" else np.float64)
    full[times.origins(), times.indices] = times.minutes
    before = peak_mib()
    if peer == "gasfca":
        import logging

        from gasfca import core

        logging.disable(logging.INFO)
        decay: Any = _Bell(end)
        people, supply = p.population.astype(np.float32), p.supply.astype(np.float32)
        core.calculate_single_accessibility(full[:50, :50].copy(), people[:50], supply[:50], end)  # compiles
        spent, found = clock(lambda: core.calculate_single_accessibility(full, people, supply, end), 3)
    else:
        import pandas as pd
        from sdc_catchment import catchment_ratio

        decay = Steps((15.0, 30.0, end), (1.0, 0.68, 0.22))
        steps = list(zip(decay.bounds, decay.step_weights, strict=True))
        consumers = pd.DataFrame({"geoid": rows, "value": p.population})
        providers = pd.DataFrame({"geoid": rows, "value": p.supply})
        spent, found = clock(lambda: catchment_ratio(consumers, providers, full, weight=steps), 1)
    ours_ms, ours = clock(lambda: enhanced_two_step(p.supply, p.population, times, decay), 7)
    peak = peak_mib()
    scale = (len(everyone.lon) / len(rows)) ** 2
    return {
        "version": version("gasfca" if peer == "gasfca" else "sdc-catchment"),
        "communes": len(rows),
        "peer_ms": spent,
        "ours_ms": ours_ms,
        "times_faster": round(spent / ours_ms, 1),
        "apart": float(np.max(np.abs(np.asarray(found) - ours.scores)) / ours.scores.max()),
        "peak_mib": peak,
        "peak_before_mib": before,
        "whole_country_gib": round(peak * scale / 1024, 1),
    }


def blocks(cells: int, workers: int) -> dict[str, Any]:
    """Grid cells by département blocks on a local Dask cluster, then one machine; same scores."""
    from releve.engines.accessibility.blocks import (
        DaskRunner,
        SerialRunner,
        local_cluster,
        scores_by_blocks,
        split,
    )

    sites = communes()
    p = grid_cells(sites, cells)
    figures: dict[str, Any] = {
        "demand_points": len(p.lon),
        "supply_points": len(sites.lon),
        "source": p.source,
    }
    begun = time.perf_counter()
    parts = split(
        p.departement, p.lon, p.lat, p.factor, p.population, sites.lon, sites.lat, sites.factor, APL_STEPS
    )
    figures["blocks"] = len(parts)
    figures["split_s"] = round(time.perf_counter() - begun, 2)
    begun = time.perf_counter()
    alone = scores_by_blocks(sites.supply, len(p.lon), parts, SerialRunner())
    figures["one_process_s"] = round(time.perf_counter() - begun, 2)
    figures["one_process_peak_mib"] = peak_mib()
    whole = alone
    if compiled_available():
        warm_up()
        spent, whole = clock(
            lambda: scores_from_points(
                sites.supply, p.population, p.lon, p.lat, p.factor, APL_STEPS,
                dest_lon=sites.lon, dest_lat=sites.lat, dest_factor=sites.factor, compiled=True,
            ),
            1,
        )  # fmt: skip
        figures["compiled_without_blocks_s"] = round(spent / 1000, 2)
        figures["blocks_apart_from_whole"] = apart(alone.scores, whole.scores)
    try:
        client = local_cluster(workers)
    except ImportError:
        figures["dask"] = "absent"
        return figures
    try:
        begun = time.perf_counter()
        spread = scores_by_blocks(sites.supply, len(p.lon), parts, DaskRunner(client))
        figures["dask"] = {
            "version": version("distributed"),
            "workers": workers,
            "s": round(time.perf_counter() - begun, 2),
            "apart_from_whole": apart(spread.scores, whole.scores),
            "apart_from_one_process": apart(spread.scores, alone.scores),
        }
    finally:
        cluster = client.cluster
        client.close()
        cluster.close()
    figures["balance"] = float(abs(alone.scores @ p.population + alone.unallocated - sites.supply.sum()))
    return figures


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "national": national,
    "changes": changes,
    "access": pysal,
    "dense": dense,
    "blocks": blocks,
}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    print("RESULT " + json.dumps(PARTS[sys.argv[1]](**json.loads(sys.argv[2]))))


__all__ = ["PARTS", "Places"]
