"""Offers of starts: the worked table of docs/algorithms/slots.md, and what must hold for any day."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releve.contexts.booking import rules

# gap, need, useful -> starts offered (ticks of five minutes)
TABLE = [
    ((0, 36), 6, 3, [0, 6, 12, 18, 24, 30]),  # three free hours, 30-minute visits: a plain chain
    ((0, 36), 3, 3, list(range(0, 36, 3))),  # 15-minute follow-ups
    ((0, 36), 4, 3, [0, 4, 8, 12, 16, 20, 24, 28, 32]),  # 20 minutes
    ((3, 12), 6, 3, [3, 6]),  # 45 free minutes: both edges, 15 minutes stay bookable
    ((0, 8), 6, 3, [0]),  # 40 minutes: ten are lost either way, still offered
    ((0, 5), 6, 3, []),  # too short
    ((0, 7), 3, 3, [0, 4]),  # 35 minutes, 15-minute visits: not at 15 (would leave 5)
]


@pytest.mark.parametrize(("gap", "need", "useful", "expected"), TABLE)
def test_worked_table(gap, need, useful, expected):
    assert sorted(o.start for o in rules.offered_starts(gap, need, useful)) == expected


def test_edges_are_marked_adjacent():
    offers = {o.start: o.adjacent for o in rules.offered_starts((0, 36), 6, 3)}
    assert offers[0]
    assert offers[30]
    assert not offers[12]


@given(st.integers(0, 60), st.sets(st.integers(0, 60)), st.integers(1, 12), st.integers(1, 6))
def test_offers_lie_in_free_time(end, busy, need, useful):
    for gap in rules.free_gaps(0, end, busy):
        assert not busy & set(range(*gap))
        for offer in rules.offered_starts(gap, need, useful):
            assert gap[0] <= offer.start
            assert offer.start + need <= gap[1]


@given(st.data())
@settings(max_examples=200)
def test_mixed_durations_do_not_fragment(data):
    """Whatever mix of 15, 20 and 30 minutes is booked from the offers, time lost is at most one sliver per free gap,
    and appears only where no offer of the gap could avoid it."""
    busy: set[int] = set()
    useful = 3
    for _ in range(data.draw(st.integers(0, 14))):
        need = data.draw(st.sampled_from([3, 4, 6]))
        offers = [
            (gap, offer)
            for gap in rules.free_gaps(0, 48, busy)
            for offer in rules.offered_starts(gap, need, useful)
        ]
        if not offers:
            continue
        gap, offer = data.draw(st.sampled_from(offers))
        clean = [o for g, o in offers if g == gap and rules.leaves_no_sliver(gap, o.start, need, useful)]
        assert not clean or rules.leaves_no_sliver(gap, offer.start, need, useful)
        busy |= set(range(offer.start, offer.start + need))


def test_a_slower_doctor_gets_longer_visits():
    assert rules.effective_minutes(15, 20) == 20
    assert rules.effective_minutes(30, 20) == 30
    assert rules.effective_minutes(15, None) == 15


@pytest.mark.parametrize(
    ("rule", "known", "expected"),
    [("any", True, True), ("new", True, False), ("known", False, False), ("new", None, True)],
)
def test_reason_suits_patient(rule, known, expected):
    assert rules.suits_patient(rule, known) is expected
