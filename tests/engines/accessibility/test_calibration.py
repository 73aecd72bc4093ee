"""Calibration finds again what made a simulated country, and its validation keeps blocks aside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from releve.engines.accessibility import (
    APL_STEPS,
    InvalidInput,
    Steps,
    apl,
    standardised_population,
    travel_times,
)
from releve.engines.accessibility.calibration import (
    AGE_COEFFICIENTS,
    CalibrationInputs,
    fit,
    levels,
    strengthened,
    time_inside,
    validate,
    validate_change,
    validate_year,
)

from .conftest import draw_country


def simulated(
    seed: int = 1, per_gp: float = 5000.0, noise: float = 0.0, size: int = 500
) -> CalibrationInputs:
    country = draw_country(size, seed, width=1.2)
    rng = np.random.default_rng(seed)
    old = rng.uniform(10, 35, size)
    ages = np.column_stack((rng.uniform(20, 35, size), 80 - old, old * 0.6, old * 0.4))
    gps = np.where(rng.random(size) < 0.4, rng.integers(1, 8, size), 0).astype(float)
    people = standardised_population(country.population, ages, AGE_COEFFICIENTS)
    times = travel_times(country.lon, country.lat, country.factor, max_minutes=20.0)
    published = apl(gps * per_gp, people, times, APL_STEPS).scores + rng.normal(0, noise, size)
    return CalibrationInputs(
        country.lon, country.lat, country.factor, country.population, ages, gps, published,
        (country.lat > 47.0).astype(int), np.floor(country.lon * 8).astype(int) + 20, rng.uniform(5, 40, size),
    )  # fmt: skip


def test_it_finds_what_made_the_scores():
    inputs = simulated()
    found = fit(inputs, decays=(Steps((5.0,), (1.0,)), APL_STEPS, Steps((20.0,), (1.0,))))
    assert found.decay == APL_STEPS
    assert [t.decay for t in found.trials][1] == APL_STEPS
    assert (found.age_strength, found.self_share) == (1.0, 0.0)
    assert found.national == pytest.approx(5000, rel=1e-6)
    np.testing.assert_allclose(found.consultations_per_gp, 5000, rtol=1e-3)
    assert found.background == pytest.approx(0, abs=1e-3)
    np.testing.assert_allclose(levels(found, inputs), inputs.published, rtol=1e-3, atol=1e-3)


def test_validation_reports_honest_errors():
    inputs = simulated(noise=0.4)
    found = fit(inputs, decays=(APL_STEPS,))
    assert found.trials == ()
    report = validate(found, inputs, folds=4, seed=3)
    assert report.overall.n == found.n_places
    assert sum(row.n for row in report.by_density) == report.overall.n
    assert 0.2 < report.overall.mae < 0.6
    assert report.overall.mae < report.overall.mae_of_mean
    assert report.overall.r > 0.9
    assert list(report.overall.quantiles) == sorted(report.overall.quantiles)
    assert report.error_of(20.0) > 0
    again = validate(found, inputs, folds=4, seed=3)
    np.testing.assert_array_equal(report.modelled, again.modelled)


def test_a_held_block_does_not_see_its_own_figures():
    """Absurd figures in one block change the estimates of the others only."""
    inputs = simulated()
    found = fit(inputs, decays=(APL_STEPS,))
    block = np.asarray(inputs.block)
    odd = np.where(block == block[0], 50.0, inputs.published)
    before = validate(found, inputs, 5, 0).modelled
    after = validate(found, replace(inputs, published=odd), 5, 0).modelled
    np.testing.assert_allclose(after[block == block[0]], before[block == block[0]])
    assert not np.allclose(after[block != block[0]], before[block != block[0]])


def test_another_year_and_the_change():
    before = simulated()
    more = np.asarray(before.gps) + (np.arange(500) % 7 == 0)
    people = standardised_population(before.population, before.age_shares, AGE_COEFFICIENTS)
    times = travel_times(before.lon, before.lat, before.factor, max_minutes=20.0)
    after = replace(before, gps=more, published=apl(more * 5000.0, people, times, APL_STEPS).scores)
    found = fit(before, decays=(APL_STEPS,))
    assert validate_year(found, after).overall.mae < 0.02
    change = validate_change(found, before, after).overall
    assert change.r > 0.99
    assert change.mae < change.mae_of_mean


def test_unknown_figures_weigh_nothing():
    inputs = simulated()
    published = np.asarray(inputs.published).copy()
    published[:100] = np.nan
    used = np.arange(500) < 400
    gps = np.where(np.asarray(inputs.gps) > 0, inputs.gps, np.nan)
    found = fit(replace(inputs, published=published, used=used, gps=gps), decays=(APL_STEPS,))
    assert found.n_places == 300
    assert found.national == pytest.approx(5000, rel=1e-6)


def test_small_parts():
    np.testing.assert_allclose(strengthened((0.5, 2.0), 0.0), 1.0)
    assert time_inside(np.array([np.nan, 0.0]), 1.0, 1.0).tolist() == [0.0, 0.0]
    assert time_inside(np.pi * 4, 1.0, 0.5) == pytest.approx(2.0112 + 1.0580)


def test_refusals():
    inputs = simulated(size=60)
    with pytest.raises(InvalidInput):
        fit(replace(inputs, published=np.full(60, np.nan)))
    with pytest.raises(InvalidInput):
        fit(replace(inputs, departement=np.full(60, "85")))
    with pytest.raises(InvalidInput):
        fit(inputs, decays=())
    with pytest.raises(InvalidInput):
        validate(fit(inputs, decays=(APL_STEPS,)), inputs, folds=1)
