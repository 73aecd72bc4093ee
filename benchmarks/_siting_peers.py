"""One instance solved by `spopt`, in a process of its own: `python -m benchmarks._siting_peers median FILE ...`.

Prints one line of JSON. The parent ends this process when it overruns its time.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from . import _siting_instances as instances

# Time that a solver takes to notice its limit, and that building a large model takes.
GRACE_S = 60.0


def installed() -> str | None:
    """Version of spopt, None when it is not installed."""
    if importlib.util.find_spec("spopt") is None:
        return None
    import spopt

    return str(spopt.__version__)


def run(kind: str, path: Path, *, solver: str, seconds: float) -> dict[str, Any]:
    """Answer of the peer, or why there is none."""
    command = [
        sys.executable,
        "-m",
        "benchmarks._siting_peers",
        kind,
        str(path),
        solver,
        str(seconds),
    ]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + GRACE_S,
            cwd=Path(__file__).resolve().parents[1],
        )
    except subprocess.TimeoutExpired:
        return {"finished": False, "seconds": seconds + GRACE_S, "why": "time"}
    if done.returncode != 0:
        return {"finished": False, "why": (done.stderr.strip().splitlines() or ["error"])[-1][:200]}
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _solve(kind: str, path: Path, solver_name: str, seconds: float) -> dict[str, Any]:
    import pulp
    from spopt.locate import MCLP, PMedian

    solver = (
        pulp.HiGHS(msg=False, timeLimit=seconds)
        if solver_name == "highs"
        else pulp.PULP_CBC_CMD(msg=False, timeLimit=seconds)
    )
    if kind == "median":
        instance = instances.read_median(path, 0.0)
        begun = time.perf_counter()
        model = PMedian.from_cost_matrix(
            instance.cost, np.ones(len(instance.cost)), p_facilities=instance.p
        ).solve(solver)
    else:
        cover = instances.new_york(path)
        table = cover.distances()
        begun = time.perf_counter()
        model = MCLP.from_cost_matrix(table, cover.weights, cover.radius, p_facilities=cover.p).solve(solver)
    spent = time.perf_counter() - begun
    return {
        "finished": model.problem.status == 1 and spent < seconds,
        "seconds": round(spent, 2),
        "objective": None if model.problem.objective.value() is None else model.problem.objective.value(),
    }


if __name__ == "__main__":
    print(json.dumps(_solve(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]))))
