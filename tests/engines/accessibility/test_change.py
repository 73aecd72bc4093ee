"""What a change does: the local formula equals a full recomputation, for one site, several, and every commune."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releve.engines.accessibility import (
    APL_STEPS,
    InvalidInput,
    Linear,
    SmoothedSteps,
    SupplyChange,
    apl,
    effect_of_each,
    local_effect,
    scenario_effect,
    travel_times,
)

from .conftest import draw_country

decays = st.sampled_from([APL_STEPS, Linear(20.0), SmoothedSteps((10, 15, 20), (1, 2 / 3, 1 / 3), 2.5)])


def recomputed(country, decay, added, self_minutes=0.0, group=None):
    """(score before, score after adding `added` (n,)) by the whole matrix."""
    times = travel_times(
        country.lon,
        country.lat,
        country.factor,
        max_minutes=decay.reach,
        self_minutes=self_minutes,
        reachable_group=group,
    )
    # Enough supply everywhere for a doctor to leave: scores are linear in supply.
    base = np.full(len(country.lon), 1e5)
    people = country.population
    return apl(base, people, times, decay).scores, apl(base + added, people, times, decay).scores


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 1000),
    decays,
    st.integers(0, 79),
    st.floats(-5000, 20_000),
    st.sampled_from([0.0, 3.0, 12.0]),
)
def test_local_effect_is_the_whole_effect(seed, decay, place, added, inside):
    country = draw_country(80, seed)
    change = np.zeros(80)
    change[place] = added
    group = np.arange(80) % 2
    before, after = recomputed(country, decay, change, inside, group)
    near, deltas = local_effect(
        country.lon[place], country.lat[place], country.factor[place], added,
        country.lon, country.lat, country.factor, country.population, decay,
        group=group, group_j=group[place], inside=place, self_minutes=inside,
    )  # fmt: skip
    whole = np.zeros(80)
    whole[near] = deltas
    np.testing.assert_allclose(whole, after - before, atol=1e-9 * max(1.0, abs(after).max()))
    assert float(whole @ country.population) == pytest.approx(added, abs=1e-6)


def test_several_changes_add_up(country):
    added = np.zeros(300)
    added[[5, 6, 40]] = 3000.0, -1200.0, 800.0
    before, after = recomputed(country, APL_STEPS, added)
    changes = [
        SupplyChange(country.lon[j], country.lat[j], country.factor[j], added[j], inside=j)
        for j in (5, 6, 40)
    ]
    near, deltas = scenario_effect(
        changes, country.lon, country.lat, country.factor, country.population, APL_STEPS
    )
    whole = np.zeros(300)
    whole[near] = deltas
    np.testing.assert_allclose(whole, after - before, atol=1e-9)
    assert (np.diff(near) > 0).all()


def test_a_place_that_nobody_reaches(country):
    near, deltas = local_effect(
        5.0, 45.0, 1.0, 3000.0, country.lon, country.lat, country.factor, country.population, APL_STEPS
    )
    assert len(near) == len(deltas) == 0
    with pytest.raises(InvalidInput):
        local_effect(
            np.nan, 45.0, 1.0, 3000.0, country.lon, country.lat, country.factor, country.population, APL_STEPS
        )
    with pytest.raises(InvalidInput):
        local_effect(
            5.0, 45.0, 1.0, np.nan, country.lon, country.lat, country.factor, country.population, APL_STEPS
        )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), decays, st.booleans())
def test_every_commune_one_by_one(seed, decay, symmetric):
    country = draw_country(60, seed)
    rng = np.random.default_rng(seed)
    baseline = rng.uniform(1.0, 4.0, 60)
    baseline[3] = np.nan
    added = rng.uniform(0, 20_000, 60)
    sides = {} if symmetric else {
        "dest_lon": country.lon, "dest_lat": country.lat, "dest_factor": country.factor
    }  # fmt: skip
    times = travel_times(country.lon, country.lat, country.factor, max_minutes=decay.reach, **sides)
    each = effect_of_each(
        times, decay, country.population, added, baseline, 2.5, country.population, least_gain=0.3
    )
    for j in range(60):
        near, deltas = local_effect(
            country.lon[j], country.lat[j], country.factor[j], added[j],
            country.lon, country.lat, country.factor, country.population, decay, inside=j,
        )  # fmt: skip
        people = country.population[near]
        assert each.people_gaining[j] == pytest.approx(people[deltas >= 0.3].sum())
        lifted = (baseline[near] < 2.5) & (baseline[near] + deltas >= 2.5)
        assert each.people_above[j] == pytest.approx(people[lifted].sum())
        assert each.weighted_gain[j] == pytest.approx(float(people @ deltas))
        assert each.best_gain[j] == pytest.approx(deltas.max(initial=0.0))


def test_refusals_of_effects(country):
    times = travel_times(country.lon, country.lat, country.factor, max_minutes=20.0)
    people = country.population
    with pytest.raises(InvalidInput):
        effect_of_each(times, None, people, 100.0, people, 2.5, people)
    with pytest.raises(InvalidInput):
        effect_of_each(times, APL_STEPS, people, -100.0, people, 2.5, people)
    with pytest.raises(InvalidInput):
        effect_of_each(times, APL_STEPS, people, 100.0, people[:3], 2.5, people)
