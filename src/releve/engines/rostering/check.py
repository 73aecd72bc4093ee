"""Rules on a roster made by hand: the same functions as the solver, all broken rules at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import rules
from .columns import Columns
from .parameters import Parameters, Rule
from .problem import Assignment, Problem
from .result import Broken

Held = Mapping[int, Sequence[int]]


@dataclass(frozen=True)
class Edit:
    """One gesture: take these away, add those. A move by drag is one of each."""

    add: tuple[Assignment, ...] = ()
    remove: tuple[Assignment, ...] = ()


def check_edit(
    problem: Problem, roster: Iterable[Assignment], edit: Edit, parameters: Parameters | None = None
) -> list[Broken]:
    """Hard rules that the roster would break after the edit and did not break before. Empty = the edit is accepted."""
    parameters = parameters or Parameters()
    before = set(roster)
    after = (before - set(edit.remove)) | set(edit.add)
    known = {_key(broken) for broken in check_roster(problem, before, parameters)}
    found = [broken for broken in check_roster(problem, after, parameters) if _key(broken) not in known]
    pinned = set(problem.pinned)
    if parameters.on(Rule.PINNED):
        for removed in edit.remove:
            if removed in pinned and removed not in edit.add:
                found.append(Broken(Rule.PINNED, removed.practitioner, removed.need))
    return found


def check_roster(
    problem: Problem, roster: Iterable[Assignment], parameters: Parameters | None = None
) -> list[Broken]:
    """Every hard rule that a roster breaks."""
    c, parameters = problem.columns, parameters or Parameters()
    pairs = sorted({problem.indices(a.practitioner, a.need) for a in roster})
    held = by_person(pairs)
    found = [
        _broken_pair(problem, c, rule, p, n) for p, n in pairs for rule in pair_faults(c, parameters, p, n)
    ]
    for p, mine in held.items():
        for clash in rules.clashes(c, parameters, p, mine):
            found.append(
                Broken(
                    clash.rule,
                    problem.practitioners[p].id,
                    problem.needs[clash.needs[-1]].id,
                    tuple(problem.needs[n].id for n in clash.needs),
                    clash.details,
                )
            )
    if parameters.on(Rule.SUPERVISION):
        found += [
            Broken(Rule.SUPERVISION, problem.practitioners[p].id, problem.needs[n].id)
            for p, n in pairs
            if not rules.supervision(c, parameters, p, n, held)
        ]
    if parameters.on(Rule.ROOMS):
        for site, day, half, many in rules.rooms(c, parameters, pairs):
            needs = tuple(
                problem.needs[n].id
                for n in dict.fromkeys(n for _, n in pairs)
                if c.need_site[n] == site and c.need_day[n] == day and c.need_halves[n] & half
            )
            details = {
                "site": problem.sites[site].id,
                "half": half,
                "rooms": int(c.rooms[site]),
                "people": many,
            }
            found.append(Broken(Rule.ROOMS, None, needs[-1], needs, details))
    if parameters.on(Rule.SEATS):
        found += [
            Broken(
                Rule.SEATS, None, problem.needs[n].id, (), {"wished": int(c.need_wished[n]), "people": many}
            )
            for n, many in rules.seats(c, parameters, pairs)
        ]
    present = set(pairs)
    if parameters.on(Rule.PINNED):
        found += [
            Broken(Rule.PINNED, problem.practitioners[p].id, problem.needs[n].id)
            for p, n in c.pinned
            if (p, n) not in present
        ]
    return found


def pair_faults(c: Columns, parameters: Parameters, p: int, n: int) -> list[Rule]:
    """Rules of a pair that this one breaks."""
    one, other = np.asarray([p]), np.asarray([n])
    return [
        rule
        for rule, function in rules.PAIR_RULES.items()
        if parameters.on(rule) and not function(c, parameters, one, other)[0]
    ]


def added_faults(
    c: Columns, parameters: Parameters, p: int, n: int, held: Held, *, place: bool = True
) -> list[Rule]:
    """Rules that break when `p` takes `n` beside what everybody holds; those of a pair are the caller's business."""
    mine = held.get(p, ())
    if n in mine:
        return [Rule.SEATS]
    before = {(clash.rule, clash.needs) for clash in rules.clashes(c, parameters, p, mine)}
    found = list(
        dict.fromkeys(
            clash.rule
            for clash in rules.clashes(c, parameters, p, [*mine, n])
            if (clash.rule, clash.needs) not in before
        )
    )
    if parameters.on(Rule.SUPERVISION) and not rules.supervision(c, parameters, p, n, held):
        found.append(Rule.SUPERVISION)
    if place and parameters.on(Rule.ROOMS) and room_full(c, n, held):
        found.append(Rule.ROOMS)
    return found


def room_full(c: Columns, n: int, held: Held) -> bool:
    """One more practitioner at this need would be one too many in the rooms."""
    site, day = c.need_site[n], c.need_day[n]
    there = [
        m
        for mine in held.values()
        for m in mine
        if c.need_site[m] == site and c.need_day[m] == day and c.need_halves[m] & c.need_halves[n]
    ]
    return any(
        int(c.need_halves[n]) & half and sum(bool(c.need_halves[m] & half) for m in there) >= c.rooms[site]
        for half in (1, 2)
    )


def by_person(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    held: dict[int, list[int]] = defaultdict(list)
    for p, n in pairs:
        held[p].append(n)
    return dict(held)


def _broken_pair(problem: Problem, c: Columns, rule: Rule, p: int, n: int) -> Broken:
    details: dict[str, object] = {}
    person, need = problem.practitioners[p], problem.needs[n]
    if rule is Rule.REACH:
        details = {"minutes": float(c.home_minutes[p, c.need_site[n]]), "most": person.max_minutes}
    elif rule is Rule.PAPERS:
        details = {"from": person.papers_from, "until": person.papers_until, "papers": person.papers}
    elif rule is Rule.QUALIFICATION:
        details = {"status": person.status, "missing": tuple(sorted(need.skills - person.skills))}
    return Broken(rule, person.id, need.id, (need.id,), details)


def _key(broken: Broken) -> tuple[object, ...]:
    return (
        broken.rule,
        broken.practitioner,
        broken.need,
        broken.needs,
        tuple(sorted(broken.details.items(), key=str)),
    )
