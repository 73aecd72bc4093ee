"""Writes the reference values of the tests: a small territory scored by PySAL `access`.

    python benchmarks/_accessibility_reference.py    # in the environment of requirements/bench.lock

The result, tests/engines/accessibility/access_reference.json, is kept in the repository so that the tests compare without
installing `access`.
"""

from __future__ import annotations

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parents[1] / "tests/engines/accessibility/access_reference.json"
STEPS = {10.0: 1.0, 15.0: 0.68, 30.0: 0.22}


def main() -> None:
    import pandas as pd
    from access import fca, weights

    warnings.simplefilter("ignore")
    rng = np.random.default_rng(85161)
    demand = np.round(np.exp(rng.normal(6.5, 1.0, 14)))
    supply = np.round(rng.gamma(2.0, 3000.0, 6))
    x, y = rng.uniform(0, 22, (2, 14)), rng.uniform(0, 22, (2, 6))
    minutes = np.round(np.hypot(x[0][:, None] - y[0], x[1][:, None] - y[1]) * 1.6, 3)
    rows, columns = np.nonzero(minutes <= 30.0)
    cost = pd.DataFrame({"origin": rows, "dest": columns, "cost": minutes[rows, columns]})
    demands = pd.DataFrame({"demand": demand})
    supplies = pd.DataFrame({"supply": supply})

    def run(function: object, **options: object) -> list[float]:
        found = function(demands, supplies, cost.copy(), demand_index=True, supply_index=True, **options)  # type: ignore[operator]
        return [float(v) for v in found.reindex(range(14)).fillna(0.0)]

    decay = weights.step_fn(STEPS)
    reference = {
        "access": version("access"),
        "demand": demand.tolist(),
        "supply": supply.tolist(),
        "origins": rows.tolist(),
        "destinations": columns.tolist(),
        "minutes": cost["cost"].tolist(),
        "steps": {"bounds": list(STEPS), "weights": list(STEPS.values())},
        "gaussian": {"sigma": 9.0, "end": 30.0},
        "two_step_15": run(fca.two_stage_fca, max_cost=15.0),
        "enhanced_steps": run(fca.two_stage_fca, max_cost=30.0, weight_fn=decay),
        "enhanced_gaussian": run(fca.two_stage_fca, max_cost=30.0, weight_fn=weights.gaussian(9.0)),
        "three_steps": run(fca.three_stage_fca, max_cost=30.0, weight_fn=decay),
    }
    TARGET.write_text(json.dumps(reference, indent=1) + "\n", encoding="utf-8")
    print(f"{TARGET} : {len(rows)} paires, access {reference['access']}")


if __name__ == "__main__":
    main()
