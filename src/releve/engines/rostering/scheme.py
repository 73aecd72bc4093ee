"""A made-up month of the State scheme: zones, sites, volunteers. Seeded: the same numbers give the same problem.

What is assumed (none of it is an observation): zones spread over a square of 800 km; each has 5 sites within 25 km; a
site asks for 1 to 3 whole days a week on fixed weekdays, none on public holidays, which are left out; needs of the more
deprived half of the zones weigh 3, the others 1 or 2. Volunteers live within 90 km of a zone drawn with a preference for
dense ones, are available on 2 to 8 days of the month (weekdays, in half of the cases always the same weekday), accept
40 to 120 minutes, hold at most 2 days a month; 8 % have papers that end in the month, 6 % are interns who need a
supervisor, 10 % come in half-days only when `halves`, 5 % are titulaires who come as a last resort. Travel: crow flies
times 1.3 at 60 km/h.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from .problem import Half, Need, Practitioner, Problem, Site


def scheme_problem(
    *,
    seed: int = 0,
    zones: int = 151,
    sites_per_zone: int = 5,
    volunteers: int = 2000,
    first_day: dt.date = dt.date(2027, 3, 1),
    days: int = 31,
    halves: bool = False,
    network_only: bool = False,
) -> Problem:
    """A month to staff. network_only: whole days and no rule beyond the network (no rest, week, supervision)."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 800, (zones, 2))
    density = rng.gamma(2.0, 1.0, zones)
    where = np.repeat(centres, sites_per_zone, axis=0) + rng.normal(0, 12, (zones * sites_per_zone, 2))
    deprived = rng.random(zones) < 0.5
    sites, needs = [], []
    for s in range(zones * sites_per_zone):
        zone = s // sites_per_zone
        priority = 3 if deprived[zone] else int(rng.integers(1, 3))
        name = f"site-{s:04d}"
        sites.append(
            Site(
                name,
                rooms=int(rng.integers(1, 4)),
                week_minimum=int(rng.integers(0, 2)),
                priority=priority,
                lodging=bool(rng.random() < 0.35),
            )
        )
        weekdays = rng.choice(5, size=int(rng.integers(1, 4)), replace=False)
        for d in range(days):
            day = first_day + dt.timedelta(days=d)
            if day.weekday() not in weekdays:
                continue
            split = halves and rng.random() < 0.3
            for half in (Half.MORNING, Half.AFTERNOON) if split else (Half.DAY,):
                needs.append(
                    Need(
                        f"{name}-{d:02d}-{int(half)}", name, day, half, priority=priority, minimum=0, wished=1
                    )
                )
    homes = rng.choice(zones, size=volunteers, p=density / density.sum())
    place = centres[homes] + rng.normal(0, 30, (volunteers, 2))
    home_minutes = _minutes(place, where)
    availability = np.zeros((volunteers, days, 2), dtype=bool)
    open_days = np.asarray([d for d in range(days) if (first_day + dt.timedelta(days=d)).weekday() < 5])
    weekday = np.asarray([(first_day + dt.timedelta(days=int(d))).weekday() for d in open_days])
    people = []
    for p in range(volunteers):
        many = int(rng.integers(2, 9))
        pool = open_days[weekday == rng.integers(0, 5)] if rng.random() < 0.5 else open_days
        chosen = rng.choice(pool, size=min(many, len(pool)), replace=False)
        part_time = halves and rng.random() < 0.1
        availability[p, chosen, int(rng.integers(0, 2))] = True
        if not part_time:
            availability[p, chosen] = True
        kind = rng.random()
        intern = not network_only and p > 20 and kind < 0.06
        people.append(
            Practitioner(
                f"volunteer-{p:05d}",
                status="intern" if intern else "volunteer",
                papers_until=first_day + dt.timedelta(days=int(rng.integers(3, days)))
                if rng.random() < 0.08
                else None,
                monthly_cap=2.0,
                max_days_week=None if network_only else int(rng.choice([1, 2, 5])),
                max_consecutive_days=None if network_only or rng.random() < 0.7 else 1,
                max_minutes=float(rng.uniform(40, 120)),
                supervisors=tuple(f"volunteer-{q:05d}" for q in rng.choice(p, size=8, replace=False))
                if intern
                else (),
                lodging_beyond=75.0,
                last_resort=bool(0.06 <= kind < 0.11),
                recent=int(rng.integers(0, 4)),
                avoids_alone=not network_only and bool(rng.random() < 0.05),
            )
        )
    liked = zip(rng.integers(0, volunteers, volunteers), rng.integers(0, len(sites), volunteers), strict=True)
    return Problem(
        first_day=first_day,
        days=days,
        sites=tuple(sites),
        needs=tuple(needs),
        practitioners=tuple(people),
        availability=availability,
        home_minutes=home_minutes,
        site_minutes=_minutes(where, where),
        preferences={
            (people[p].id, sites[s].id): int(v)
            for (p, s), v in zip(liked, rng.integers(-3, 4, volunteers), strict=True)
        },
        history={},
    )


def _minutes(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Minutes at 60 km/h over 1.3 times the crow-fly kilometres."""
    return np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1]) * 1.3
