"""Compiled scores and blocks give what the plain matrix gives."""

from __future__ import annotations

import builtins
import sys

import numpy as np
import pytest

from releve.engines.accessibility import (
    APL_STEPS,
    Gaussian,
    Linear,
    PiecewiseLinear,
    SmoothedSteps,
    Steps,
    compiled,
    compiled_available,
    enhanced_two_step,
    scores_from_points,
    travel_times,
)
from releve.engines.accessibility.blocks import DaskRunner, scores_by_blocks, split

EVERY = [
    APL_STEPS,
    Steps((5, 10, 15, 20, 25), (1, 0.8, 0.6, 0.4, 0.2)),
    Linear(20.0, flat=5.0),
    Gaussian(9.0, 20.0),
    PiecewiseLinear((5.0, 10.0, 20.0), (1.0, 0.5, 0.0)),
    SmoothedSteps((10, 15, 20), (1, 2 / 3, 1 / 3), 2.5),
]
needs_numba = pytest.mark.skipif(not compiled_available(), reason="numba absent (extra fast)")


@needs_numba
@pytest.mark.parametrize("decay", EVERY, ids=lambda d: type(d).__name__)
@pytest.mark.parametrize("options", [{}, {"max_km": 6.0}, {"self_minutes": 12.0}])
def test_compiled_scores(country, decay, options):
    lon = country.lon.copy()
    lon[7] = np.nan
    group = np.arange(300) % 2
    places = (lon, country.lat, country.factor)
    ours = scores_from_points(
        country.supply, country.population, *places, decay, reachable_group=group, compiled=True, **options
    )
    plain = scores_from_points(
        country.supply, country.population, *places, decay, reachable_group=group, compiled=False, **options
    )
    np.testing.assert_allclose(ours.scores, plain.scores, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(ours.ratios, plain.ratios, rtol=1e-10, atol=1e-14)
    assert ours.unallocated == pytest.approx(plain.unallocated)


@needs_numba
def test_compiled_scores_of_other_destinations(country):
    there = {"dest_lon": country.lon[:50], "dest_lat": country.lat[:50], "dest_factor": country.factor[:50]}
    places = (country.lon, country.lat, country.factor, APL_STEPS)
    ours = scores_from_points(country.supply[:50], country.population, *places, compiled=True, **there)
    plain = scores_from_points(country.supply[:50], country.population, *places, compiled=False, **there)
    np.testing.assert_allclose(ours.scores, plain.scores, rtol=1e-11)


@needs_numba
@pytest.mark.parametrize("latitude", [0.0, 60.0, -88.9])
def test_compiled_scores_around_the_globe(latitude):
    """Across 180°, the equator and near a pole, over distances where the earth is not flat."""
    rng = np.random.default_rng(3)
    lon = np.mod(rng.uniform(172, 188, 80) + 180, 360) - 180
    lat = rng.uniform(latitude - 1, latitude + 1, 80)
    supply, demand = rng.uniform(1, 5, 80), rng.uniform(1, 5, 80)
    for decay in (Linear(300.0), Steps((60.0, 200.0), (1.0, 0.4))):
        ours = scores_from_points(supply, demand, lon, lat, 1.0, decay, compiled=True)
        plain = scores_from_points(supply, demand, lon, lat, 1.0, decay, compiled=False)
        np.testing.assert_allclose(ours.scores, plain.scores, rtol=1e-9)


def test_without_numba_nothing_changes(country, monkeypatch):
    real = builtins.__import__

    def no_numba(name, *rest, **options):
        if name == "numba" or name.endswith("_compiled_kernels"):
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.delitem(sys.modules, "releve.engines.accessibility._compiled_kernels", raising=False)
    monkeypatch.delattr(sys.modules["releve.engines.accessibility"], "_compiled_kernels", raising=False)
    monkeypatch.setattr(builtins, "__import__", no_numba)
    compiled._kernels.cache_clear()
    try:
        assert not compiled_available()
        assert not compiled.warm_up()
        places = (country.lon, country.lat, country.factor, APL_STEPS)
        found = scores_from_points(country.supply, country.population, *places)
        with pytest.raises(ImportError):
            scores_from_points(country.supply, country.population, *places, compiled=True)
    finally:
        monkeypatch.undo()
        compiled._kernels.cache_clear()
    times = travel_times(country.lon, country.lat, country.factor, max_minutes=20.0)
    plain = enhanced_two_step(country.supply, country.population, times, APL_STEPS)
    np.testing.assert_allclose(found.scores, plain.scores)


class _Now:
    """A client that does at once what a cluster would do later."""

    def scatter(self, value):
        return value

    def submit(self, function, *arguments, pure):
        return function(*arguments)

    def gather(self, values):
        return values


@pytest.mark.parametrize("runner", [None, DaskRunner(_Now())])
@pytest.mark.parametrize("largest", [50_000, 20])
def test_blocks_equal_the_whole(country, runner, largest):
    lon = country.lon.copy()
    lon[7] = np.nan
    group = (np.arange(300) % 5 == 0).astype(int)
    departement = np.where(country.lat > 46.6, "85", "79")
    blocks = split(
        departement, lon, country.lat, country.factor, country.population,
        country.lon, country.lat, country.factor, APL_STEPS, group=group, dest_group=group, largest=largest,
    )  # fmt: skip
    assert sorted(np.concatenate([b.origins for b in blocks]).tolist()) == [i for i in range(300) if i != 7]
    assert max(len(b.origins) for b in blocks) <= max(largest, 1)
    result = scores_by_blocks(country.supply, 300, blocks, runner)
    whole = scores_from_points(
        country.supply, country.population, lon, country.lat, country.factor, APL_STEPS,
        dest_lon=country.lon, dest_lat=country.lat, dest_factor=country.factor,
        reachable_group=group, dest_group=group, compiled=False,
    )  # fmt: skip
    np.testing.assert_allclose(result.scores, whole.scores, rtol=1e-9)
    np.testing.assert_allclose(result.ratios, whole.ratios, rtol=1e-9)
    assert result.unallocated == pytest.approx(whole.unallocated)
    assert any(len(b.destinations) < 300 for b in blocks) or largest > 300
