"""Scores: the worked table, PySAL `access`, and the laws that any floating catchment obeys."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releve.engines.accessibility import (
    APL_STEPS,
    Gaussian,
    InvalidInput,
    Linear,
    Steps,
    TravelTimes,
    apl,
    enhanced_two_step,
    standardised_population,
    territory_mean,
    three_step,
    travel_times,
    two_step,
)

from .conftest import draw_country

REFERENCE = json.loads((Path(__file__).parent / "access_reference.json").read_text(encoding="utf-8"))
ROOT = Path(__file__).parents[3]


def worked_example() -> TravelTimes:
    """Three communes in a row, 8 and 14 minutes apart, A and C 22 minutes apart; doctors in A and B."""
    minutes = np.array([[0.0, 8.0], [8.0, 0.0], [22.0, 14.0]])
    rows, columns = np.divmod(np.arange(6), 2)
    return TravelTimes.from_pairs(rows, columns, minutes.ravel(), 3, 2)


def test_the_worked_table_of_the_document():
    times = worked_example()
    people = standardised_population(
        [1000, 3000, 600], [[30, 50, 12, 8], [35, 53, 8, 4], [20, 45, 18, 17]], (0.69, 0.83, 1.46, 2.05)
    )
    result = apl([5000.0, 10000.0], people, times, APL_STEPS)
    lines = (ROOT / "docs/algorithms/accessibility.md").read_text(encoding="utf-8").splitlines()
    table = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in lines
        if line.startswith(("| A |", "| B |", "| C |"))
    ]
    assert len(table) == 3
    for row, place in enumerate(table):
        assert place[3] == f"{people[row]:.1f}"
        if row < 2:
            assert place[5] == f"{result.demand_in_reach[row]:.1f}"
            assert place[6] == f"{result.ratios[row]:.4f}"
        assert place[7] == f"{result.scores[row]:.4f}"
    assert people.sum() == pytest.approx(4600)
    assert (result.scores * people).sum() == pytest.approx(15000)


def reference_times() -> TravelTimes:
    return TravelTimes.from_pairs(
        REFERENCE["origins"], REFERENCE["destinations"], REFERENCE["minutes"], 14, 6
    )


@pytest.mark.parametrize("name", ["two_step_15", "enhanced_steps", "enhanced_gaussian", "three_steps"])
def test_equal_to_pysal_access(name):
    supply, demand, times = REFERENCE["supply"], REFERENCE["demand"], reference_times()
    steps = Steps(REFERENCE["steps"]["bounds"], REFERENCE["steps"]["weights"])
    ours = {
        "two_step_15": lambda: two_step(supply, demand, times, 15.0),
        "enhanced_steps": lambda: enhanced_two_step(supply, demand, times, steps),
        "enhanced_gaussian": lambda: enhanced_two_step(
            supply, demand, times, Gaussian(**REFERENCE["gaussian"])
        ),
        "three_steps": lambda: three_step(supply, demand, times, steps, sites=np.ones(6, bool)),
    }[name]()
    np.testing.assert_allclose(ours.scores, REFERENCE[name], rtol=1e-9, atol=0)


def test_three_steps_by_hand(country):
    times = travel_times(country.lon, country.lat, country.factor, max_minutes=25.0)
    decay = Steps((10, 15, 25), (1.0, 0.68, 0.22))
    weights = np.zeros((300, 300))
    weights[times.origins(), times.indices] = decay.weights(times.minutes)
    open_sites = country.supply > 0
    chosen = weights * open_sites
    total = chosen.sum(1, keepdims=True)
    share = np.divide(chosen, total, out=np.zeros_like(chosen), where=total > 0)
    pull = share * weights
    reach = pull.T @ country.population
    ratio = np.divide(country.supply, reach, out=np.zeros(300), where=reach > 0)
    ours = three_step(country.supply, country.population, times, decay)
    np.testing.assert_allclose(ours.scores, pull @ ratio, rtol=1e-12)


decays = st.sampled_from([APL_STEPS, Linear(20.0), Linear(12.0, flat=4.0), Gaussian(8.0, 20.0)])
seeds = st.integers(0, 10_000)
methods = st.sampled_from([enhanced_two_step, three_step])


def scored(method, country, decay, supply=None, demand=None):
    times = travel_times(country.lon, country.lat, country.factor, max_minutes=decay.reach)
    return method(
        country.supply if supply is None else supply,
        country.population if demand is None else demand,
        times,
        decay,
    )


@settings(max_examples=40, deadline=None)
@given(seeds, decays, methods, st.sets(st.integers(0, 59), max_size=50))
def test_no_consultation_is_lost(seed, decay, method, empty):
    """Mass balance: what is accessible plus what nobody reaches is what is supplied."""
    country = draw_country(60, seed)
    demand = country.population.copy()
    demand[sorted(empty)] = 0
    result = scored(method, country, decay, demand=demand)
    given_out = float(result.scores @ demand)
    assert given_out + result.unallocated == pytest.approx(country.supply.sum(), rel=1e-10)
    assert result.unallocated == pytest.approx(country.supply[result.unallocated_at].sum())


@settings(max_examples=40, deadline=None)
@given(seeds, decays, st.integers(0, 59), st.floats(0, 50_000))
def test_more_supply_lowers_nobody_and_more_demand_raises_nobody(seed, decay, place, more):
    country = draw_country(60, seed)
    before = scored(enhanced_two_step, country, decay).scores
    supply, demand = country.supply.copy(), country.population.copy()
    supply[place] += more
    demand[place] += more
    assert (scored(enhanced_two_step, country, decay, supply=supply).scores >= before - 1e-12).all()
    # Where a demand was zero, a place may enter the reach of a stranded supply: populations here are positive.
    assert (scored(enhanced_two_step, country, decay, demand=demand).scores <= before + 1e-12).all()


@settings(max_examples=30, deadline=None)
@given(seeds, decays, methods)
def test_the_order_of_places_does_not_matter(seed, decay, method):
    country = draw_country(60, seed)
    order = np.random.default_rng(seed + 1).permutation(60)
    turned = type(country)(*(getattr(country, name)[order] for name in country.__dataclass_fields__))
    np.testing.assert_allclose(
        scored(method, turned, decay).scores,
        scored(method, country, decay).scores[order],
        rtol=1e-11,
        atol=1e-15,
    )


@settings(max_examples=30, deadline=None)
@given(seeds, decays, methods, st.floats(0.01, 100))
def test_scale(seed, decay, method, times_more):
    country = draw_country(60, seed)
    scores = scored(method, country, decay).scores
    np.testing.assert_allclose(
        scored(method, country, decay, supply=country.supply * times_more).scores,
        scores * times_more,
        rtol=1e-11,
    )
    np.testing.assert_allclose(
        scored(method, country, decay, demand=country.population * times_more).scores,
        scores / times_more,
        rtol=1e-11,
    )


def test_supply_that_nobody_reaches_is_said():
    times = TravelTimes.from_pairs([0, 1], [0, 2], [3.0, 4.0], 2, 3)
    result = apl([10.0, 7.0, 5.0], [100.0, 0.0], times, APL_STEPS)
    assert result.unallocated == 12.0
    assert list(result.unallocated_at) == [1, 2]
    assert list(result.scores) == [0.1, 0.0]
    assert np.isfinite(result.ratios).all()


def test_weights_are_prepared_once(country):
    times = travel_times(country.lon, country.lat, country.factor, max_minutes=20.0)
    weights = times.weighted(APL_STEPS)
    np.testing.assert_array_equal(
        apl(country.supply, country.population, weights).scores,
        apl(country.supply, country.population, times, APL_STEPS).scores,
    )
    np.testing.assert_allclose(
        weights.over_origins(country.population),
        weights.by_destination().over_destinations(country.population),
    )


@pytest.mark.parametrize("bad", [[1.0], [1.0, -1.0, 0.0], [1.0, np.nan, 0.0]])
def test_refusals(bad):
    times = TravelTimes.from_pairs([0, 1, 2], [0, 1, 2], [0.0, 0.0, 0.0], 3, 3)
    good = [1.0, 1.0, 1.0]
    with pytest.raises(InvalidInput):
        apl(bad, good, times, APL_STEPS)
    with pytest.raises(InvalidInput):
        apl(good, bad, times, APL_STEPS)
    with pytest.raises(InvalidInput):
        enhanced_two_step(good, good, times)
    with pytest.raises(InvalidInput):
        two_step(good, good, times)


def test_standardised_population():
    shares = np.array([[50, 50], [20, 80], [np.nan, 1]])
    people = standardised_population([1000, 3000, 500], shares, [0.8, 1.2])
    assert people.sum() == pytest.approx(4500)
    assert people[0] / 1000 < people[1] / 3000
    assert people[2] == 500
    np.testing.assert_allclose(people, standardised_population([1000, 3000, 500], shares / 100, [8, 12]))
    with pytest.raises(InvalidInput):
        standardised_population([1, 1, 1], shares, [1, 1, 1])
    with pytest.raises(InvalidInput):
        standardised_population([1, 1, 1], shares, [1, -1])
    with pytest.raises(InvalidInput):
        standardised_population([1], [[-1, 2]], [1, 1])


def test_mean_of_territories():
    means = territory_mean([1.0, 3.0, np.nan, 5.0], [100, 300, 50, 10], [0, 0, 0, -1], 2)
    assert means[0] == pytest.approx(2.5)
    assert np.isnan(means[1])
