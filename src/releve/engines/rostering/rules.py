"""Hard rules, one function each: the solvers, the check of a manual edit and the explanations call the same ones.

Three shapes. Of a pair (practitioner, need): `rule(columns, parameters, p, n)` -> mask of pairs allowed, whole arrays
at once. Of one practitioner's shifts: `rule(columns, parameters, p, held)` -> the sets of needs that clash. Of a place:
`rule(columns, parameters, roster, ...)` -> the pairs at fault.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .columns import Columns
from .parameters import Parameters, Rule
from .problem import Bools, Ints


@dataclass(frozen=True)
class Clash:
    """Needs (rows) of one practitioner that cannot all be held, and the figures of the limit."""

    rule: Rule
    needs: tuple[int, ...]
    details: Mapping[str, Any] = field(default_factory=dict)


# --- of a pair


def availability(c: Columns, _: Parameters, p: Ints, n: Ints) -> Bools:
    """Available on every half-day of the need."""
    free = c.availability[p, c.need_day[n]]
    halves = c.need_halves[n]
    return (free[:, 0] | (halves & 1 == 0)) & (free[:, 1] | (halves & 2 == 0))


def qualification(c: Columns, _: Parameters, p: Ints, n: Ints) -> Bools:
    """Of a status that the need accepts, with every skill it wants."""
    return c.qualified[c.person_class[p], c.need_class[n]]


def papers(c: Columns, _: Parameters, p: Ints, n: Ints) -> Bools:
    """Papers valid on that very day."""
    day = c.need_day[n]
    return (c.papers_from[p] <= day) & (day <= c.papers_until[p])


def reach(c: Columns, _: Parameters, p: Ints, n: Ints) -> Bools:
    """No further from home than the practitioner accepts."""
    minutes = c.home_minutes[p, c.need_site[n]]
    return (minutes <= c.max_minutes[p]) & np.isfinite(minutes)


def fixed_days(c: Columns, _: Parameters, p: Ints, n: Ints) -> Bools:
    """Only on the fixed weekdays and at the fixed site, when there are any."""
    site = c.fixed_site[p]
    return c.fixed_weekdays[p, c.weekday[c.need_day[n]]] & ((site < 0) | (site == c.need_site[n]))


def lodging_needed(c: Columns, _: Parameters, p: Ints, n: Ints) -> Bools:
    """Somewhere to sleep for who cannot come from so far without."""
    site = c.need_site[n]
    far = c.home_minutes[p, site] > c.lodging_beyond[p]
    return ~(far & c.lodging_required[p] & ~c.site_lodging[site])


PAIR_RULES: dict[Rule, Callable[[Columns, Parameters, Ints, Ints], Bools]] = {
    Rule.QUALIFICATION: qualification,
    Rule.PAPERS: papers,
    Rule.REACH: reach,
    Rule.AVAILABILITY: availability,
    Rule.FIXED_DAYS: fixed_days,
    Rule.LODGING_NEEDED: lodging_needed,
}


def allowed(c: Columns, parameters: Parameters, p: Ints, n: Ints) -> Bools:
    """Every rule of a pair at once."""
    mask = np.ones(len(p), dtype=bool)
    for rule, function in PAIR_RULES.items():
        if parameters.on(rule):
            mask &= function(c, parameters, p, n)
    return mask


# --- of the shifts of one practitioner


def two_places(c: Columns, _: Parameters, p: int, held: Sequence[int]) -> list[Clash]:
    """One shift at most in a half-day."""
    taken: dict[tuple[int, int], int] = {}
    found = []
    for n in held:
        for half in (1, 2):
            if int(c.need_halves[n]) & half:
                key = (int(c.need_day[n]), half)
                if key in taken:
                    found.append(Clash(Rule.TWO_PLACES, (taken[key], n), {"day": key[0]}))
                    break
                taken[key] = n
    return found


def too_far_between(c: Columns, parameters: Parameters, first: int, second: int) -> bool:
    """Morning at one place and afternoon at another of the same day, too far apart."""
    if c.need_day[first] != c.need_day[second] or c.need_halves[first] & c.need_halves[second]:
        return False
    minutes = c.site_minutes[c.need_site[first], c.need_site[second]]
    return bool(c.need_site[first] != c.need_site[second] and minutes > parameters.between_halves_minutes)


def half_day_travel(c: Columns, parameters: Parameters, p: int, held: Sequence[int]) -> list[Clash]:
    """Time to go from the morning place to the afternoon place."""
    by_day = defaultdict(list)
    for n in held:
        by_day[int(c.need_day[n])].append(n)
    return [
        Clash(Rule.HALF_DAY_TRAVEL, (a, b), {"minutes": _minutes(c, a, b)})
        for same in by_day.values()
        for i, a in enumerate(same)
        for b in same[i + 1 :]
        if too_far_between(c, parameters, a, b)
    ]


def cap_in_month(c: Columns, p: int, month: int) -> int:
    """Half-days that may still be held in a month of the horizon."""
    return int(c.cap[p]) - (int(c.used[p]) if month == c.month[0] else 0)


def monthly_cap(c: Columns, _: Parameters, p: int, held: Sequence[int]) -> list[Clash]:
    """No more half-days in a calendar month than the cap, those of before the horizon counted."""
    by_month = defaultdict(list)
    for n in held:
        by_month[int(c.month[c.need_day[n]])].append(n)
    return [
        Clash(Rule.MONTHLY_CAP, tuple(same), {"cap_days": int(c.cap[p]) / 2})
        for month, same in by_month.items()
        if sum(int(c.need_length[n]) for n in same) > max(0, cap_in_month(c, p, month))
    ]


def week_days(c: Columns, _: Parameters, p: int, held: Sequence[int]) -> list[Clash]:
    """No more dates in a calendar week than the practitioner accepts."""
    by_week: dict[int, list[int]] = defaultdict(list)
    for n in held:
        by_week[int(c.week[c.need_day[n]])].append(n)
    most = int(c.max_days_week[p])
    return [
        Clash(Rule.WEEK_DAYS, tuple(same), {"days": most})
        for same in by_week.values()
        if len({int(c.need_day[n]) for n in same}) > most
    ]


def too_soon_after(c: Columns, first: int, second: int) -> bool:
    """`second` falls in the days of rest that follow `first`."""
    gap = int(c.need_day[second]) - int(c.need_day[first])
    return 0 < gap <= int(c.need_rest[first])


def rest(c: Columns, _: Parameters, p: int, held: Sequence[int]) -> list[Clash]:
    """Days of rest after a duty; no more dates in a row than accepted."""
    found = [
        Clash(Rule.REST, (a, b), {"days": int(c.need_rest[a])})
        for a in held
        if c.need_rest[a]
        for b in held
        if too_soon_after(c, a, b)
    ]
    most = int(c.max_consecutive[p])
    if len(held) > most:
        by_day = defaultdict(list)
        for n in held:
            by_day[int(c.need_day[n])].append(n)
        run: list[int] = []
        for day in sorted(by_day):
            run = [*run, day] if run and day == run[-1] + 1 else [day]
            if len(run) > most:
                needs = tuple(n for d in run[-most - 1 :] for n in by_day[d])
                found.append(Clash(Rule.REST, needs, {"days_in_a_row": most}))
    return found


PERSON_RULES: dict[Rule, Callable[[Columns, Parameters, int, Sequence[int]], list[Clash]]] = {
    Rule.TWO_PLACES: two_places,
    Rule.HALF_DAY_TRAVEL: half_day_travel,
    Rule.MONTHLY_CAP: monthly_cap,
    Rule.WEEK_DAYS: week_days,
    Rule.REST: rest,
}


def clashes(c: Columns, parameters: Parameters, p: int, held: Sequence[int]) -> list[Clash]:
    """Every rule of one practitioner's shifts at once."""
    return [
        clash
        for rule, function in PERSON_RULES.items()
        if parameters.on(rule)
        for clash in function(c, parameters, p, held)
    ]


# --- of a place


Pairs = Iterable[tuple[int, int]]


def rooms(c: Columns, _: Parameters, pairs: Pairs) -> list[tuple[int, int, int, int]]:
    """(site, day, half, practitioners there) wherever there are more than rooms."""
    count: Counter[tuple[int, int, int]] = Counter()
    for _person, n in pairs:
        for half in (1, 2):
            if int(c.need_halves[n]) & half:
                count[int(c.need_site[n]), int(c.need_day[n]), half] += 1
    return [(*key, many) for key, many in count.items() if many > c.rooms[key[0]]]


def seats(c: Columns, _: Parameters, pairs: Pairs) -> list[tuple[int, int]]:
    """(need, practitioners) wherever there are more than wished."""
    count = Counter(n for _person, n in pairs)
    return [(n, many) for n, many in count.items() if many > c.need_wished[n]]


def supervises(c: Columns, parameters: Parameters, n: int, others: Ints) -> Bools:
    """Shifts of a supervisor (rows of needs) that cover the whole of need `n`: same half-days, near enough."""
    site = c.need_site[n]
    minutes = np.where(c.need_site[others] == site, 0.0, c.site_minutes[c.need_site[others], site])
    same = c.need_day[others] == c.need_day[n]
    covers = (c.need_halves[others] & c.need_halves[n]) == c.need_halves[n]
    return np.asarray(same & covers & (minutes <= parameters.supervision_minutes))


def supervisor_at_hand(c: Columns, p: int, n: int) -> bool:
    """A supervisor can be reached without holding any shift, on every half-day of the need."""
    day, halves = int(c.need_day[n]), int(c.need_halves[n])
    return any(
        (not halves & 1 or c.reachable[s, day, 0]) and (not halves & 2 or c.reachable[s, day, 1])
        for s in c.supervisors[p]
    )


def supervision(
    c: Columns, parameters: Parameters, p: int, n: int, held: Mapping[int, Sequence[int]]
) -> bool:
    """Whether who needs a supervisor has one at need `n`, given what every practitioner holds."""
    if not c.supervised[p] or supervisor_at_hand(c, p, n):
        return True
    return any(
        supervises(c, parameters, n, np.asarray(held.get(s, ()), dtype=np.int64)).any()
        for s in c.supervisors[p]
    )


def _minutes(c: Columns, first: int, second: int) -> float:
    return float(c.site_minutes[c.need_site[first], c.need_site[second]])
