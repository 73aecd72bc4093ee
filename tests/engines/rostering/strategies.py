"""Small random problems, and the answer of trying everything."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

import numpy as np

from releve.engines.rostering import (
    Assignment,
    Half,
    Need,
    Parameters,
    Practitioner,
    Problem,
    Published,
    Site,
    check_roster,
)
from releve.engines.rostering.costs import by_level, ledger
from releve.engines.rostering.network import candidate_pairs

MONDAY = dt.date(2027, 3, 1)


def problem(
    needs: list[Need],
    people: list[Practitioner],
    sites: list[Site] | None = None,
    days: int = 14,
    **extra: Any,
) -> Problem:
    """Everybody available every day, everything 10 minutes away."""
    sites = sites or [Site("a"), Site("b")]
    extra.setdefault("availability", np.ones((len(people), days, 2), dtype=bool))
    extra.setdefault("home_minutes", np.full((len(people), len(sites)), 10.0))
    extra.setdefault("site_minutes", np.full((len(sites), len(sites)), 10.0) * (1 - np.eye(len(sites))))
    return Problem(
        first_day=extra.pop("first_day", MONDAY),
        days=days,
        sites=tuple(sites),
        needs=tuple(needs),
        practitioners=tuple(people),
        **extra,
    )


def day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


def random_problem(seed: int, *, whole_days: bool = False, hard: bool = True) -> Problem:
    """2 sites, at most 4 practitioners and 5 needs over 5 days, every rule with some chance."""
    rng = random.Random(seed)
    days = 5
    # Starts on a Saturday near the end of a month: two weeks and, sometimes, two months.
    first = rng.choice([dt.date(2027, 3, 6), dt.date(2027, 2, 27), dt.date(2027, 3, 30)])
    sites = [
        Site(s, rooms=rng.choice([None, 1, 2]), week_minimum=rng.choice([0, 0, 1, 2]), priority=rng.choice([1, 2]),
             lodging=rng.random() < 0.5)
        for s in "ab"
    ]  # fmt: skip
    needs = []
    for i in range(rng.randint(1, 5)):
        wished = rng.choice([1, 1, 1, 2])
        needs.append(
            Need(
                f"n{i}",
                rng.choice("ab"),
                first + dt.timedelta(days=rng.randrange(days)),
                Half.DAY if whole_days else rng.choice([Half.MORNING, Half.AFTERNOON, Half.DAY, Half.DAY]),
                priority=rng.choice([1, 1, 3]),
                minimum=rng.randint(0, 1),
                wished=wished,
                accepts=frozenset(rng.choice([(), (), ("volunteer",)])),
                rest_after=rng.choice([0, 0, 1]) if hard else 0,
            )
        )
    people = []
    names = [f"p{i}" for i in range(rng.randint(1, 4))]
    for i, name in enumerate(names):
        intern = hard and i > 0 and rng.random() < 0.3
        people.append(
            Practitioner(
                name,
                status="intern" if intern else "volunteer",
                papers_until=rng.choice([None, None, first + dt.timedelta(days=2)]),
                monthly_cap=rng.choice([None, 1, 1.5, 2]) if not whole_days else rng.choice([None, 1, 2]),
                used_days=rng.choice([0, 0, 0.5]),
                max_days_week=rng.choice([None, 1, 2]) if hard else None,
                max_consecutive_days=rng.choice([None, None, 1, 2]) if hard else None,
                fixed_weekdays=frozenset(rng.sample(range(7), 4)) if rng.random() < 0.2 else None,
                supervisors=(names[0],) if intern else (),
                lodging_beyond=rng.choice([None, 20.0]),
                lodging_required=rng.random() < 0.3,
                last_resort=rng.random() < 0.3,
                recent=rng.choice([0, 0, 2]),
                avoids_alone=hard and rng.random() < 0.3,
                max_minutes=rng.choice([60.0, 25.0]),
            )
        )
    home = np.asarray([[rng.choice([5.0, 24.0, 40.0]) for _ in sites] for _ in people])
    availability = np.asarray(
        [[[rng.random() < 0.8 for _ in range(2)] for _ in range(days)] for _ in people], dtype=bool
    )
    between = rng.choice([10.0, 70.0]) if hard else 10.0
    pairs = [(p.id, n.id) for p in people for n in needs]
    pinned = [Assignment(*rng.choice(pairs))] if rng.random() < 0.2 else []
    published = [Published(*pair, rng.choice([1, 2])) for pair in rng.sample(pairs, min(2, len(pairs)))]
    return Problem(
        first_day=first,
        days=days,
        sites=tuple(sites),
        needs=tuple(needs),
        practitioners=tuple(people),
        availability=availability,
        home_minutes=home,
        site_minutes=np.asarray([[0.0, between], [between, 0.0]]),
        reachable=availability & (rng.random() < 0.5),
        preferences={(p.id, s.id): rng.randint(-3, 3) for p in people for s in sites if rng.random() < 0.5},
        history={(p.id, s.id): 1 for p in people for s in sites if rng.random() < 0.3},
        pinned=tuple(pinned),
        published=tuple(published) if rng.random() < 0.4 else (),
    )


def best_of_all(problem: Problem, parameters: Parameters) -> tuple[int, ...] | None:
    """Aims of the best roster that breaks no rule beyond what pinned ones break; None when too large to try."""
    c = problem.columns
    p, n = candidate_pairs(c, parameters)
    pairs = list(zip(p.tolist(), n.tolist(), strict=True))
    pinned = {pair for pair in pairs if pair in set(c.pinned)}
    free = [pair for pair in pairs if pair not in pinned]
    if len(free) > 11:
        return None
    best = None
    for many in range(len(free) + 1):
        for chosen in itertools.combinations(free, many):
            roster = sorted(pinned | set(chosen))
            value = tuple(by_level(parameters, ledger(c, parameters, roster)).values())
            if best is not None and value >= best:
                continue
            rows = [Assignment(problem.practitioners[a].id, problem.needs[b].id) for a, b in roster]
            if not check_roster(problem, rows, parameters):
                best = value
    return best
