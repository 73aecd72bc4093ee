"""Every roster that one employee may hold, as a layered graph, and the cheapest one for any prices of shifts.

A state after a day: last shift (or off), length of the run, whether its minimum is met, weekends, minutes, and counts
of shifts with a real limit. Employees of the same contract share the graph; days off are prices. One layer is one
vectorised minimum for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .instance import OFF, Employee, Instance, Ints

CLOSED = 1e7

# Last shift, length of the run, its minimum is met, weekends, minutes, counts of shifts with a real limit.
State = tuple[int, int, bool, int, int, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Layer:
    """Arcs into the states of one day, sorted by target. shift: number of shifts = off."""

    source: Ints
    shift: Ints
    starts: Ints
    target: Ints


@dataclass(frozen=True, eq=False)
class Contract:
    """The graph of the employees (rows of the instance) who share their limits."""

    members: Ints
    layers: tuple[Layer, ...]
    first: int


def contracts(instance: Instance) -> list[Contract]:
    groups: dict[tuple[object, ...], list[int]] = {}
    for e, person in enumerate(instance.employees):
        key = (person.max_shifts, person.max_minutes, person.min_minutes, person.max_in_a_row)
        rest = (person.min_in_a_row, person.min_days_off, person.max_weekends)
        groups.setdefault((*key, *rest), []).append(e)
    return [
        Contract(np.asarray(rows), *_graph(instance, instance.employees[rows[0]])) for rows in groups.values()
    ]


def _graph(instance: Instance, person: Employee) -> tuple[tuple[Layer, ...], int]:
    """Layers of states that can be reached and can be ended, and the number of start states (one)."""
    off = len(instance.shifts)
    shifts = [s for s in range(off) if person.max_shifts[s] > 0]
    longest = max((instance.shifts[s].minutes for s in shifts), default=0)
    least = min((instance.shifts[s].minutes for s in shifts), default=1)
    most_shifts = min(instance.days, person.max_minutes // max(1, least))
    counted = [s for s in shifts if person.max_shifts[s] < most_shifts]
    weekends_count = person.max_weekends < len(instance.weekends)
    position = {s: i for i, s in enumerate(counted)}
    start: State = (OFF, person.min_days_off, True, 0, 0, (0,) * len(counted))
    states: dict[State, int] = {start: 0}
    steps: list[tuple[list[int], list[int], list[int], int]] = []
    for day in range(instance.days):
        following: dict[State, int] = {}
        source: list[int] = []
        shift: list[int] = []
        target: list[int] = []
        left = (instance.days - day - 1) * longest
        weekday = day % 7
        for state, number in states.items():
            last, run, met, weekends, minutes, counts = state
            options: list[tuple[int, State]] = []
            if last == OFF:
                options.append(
                    (off, (OFF, min(run + 1, person.min_days_off), True, weekends, minutes, counts))
                )
            elif met:
                options.append((off, (OFF, 1, True, weekends, minutes, counts)))
            if last != OFF or run >= person.min_days_off or day == 0:
                for s in shifts:
                    if last != OFF and (run >= person.max_in_a_row or s in instance.shifts[last].never_next):
                        continue
                    longer = 1 if last == OFF else run + 1
                    enough = longer >= person.min_in_a_row or day == 0 or (last != OFF and bool(met))
                    total = minutes + instance.shifts[s].minutes
                    if total > person.max_minutes:
                        continue
                    seen = weekends
                    if weekends_count and (weekday == 5 or (weekday == 6 and (last == OFF or day == 0))):
                        seen += 1
                        if seen > person.max_weekends:
                            continue
                    some = counts
                    if s in position:
                        if counts[position[s]] >= person.max_shifts[s]:
                            continue
                        some = tuple(v + (i == position[s]) for i, v in enumerate(counts))
                    options.append((s, (s, longer, enough, seen, total, some)))
            for s, following_state in options:
                if following_state[4] + left < person.min_minutes:
                    continue
                at = following.setdefault(following_state, len(following))
                source.append(number)
                shift.append(s)
                target.append(at)
        steps.append((source, shift, target, len(following)))
        states = following
    return _trimmed(steps)


def _trimmed(steps: list[tuple[list[int], list[int], list[int], int]]) -> tuple[tuple[Layer, ...], int]:
    """Keep only what leads to the end."""
    layers: list[Layer] = []
    alive = np.ones(steps[-1][3], dtype=bool)
    for index in range(len(steps) - 1, -1, -1):
        source_list, shift_list, target_list, _ = steps[index]
        source, shift, target = (
            np.asarray(x, dtype=np.int64) for x in (source_list, shift_list, target_list)
        )
        kept = alive[target] if len(target) else np.zeros(0, dtype=bool)
        number = np.cumsum(alive) - 1
        source, shift, target = source[kept], shift[kept], number[target[kept]]
        before = np.zeros(steps[index - 1][3] if index else 1, dtype=bool)
        before[source] = True
        layers.append(Layer(source, shift, np.zeros(0, int), target))
        alive = before
    layers.reverse()
    final = []
    for i, layer in enumerate(layers):
        source = layer.source
        if i:
            present = np.unique(layer.source)
            source = np.searchsorted(present, layer.source)
        order = np.argsort(layer.target, kind="stable")
        target = layer.target[order]
        starts = np.unique(target, return_index=True)[1] if len(target) else np.zeros(0, dtype=np.int64)
        final.append(Layer(source[order], layer.shift[order], starts, target))
    return tuple(final), 1


def cheapest(contract: Contract, price: Ints, many: int = 1) -> tuple[Ints, list[list[tuple[float, Ints]]]]:
    """price: (members, days, shifts + 1), the last one off. (least cost of each member, its `many` cheapest rosters,
    one for each state of the last day), inf when there is none."""
    values = [np.zeros((len(contract.members), 1))]
    for day, layer in enumerate(contract.layers):
        if not len(layer.source):
            return np.full(len(contract.members), np.inf), [[] for _ in contract.members]
        reached = values[-1][:, layer.source] + price[:, day, :][:, layer.shift]
        values.append(np.minimum.reduceat(reached, layer.starts, axis=1))
    best = values[-1].min(axis=1)
    rosters = []
    for k in range(len(contract.members)):
        ends = np.argsort(values[-1][k], kind="stable")[:many]
        rosters.append(
            [(float(values[-1][k, end]), _back(contract, price, values, k, int(end))) for end in ends]
        )
    return best, rosters


def _back(contract: Contract, price: Ints, values: list[Ints], k: int, end: int) -> Ints:
    off = price.shape[2] - 1
    row = np.full(len(contract.layers), OFF, dtype=np.int64)
    at = end
    for day in range(len(contract.layers) - 1, -1, -1):
        layer = contract.layers[day]
        low = layer.starts[at]
        high = layer.starts[at + 1] if at + 1 < len(layer.starts) else len(layer.source)
        reached = values[day][k, layer.source[low:high]] + price[k, day, layer.shift[low:high]]
        arc = low + int(reached.argmin())
        row[day] = OFF if layer.shift[arc] == off else layer.shift[arc]
        at = int(layer.source[arc])
    return row


def under(contract: Contract, price: Ints, k: int, limit: float, most: int) -> list[Ints] | None:
    """Every roster of member `k` that costs at most `limit`; None when there are more than `most`."""
    off = price.shape[2] - 1
    layers = contract.layers
    to_end = [np.zeros(len(layers[-1].starts))]
    for day in range(len(layers) - 1, -1, -1):
        layer = layers[day]
        reached = to_end[0][layer.target] + price[k, day, layer.shift]
        before = np.full(1 if day == 0 else len(layers[day - 1].starts), np.inf)
        np.minimum.at(before, layer.source, reached)
        to_end.insert(0, before)
    rows = [np.zeros((1, 0), dtype=np.int8)]
    cost, state, rosters = np.zeros(1), np.zeros(1, dtype=np.int64), rows[0]
    for day, layer in enumerate(layers):
        order = np.argsort(layer.source, kind="stable")
        first = np.searchsorted(layer.source[order], np.arange(len(to_end[day]) + 1))
        many = first[state + 1] - first[state]
        who = np.repeat(np.arange(len(state)), many)
        within = np.arange(len(who)) - np.repeat(np.cumsum(many) - many, many)
        arc = order[first[state[who]] + within]
        total = cost[who] + price[k, day, layer.shift[arc]]
        kept = total + to_end[day + 1][layer.target[arc]] <= limit + 1e-7
        if kept.sum() > most:
            return None
        who, arc = who[kept], arc[kept]
        cost, state = total[kept], layer.target[arc]
        today = np.where(layer.shift[arc] == off, OFF, layer.shift[arc]).astype(np.int8)
        rosters = np.concatenate([rosters[who], today[:, None]], axis=1)
    return list(rosters.astype(np.int64))


def prices(instance: Instance, members: Iterable[int], dual: Ints) -> Ints:
    """Requests less what the cover pays (`dual`: days, shifts); a day off never pays."""
    rows = np.asarray(list(members))
    price = np.zeros((len(rows), instance.days, len(instance.shifts) + 1))
    price[:, :, :-1] = instance.cost[rows] - dual
    for i, e in enumerate(rows.tolist()):
        for day in instance.employees[e].days_off:
            price[i, day, :-1] = CLOSED
    return price
