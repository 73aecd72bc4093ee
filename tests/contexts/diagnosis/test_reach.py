"""Doctors within so many minutes: by hand, by brute force, and what has no road."""

import numpy as np
import pytest

from releve.contexts.diagnosis.reach import nearest_supply, within_minutes
from releve.contexts.territory.national import national
from releve.engines.accessibility import great_circle_km, road_minutes
from tests.factories.diagnosis import make_territory

pytestmark = pytest.mark.django_db


def _within(country, ranks, minutes=(15, 20, 30)):
    return within_minutes(
        country,
        country.gp,
        country.lat[ranks],
        country.lon[ranks],
        country.road_factor[ranks],
        country.land_group[ranks],
        minutes,
    )


def test_equal_to_all_pairs():
    make_territory()
    country = national()
    ranks = np.arange(len(country))
    expected = np.zeros((len(country), 3))
    for i in ranks:
        km = great_circle_km(country.lon[i], country.lat[i], country.lon, country.lat)
        times = road_minutes(km, (country.road_factor + country.road_factor[i]) / 2)
        times = np.where(country.land_group == country.land_group[i], times, np.inf)
        for rank, limit in enumerate((15, 20, 30)):
            expected[i, rank] = country.gp[times <= limit].sum()
    assert _within(country, ranks) == pytest.approx(expected)
    # one by one or together: the same
    for i in ranks:
        assert _within(country, np.array([i]))[0] == pytest.approx(expected[i])


def test_a_point_that_is_not_placed_gives_nothing_known():
    make_territory()
    country = national()
    nowhere = np.array([np.nan])
    found = within_minutes(country, country.gp, nowhere, nowhere, np.array([1.0]), np.array([0]), (15,))
    assert np.isnan(found).all()


def test_no_doctor_anywhere_is_zero():
    make_territory()
    country = national()
    one = np.array([country.index["85161"]])
    found = within_minutes(
        country,
        np.zeros(len(country)),
        country.lat[one],
        country.lon[one],
        country.road_factor[one],
        country.land_group[one],
        (15, 30),
    )
    assert found.tolist() == [[0.0, 0.0]]


def test_nearest_commune_with_doctors():
    make_territory()
    country = national()
    here = country.index["85161"]
    rank, minutes = nearest_supply(country, country.gp, here, at_least=1, max_minutes=20)
    assert country.codes[rank] == "85099"
    km = great_circle_km(-1.5, 46.57, -1.5, 46.615)
    assert minutes == pytest.approx(float(road_minutes(km)))
    assert country.codes[nearest_supply(country, country.gp, here, at_least=5, max_minutes=60)[0]] == "85191"
    assert nearest_supply(country, country.gp, here, at_least=5, max_minutes=20) is None
    assert nearest_supply(country, country.gp, country.index["85113"], at_least=1, max_minutes=60) is None
