"""The staffing core as a network: units of flow are shifts held, from the source through people, days and needs to sites.

    source -> practitioner -> (month) -> (week) -> day -> (half-day) -> need -> (rooms) -> (site and week) -> site -> sink

Every limit is an upper bound on units, so the flow is the exact core when shifts are all of one length, and otherwise a
relaxation: its optimum is a bound, and the optimum itself as soon as it breaks no rule. Each arc has one cost per aim.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import costs, rules
from .columns import NO_LIMIT, Columns
from .parameters import Level, Parameters, Rule
from .problem import Bools, Floats, Ints

SOURCE, SINK = 0, 1


@dataclass(frozen=True, eq=False)
class Network:
    """Arcs as arrays. The first ones are the pairs: `person[i]` in a seat of `need[i]` is the arc i.

    cost: (arcs, aims). layer: arcs of the same layer are never twice on a path. constant: value of each aim with no
    flow. total: units to send; those that serve nobody take the last arc, straight to the sink, for nothing.
    """

    person: Ints
    need: Ints
    tail: Ints
    head: Ints
    low: Ints
    cap: Ints
    cost: Ints
    layer: Ints
    constant: Ints
    nodes: int
    total: int

    @property
    def pairs(self) -> int:
        return len(self.person)


def candidate_pairs(c: Columns, parameters: Parameters) -> tuple[Ints, Ints]:
    """Every pair that breaks no rule of a pair, pinned ones added; sorted by practitioner, then need."""
    persons, needs = [], []
    near = np.ones((c.people, c.sites), dtype=bool)
    if parameters.on(Rule.REACH):
        near = (c.home_minutes <= c.max_minutes[:, None]) & np.isfinite(c.home_minutes)
    open_needs = np.flatnonzero(c.need_wished > 0)
    for day in np.unique(c.need_day[open_needs]):
        today = open_needs[c.need_day[open_needs] == day]
        who = np.arange(c.people)
        if parameters.on(Rule.AVAILABILITY):
            who = np.flatnonzero(c.availability[:, day].any(axis=1))
        if not len(who):
            continue
        row, column = near[np.ix_(who, c.need_site[today])].nonzero()
        p, n = who[row], today[column]
        mask = rules.allowed(c, parameters, p, n)
        persons.append(p[mask])
        needs.append(n[mask])
    pinned = np.asarray(c.pinned, dtype=np.int64).reshape(-1, 2)
    p = np.concatenate([*persons, pinned[:, 0]])
    n = np.concatenate([*needs, pinned[:, 1]])
    key = np.unique(p * max(1, c.needs) + n)
    return key // max(1, c.needs), key % max(1, c.needs)


@dataclass
class _Builder:
    levels: tuple[Level, ...]
    nodes: int = 2
    parts: list[tuple[Any, ...]] = field(default_factory=list)

    def add_nodes(self, many: int) -> Ints:
        first = self.nodes
        self.nodes += many
        return np.arange(first, self.nodes)

    def add(self, tail: Any, head: Any, cap: Any, layer: int, **cost: Any) -> None:
        tail, head, cap = np.broadcast_arrays(tail, head, np.asarray(cap, dtype=np.int64))
        matrix = np.zeros((len(tail), len(self.levels)), dtype=np.int64)
        for name, values in cost.items():
            if Level(name) in self.levels:
                matrix[:, self.levels.index(Level(name))] = values
        self.parts.append((tail, head, cap, matrix, np.full(len(tail), layer)))


def build(c: Columns, parameters: Parameters, p: Ints, n: Ints) -> Network:
    """The network of these pairs (sorted, as `candidate_pairs` gives them)."""
    builder = _Builder(parameters.levels)
    pinned = np.zeros(len(p), dtype=bool)
    if c.pinned:
        pinned = np.isin(p * c.needs + n, [q * c.needs + m for q, m in c.pinned])
    need_node = builder.add_nodes(c.needs)
    into = _people(builder, c, parameters, p, n, pinned)
    cost = {level.value: values for level, values in costs.pair_cost(c, parameters, p, n).items()}
    if c.published and Level.CHANGES in parameters.levels and parameters.on(Rule.CHANGES):
        cost["changes"] = np.zeros(len(p), dtype=np.int64)
        keys = p * c.needs + n
        for (person, need), value in c.published.items():
            at = np.searchsorted(keys, person * c.needs + need)
            if at < len(keys) and keys[at] == person * c.needs + need:
                cost["changes"][at] = -value
    # Pairs come first: their arcs are the first of the network.
    builder.add(into, need_node[n], np.ones(len(p)), 0, **cost)
    builder.parts.insert(0, builder.parts.pop())
    _places(builder, c, parameters, n, need_node, pinned)
    total = int(c.need_wished.sum()) + int(pinned.sum())
    builder.add([SOURCE], [SINK], total, 9)
    joined = [np.concatenate(part) for part in zip(*builder.parts, strict=True)]
    low = np.zeros(len(joined[0]), dtype=np.int64)
    low[: len(p)] = pinned
    constant = np.asarray(list(costs.by_level(parameters, costs.ledger(c, parameters, ())).values()))
    return Network(
        person=p,
        need=n,
        tail=joined[0],
        head=joined[1],
        low=low,
        cap=joined[2],
        cost=joined[3],
        layer=joined[4],
        constant=constant,
        nodes=builder.nodes,
        total=total,
    )


def _grouped(key: Ints, pinned: Any) -> tuple[Ints, Ints, Ints, Ints]:
    """(distinct keys, index of the first of each, group of each row, pinned rows of each group)."""
    distinct, first, group = np.unique(key, return_index=True, return_inverse=True)
    return distinct, first, group, np.bincount(group, weights=pinned, minlength=len(distinct)).astype(int)


def _people(builder: _Builder, c: Columns, parameters: Parameters, p: Ints, n: Ints, pinned: Bools) -> Ints:
    """Arcs from the source down to the half-days of each practitioner; the node that each pair leaves from."""
    day, halves, length = c.need_day[n], c.need_halves[n], c.need_length[n]
    days = len(c.week)
    one_place = parameters.on(Rule.TWO_PLACES)
    # Half-days that can hold a shift each: with a morning and an afternoon shift, a day takes two.
    day_key, day_first, day_of, day_pinned = _grouped(p * days + day, pinned)
    kinds = np.zeros(len(day_key), dtype=np.int64)
    np.bitwise_or.at(kinds, day_of, 1 << halves)
    single = np.isin(kinds, (2, 4, 8))
    room = np.where((kinds & 6) == 6, 2, 1) if one_place else np.bincount(day_of, minlength=len(day_key))
    day_cap = np.maximum(room, day_pinned)
    day_node = builder.add_nodes(len(day_key))
    out = day_node[day_of]
    if one_place and not single.all():
        mixed = ~single[day_of]
        key, first, group, held = _grouped((p[mixed] * days + day[mixed]) * 4 + halves[mixed], pinned[mixed])
        node = builder.add_nodes(len(key))
        builder.add(out[mixed][first], node, np.maximum(1, held), 1)
        out = out.copy()
        out[mixed] = node[group]
    above_p, above_day = p[day_first], day[day_first]
    week, month = c.week[above_day], c.month[above_day]
    per_day = room
    months = np.unique(c.month)
    nested = len(months) == 1 or all(len(np.unique(c.month[c.week == w])) == 1 for w in np.unique(c.week))
    up, pinned_days = day_node, day_pinned
    upper_p, upper_month, units = above_p, month, per_day
    if parameters.on(Rule.WEEK_DAYS) and nested:
        key, first, group, _ = _grouped(above_p * NO_LIMIT + (week - c.week.min()), np.zeros(len(above_p)))
        many = np.bincount(group, minlength=len(key))
        most = c.max_days_week[above_p[first]]
        if (many > most).any():
            node = builder.add_nodes(len(key))
            held = np.bincount(group, weights=day_pinned, minlength=len(key)).astype(int)
            limit = most * np.maximum.reduceat(per_day[np.argsort(group, kind="stable")], _starts(many))
            builder.add(node[group], day_node, day_cap, 2)
            up, day_cap, pinned_days = node, np.maximum(limit, held), held
            upper_p, upper_month = above_p[first], month[first]
            units = np.bincount(group, weights=per_day, minlength=len(key)).astype(int)
    # Shortest shift of each practitioner: the cap holds at most so many.
    shortest = np.full(c.people, 2, dtype=np.int64)
    np.minimum.at(shortest, p, length)
    capped = parameters.on(Rule.MONTHLY_CAP)
    key, first, group, _ = _grouped(upper_p * NO_LIMIT + upper_month, np.zeros(len(upper_p)))
    owner = upper_p[first]
    left = np.full(len(key), NO_LIMIT)
    if capped:
        used = np.where(upper_month[first] == c.month[0], c.used[owner], 0)
        left = np.maximum(0, c.cap[owner] - used) // shortest[owner]
    held = np.bincount(group, weights=pinned_days, minlength=len(key)).astype(int)
    most_units = np.bincount(group, weights=units, minlength=len(key)).astype(int)
    left = np.maximum(np.minimum(left, most_units), held)
    month_node = builder.add_nodes(len(key))
    builder.add(month_node[group], up, day_cap, 3)
    who, first, group, _ = _grouped(owner, np.zeros(len(owner)))
    total = np.bincount(group, weights=left, minlength=len(who)).astype(int)
    if len(who) < len(key):
        node = builder.add_nodes(len(who))
        builder.add(node[group], month_node, left, 4)
    else:
        node = month_node
    fair = Level.FAIRNESS in parameters.levels and parameters.on(Rule.FAIR_DOCTORS)
    if not fair:
        builder.add(np.full(len(who), SOURCE), node, total, 5)
    else:
        row = np.repeat(np.arange(len(who)), total)
        step = np.arange(len(row)) - np.repeat(np.cumsum(total) - total, total)
        builder.add(np.full(len(row), SOURCE), node[row], 1, 5, fairness=c.recent[who[row]] + step)
    return out


def _starts(many: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(many)[:-1]])


def _places(
    builder: _Builder, c: Columns, parameters: Parameters, n: Ints, need_node: Ints, pinned: Bools
) -> None:
    """Arcs from the needs to the sink: seats, rooms, minimum of each site and week, fairness between sites."""
    minimum_on = parameters.on(Rule.SITE_MINIMUM)
    pinned_need = np.bincount(n, weights=pinned, minlength=c.needs).astype(int)
    site, day, halves = c.need_site, c.need_day, c.need_halves
    up = np.zeros(c.needs, dtype=np.int64)
    site_node = builder.add_nodes(c.sites)
    up[:] = site_node[site]
    weeks = costs.site_minimums(c) if minimum_on and Level.MINIMUM in parameters.levels else {}
    if weeks:
        numbers = np.asarray(sorted(weeks), dtype=np.int64)
        week_node = builder.add_nodes(len(numbers))
        mine = c.site_week()
        at = np.minimum(np.searchsorted(numbers, mine), len(numbers) - 1)
        inside = numbers[at] == mine
        up[inside] = week_node[at[inside]]
        owner = np.asarray([weeks[number][0] for number in numbers.tolist()])
        least = np.asarray([weeks[number][1] for number in numbers.tolist()])
        builder.add(week_node, site_node[owner], least, 6, minimum=-c.site_priority[owner])
        builder.add(week_node, site_node[owner], NO_LIMIT, 6)
    if parameters.on(Rule.ROOMS) and (c.rooms < NO_LIMIT).any():
        key, first, group, held = _grouped(site * len(c.week) + day, pinned_need)
        wished = np.bincount(group, weights=c.need_wished, minlength=len(key))
        kinds = np.zeros(len(key), dtype=np.int64)
        np.bitwise_or.at(kinds, group, 1 << halves)
        rooms = np.minimum(c.rooms[site[first]] * np.where((kinds & 6) == 6, 2, 1), NO_LIMIT)
        tight = wished > np.minimum(rooms, c.rooms[site[first]])
        node = builder.add_nodes(len(key))
        builder.add(node[tight], up[first[tight]], np.maximum(rooms, held)[tight], 7)
        inside = tight[group]
        up[inside] = node[group[inside]]
        split = inside & ((kinds & 6) == 6)[group]
        if split.any():
            who = split.nonzero()[0]
            key, first, group, held = _grouped(
                (site[who] * len(c.week) + day[who]) * 4 + halves[who], pinned_need[who]
            )
            slot = builder.add_nodes(len(key))
            builder.add(slot, up[who[first]], np.maximum(c.rooms[site[who[first]]], held), 10)
            up[who] = slot[group]
    weight = c.need_weight
    filled = -weight if parameters.on(Rule.NEED) else np.zeros_like(weight)
    builder.add(
        need_node, up, c.need_minimum, 8, minimum=-weight if minimum_on else 0 * weight, filled=filled
    )
    builder.add(need_node, up, c.need_wished - c.need_minimum, 8, filled=filled)
    surplus = np.maximum(0, pinned_need - c.need_wished)
    if surplus.any():
        builder.add(need_node, up, surplus, 8)
    wished = np.bincount(site, weights=c.need_wished, minlength=c.sites).astype(int)
    _site_steps(
        builder, c, parameters, site_node, wished, np.bincount(site, weights=surplus, minlength=c.sites)
    )


def _site_steps(
    builder: _Builder, c: Columns, parameters: Parameters, node: Ints, wished: Ints, surplus: Floats
) -> None:
    if not (Level.FAIRNESS in parameters.levels and parameters.on(Rule.FAIR_SITES)):
        builder.add(node, SINK, wished + surplus.astype(int), 11)
        return
    tails, caps, steps = [], [], []
    for s in range(c.sites):
        values, many = np.unique(costs.site_steps(c, parameters, s, int(wished[s])), return_counts=True)
        if surplus[s]:
            values = np.append(values, values[-1] if len(values) else 0)
            many = np.append(many, int(surplus[s]))
        tails.append(np.full(len(values), node[s]))
        caps.append(many)
        steps.append(values)
    if tails:
        builder.add(np.concatenate(tails), SINK, np.concatenate(caps), 11, fairness=np.concatenate(steps))
