"""Old communes put together, arrondissements never added twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releve.contexts.territory.figures import COUNT, FLAG, RATE, TEXT
from releve.contexts.territory.mergers import (
    Geography,
    add_whole_cities,
    gather,
    present_codes,
    together,
)

GEOGRAPHY = Geography(
    current=frozenset({"85001", "75056", "75101", "75102"}),
    former={"85002": "85001"},
    parents={"75101": "75056", "75102": "75056"},
    population={"75101": 1000, "75102": 3000},
)


def test_a_code_leads_to_the_commune_of_today() -> None:
    codes = ["85001", "85002", "85003", "85004"]
    hints = [None, None, "85001", "86999"]
    assert present_codes(codes, hints, GEOGRAPHY) == ["85001", "85001", "85001", None]


def test_a_rate_is_the_mean_over_people() -> None:
    assert together([2.0, 4.0], [900, 300], RATE) == pytest.approx(2.5)


def test_unknown_people_share_equally() -> None:
    assert together([2.0, 4.0], [900, None], RATE) == pytest.approx(3.0)


def test_a_missing_rate_is_left_out_and_a_missing_count_makes_the_sum_missing() -> None:
    assert together([None, 4.0], [900, 300], RATE) == 4.0
    assert together([None, None], [900, 300], RATE) is None
    assert together([1, 2], [1, 1], COUNT) == 3
    assert together([1, None], [1, 1], COUNT) is None


def test_texts_follow_the_most_people_and_flags_the_first_true() -> None:
    assert together(["ZAC", "ZIP"], [900, 300], TEXT) == "ZAC"
    assert together(["", ""], [900, 300], TEXT) == ""
    assert together([False, True], [900, 300], FLAG) is True


def test_a_city_gets_what_its_arrondissements_say_only_without_its_own_value() -> None:
    found = {"75101": 2.0, "75102": 4.0}
    add_whole_cities(found, RATE, GEOGRAPHY)
    assert found["75056"] == pytest.approx(3.5)
    own = {"75056": 9.0, "75101": 2.0, "75102": 4.0}
    add_whole_cities(own, RATE, GEOGRAPHY)
    assert own["75056"] == 9.0


def test_counts_of_a_city_are_never_added_twice() -> None:
    whole = {"75056": 10, "75101": 4, "75102": 6}
    add_whole_cities(whole, COUNT, GEOGRAPHY)
    assert whole["75056"] == 10
    partial = {"75056": 1, "75101": 4, "75102": 6}
    add_whole_cities(partial, COUNT, GEOGRAPHY, partial=True)
    assert partial["75056"] == 11
    lacking = {"75101": 4, "75102": None}
    add_whole_cities(lacking, COUNT, GEOGRAPHY)
    assert lacking.get("75056") is None


def test_a_text_of_a_city_needs_every_arrondissement_to_agree() -> None:
    same = {"75101": "HZ", "75102": "HZ"}
    add_whole_cities(same, TEXT, GEOGRAPHY)
    assert same["75056"] == "HZ"
    mixed = {"75101": "HZ", "75102": "ZIP"}
    add_whole_cities(mixed, TEXT, GEOGRAPHY)
    assert "75056" not in mixed


@given(st.lists(st.tuples(st.sampled_from(["A", "B", None]), st.integers(0, 50)), max_size=12))
def test_counts_are_conserved(rows: list[tuple[str | None, int]]) -> None:
    targets, values = [r[0] for r in rows], [r[1] for r in rows]
    found = gather(targets, values, [None] * len(rows), COUNT)
    assert sum(found.values()) == sum(v for to, v in rows if to is not None)


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(1, 10_000)), min_size=1, max_size=8))
def test_a_mean_stays_between_its_values(rows: list[tuple[float, int]]) -> None:
    mean = together([v for v, _ in rows], [w for _, w in rows], RATE)
    assert min(v for v, _ in rows) - 1e-6 <= mean <= max(v for v, _ in rows) + 1e-6
