"""Shift-scheduling instances: reader, independent check, pricing, and the whole against everything tried."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releve.engines.rostering import InvalidInstance, Stop, nrp
from releve.engines.rostering.nrp.pricing import cheapest, contracts, prices, under

TEXT = """# comment
SECTION_HORIZON
7
SECTION_SHIFTS
E,480,
L,600,E
SECTION_STAFF
# ID, MaxShifts, ...
A,E=7|L=1,3000,960,3,2,2,0
B,E=7|L=7,2400,0,5,1,1,1
SECTION_DAYS_OFF
A,3
SECTION_SHIFT_ON_REQUESTS
A,0,E,2
SECTION_SHIFT_OFF_REQUESTS
B,1,L,3
SECTION_COVER
0,E,1,100,1
1,L,1,50,2
5,E,1,10,1
"""


def test_reader() -> None:
    instance = nrp.read(TEXT)
    assert (instance.days, len(instance.shifts), len(instance.employees)) == (7, 2, 2)
    assert instance.shifts[1].never_next == {0}
    assert instance.employees[0].max_shifts == (7, 1)
    assert instance.employees[0].days_off == {3}
    assert instance.on[0, 0, 0] == 2
    assert instance.off[1, 1, 1] == 3
    assert instance.required[5, 0] == 1
    assert instance.under[1, 1] == 50
    assert instance.over[1, 1] == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("SECTION_HORIZON\n7\n", "", "SECTION_HORIZON"),
        ("L,600,E", "L,600,X", "Line"),
        ("5,E,1,10,1", "9,E,1,10,1", "Line 20"),
        ("B,E=7|L=7,2400,0,5,1,1,1", "B,E=7|L=7,2400,0,5", "Line"),
        ("A,0,E,2", "Z,0,E,2", "Line 14"),
        ("B,1,L,3", "B,1,L,many", "Line 16"),
        ("B,E=7|L=7", "A,E=7|L=7", "twice"),
        ("# comment", "stray", "Line 1"),
        ("\n7\n", "\n0\n", "0 days"),
    ],
)
def test_a_wrong_line_is_named(old: str, new: str, said: str) -> None:
    with pytest.raises(InvalidInstance, match=said):
        nrp.read(TEXT.replace(old, new, 1))


def test_penalty_by_hand() -> None:
    instance = nrp.read(TEXT)
    roster = np.full((2, 7), -1)
    assert nrp.penalty(instance, roster) == 2 + 100 + 50 + 10
    roster[1, 1] = 1
    assert nrp.penalty(instance, roster) == 2 + 3 + 100 + 10
    roster[:, 1] = 1
    assert nrp.penalty(instance, roster) == 2 + 3 + 100 + 2 + 10


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([0, 0, -1, -1, -1, -1, -1], ""),
        ([-1, -1, -1, 0, 0, -1, -1], "day off"),
        ([1, 0, -1, -1, -1, -1, -1], "then"),
        ([1, 1, -1, -1, -1, -1, -1], "too many shifts"),
        ([0, -1, -1, -1, -1, -1, -1], "minutes"),
        ([0, 0, -1, -1, -1, 0, 0], "weekends"),
        ([-1, 0, 1, -1, -1, -1, -1], ""),
        ([-1, 0, -1, -1, 0, -1, -1], "only 1"),
        ([0, 0, 0, -1, 0, -1, -1], "only 1"),
    ],
)
def test_each_hard_rule_is_checked(row: list[int], said: str) -> None:
    instance = nrp.read(TEXT)
    found = [text for text in nrp.violations(instance, np.asarray([row, [-1] * 7])) if text.startswith("A")]
    assert any(said in text for text in found) if said else not found


def test_too_many_in_a_row_counts_from_the_first_day() -> None:
    instance = nrp.read(TEXT.replace("A,3\n", ""))
    row = [0, 0, 0, 0, -1, -1, -1]
    assert any("in a row" in text for text in nrp.violations(instance, np.asarray([row, [-1] * 7])))


def small(seed: int, days: int = 6, staff: int = 2) -> str:
    """A random instance in the text of the format; it starts on a Monday, so 6 days end on a Saturday."""
    rng = np.random.default_rng(seed)
    lines = ["SECTION_HORIZON", str(days), "SECTION_SHIFTS", "E,480,", "L,540,E", "SECTION_STAFF"]
    for e in range(staff):
        least = int(rng.integers(0, 3)) * 480
        lines.append(
            f"S{e},E={rng.integers(0, 5)}|L={rng.integers(1, 7)},{least + int(rng.integers(2, 5)) * 480},{least},"
            f"{rng.integers(2, 5)},{rng.integers(1, 3)},{rng.integers(1, 3)},{rng.integers(0, 2)}"
        )
    lines += ["SECTION_DAYS_OFF", f"S0,{rng.integers(0, days)}", "SECTION_SHIFT_ON_REQUESTS"]
    lines += [f"S{rng.integers(0, staff)},{rng.integers(0, days)},E,{rng.integers(1, 4)}" for _ in range(3)]
    lines += ["SECTION_SHIFT_OFF_REQUESTS", f"S1,{rng.integers(0, days)},L,2", "SECTION_COVER"]
    lines += [
        f"{d},{s},{rng.integers(0, 3)},{rng.choice([5, 100])},{rng.integers(1, 3)}"
        for d in range(days)
        for s in "EL"
    ]
    return "\n".join(lines)


def rows_of(instance: nrp.Instance, e: int) -> list[np.ndarray]:
    """Every row that the independent check accepts."""
    found = []
    for row in itertools.product((-1, 0, 1), repeat=instance.days):
        roster = np.full((len(instance.employees), instance.days), -1)
        roster[e] = row
        name = instance.employees[e].id + ":"
        if not any(text.startswith(name) for text in nrp.violations(instance, roster)):
            found.append(np.asarray(row))
    return found


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_pricing_knows_exactly_the_rosters_that_the_check_accepts(seed: int) -> None:
    instance = nrp.read(small(seed))
    dual = np.random.default_rng(seed).normal(0, 3, (instance.days, 2))
    for contract in contracts(instance):
        table = prices(instance, contract.members, dual)
        best, _ = cheapest(contract, table) if all(len(x.source) for x in contract.layers) else (None, None)
        for k, e in enumerate(contract.members.tolist()):
            true = rows_of(instance, e)
            if best is None:
                assert true == []
                continue
            cost = [float(table[k, np.arange(instance.days), row].sum()) for row in true]
            assert (min(cost) if cost else np.inf) == pytest.approx(best[k]) or (not cost and best[k] > 1e6)
            listed = under(contract, table, k, 1e5, 10_000)
            assert listed is not None
            assert {tuple(row) for row in listed} == {tuple(row) for row in true}


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_nothing_beats_it(seed: int) -> None:
    instance = nrp.read(small(seed))
    values = [
        nrp.penalty(instance, np.stack(pair))
        for pair in itertools.product(rows_of(instance, 0), rows_of(instance, 1))
    ]
    result = nrp.solve(instance, Stop(5), seed=seed)
    if not values:
        assert result.roster is None
        return
    assert result.roster is not None
    assert not nrp.violations(instance, result.roster)
    assert nrp.penalty(instance, result.roster) == result.penalty == min(values)
    assert result.bound <= min(values)


FOLDER = Path(os.environ.get("RELEVE_BENCH_DIR", "../shared/benchmarks")) / "curtois_qu"


@pytest.mark.skipif(
    not FOLDER.is_dir(), reason="public instances are not in this environment (RELEVE_BENCH_DIR)"
)
@pytest.mark.parametrize(
    ("name", "best"), [("Instance1", 607), ("Instance2", 828), ("Instance3", 1001), ("Instance4", 1716)]
)
def test_public_instances_are_proven(name: str, best: int) -> None:
    instance = nrp.read((FOLDER / f"{name}.txt").read_text())
    result = nrp.solve(instance, Stop(60))
    assert (result.penalty, result.bound, result.status) == (best, best, "optimal")
    assert result.roster is not None
    assert not nrp.violations(instance, result.roster)
