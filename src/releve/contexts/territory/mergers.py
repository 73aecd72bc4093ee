"""From the communes of a file to those of today: mergers, arrondissements. Pure.

Old communes that became one are put together by `gather`: a rate is the mean over their people, a count their
sum, a flag true when one is, a text that of the most people. Arrondissements keep their own values; their
commune gets a value made of theirs only when the file has none for it, so nobody is counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .figures import COUNT, FLAG, TEXT

PRECISION = 6


@dataclass(frozen=True)
class Geography:
    """The communes of today. `former`: old code to present one; `parents`: arrondissement to its commune."""

    current: frozenset[str]
    former: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    population: Mapping[str, int | None] = field(default_factory=dict)


def present_codes(
    codes: Sequence[str], hints: Sequence[str | None] | None, geography: Geography
) -> list[str | None]:
    """The commune of today of each code of a file; None when it leads nowhere. `hints`: as the file itself says."""
    found: list[str | None] = []
    for rank, code in enumerate(codes):
        hint = hints[rank] if hints is not None else None
        if hint in geography.current:
            found.append(hint)
        elif code in geography.current:
            found.append(code)
        else:
            found.append(geography.former.get(code))
    return found


def together(values: Sequence[Any], weights: Sequence[float | None], kind: str) -> Any:
    """One value for several places. Weights are their people; equal shares when one is not known.

    None counts as missing: left out of a mean, and a sum with a missing term is missing.
    """
    if kind == COUNT:
        return None if any(v is None for v in values) else sum(values)
    usual = [1.0] * len(values) if any(not w for w in weights) else [float(w or 0) for w in weights]
    known = [(v, w) for v, w in zip(values, usual, strict=True) if v is not None and v != ""]
    if not known:
        return "" if kind == TEXT else None
    if kind == FLAG:
        return any(v for v, _ in known)
    if kind == TEXT:
        totals: dict[Any, float] = {}
        for value, weight in known:
            totals[value] = totals.get(value, 0.0) + weight
        return max(sorted(totals), key=lambda value: totals[value])
    return round(sum(v * w for v, w in known) / sum(w for _, w in known), PRECISION)


def gather(
    targets: Sequence[str | None],
    values: Sequence[Any],
    weights: Sequence[float | None],
    kind: str,
) -> dict[str, Any]:
    """Value of each present commune that a row leads to."""
    found: dict[str, Any] = {}
    several: dict[str, list[int]] = {}
    first: dict[str, int] = {}
    for rank, code in enumerate(targets):
        if code is None:
            continue
        if code in first:
            several.setdefault(code, [first[code]]).append(rank)
        else:
            first[code] = rank
            found[code] = values[rank]
    for code, ranks in several.items():
        found[code] = together([values[r] for r in ranks], [weights[r] for r in ranks], kind)
    return found


def add_whole_cities(
    found: dict[str, Any], kind: str, geography: Geography, *, partial: bool = False
) -> None:
    """Give Paris, Lyon and Marseille what their arrondissements say, in place, when the file says nothing of them.

    `partial`: the rows of the commune are others than those of its arrondissements (people counted one by one
    under either code): they add up. A text is given only when the arrondissements agree.
    """
    districts: dict[str, list[str]] = {}
    for district, city in geography.parents.items():
        districts.setdefault(city, []).append(district)
    for city, members in districts.items():
        own = found.get(city)
        present = [code for code in sorted(members) if found.get(code) not in (None, "")]
        if not present or (own not in (None, "") and not partial):
            continue
        values = [found[code] for code in present]
        if kind == COUNT:
            # A missing arrondissement makes the sum unknown, unless people are counted one by one.
            if partial:
                found[city] = sum(values) + (own or 0)
            elif len(present) == len(members):
                found[city] = sum(values)
        elif kind == TEXT:
            if len(set(values)) == 1 and len(present) == len(members):
                found[city] = values[0]
        else:
            found[city] = together(values, [geography.population.get(code) for code in present], kind)
