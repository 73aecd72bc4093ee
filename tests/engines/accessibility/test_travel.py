"""Road model, pairs from coordinates, real matrices and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from releve.engines.accessibility import (
    DuplicatePairs,
    InvalidInput,
    InvalidTimes,
    MissingPairs,
    TravelTimes,
    great_circle_km,
    reach_km,
    road_minutes,
    travel_times,
)


def dense(times: TravelTimes) -> np.ndarray:
    """Full matrix, NaN where a pair is out of reach."""
    full = np.full((times.n_origins, times.n_destinations), np.nan)
    full[times.origins(), times.indices] = times.minutes
    return full


def expected(country, group=None):
    km = great_circle_km(country.lon[:, None], country.lat[:, None], country.lon, country.lat)
    minutes = road_minutes(km, (country.factor[:, None] + country.factor) / 2)
    np.fill_diagonal(minutes, 0.0)
    return km, minutes


def test_the_road_model_and_its_inverse():
    assert road_minutes(0.0) == 0.0
    assert road_minutes(9.0, 1.1) == pytest.approx(1.1 * (2.0112 * 3 + 1.0580 * 9))
    for minutes in (0.5, 10.0, 47.0):
        assert road_minutes(reach_km(minutes, 1.29), 1.29) == pytest.approx(minutes)
    assert reach_km(0.0) == 0.0


def test_a_known_distance():
    # Nantes - La Roche-sur-Yon, about 61 km as the crow flies.
    assert great_circle_km(-1.5536, 47.2184, -1.4264, 46.6706) == pytest.approx(61.7, abs=0.5)


@pytest.mark.parametrize(
    "limits", [{"max_minutes": 20.0}, {"max_km": 15.0}, {"max_minutes": 20.0, "max_km": 6.0}]
)
def test_every_pair_in_reach_and_no_other(country, limits):
    km, minutes = expected(country)
    inside = (minutes <= limits.get("max_minutes", np.inf)) & (km <= limits.get("max_km", np.inf))
    times = travel_times(country.lon, country.lat, country.factor, **limits)
    np.testing.assert_allclose(dense(times), np.where(inside, minutes, np.nan), rtol=1e-9, atol=1e-6)
    assert times.symmetric
    assert times.n_pairs == inside.sum()


def test_other_destinations(country):
    _, minutes = expected(country)
    times = travel_times(
        country.lon, country.lat, country.factor, max_minutes=25.0,
        dest_lon=country.lon[:40], dest_lat=country.lat[:40], dest_factor=country.factor[:40],
    )  # fmt: skip
    wanted = minutes[:, :40]
    np.testing.assert_allclose(dense(times), np.where(wanted <= 25.0, wanted, np.nan), rtol=1e-9, atol=1e-4)
    assert not times.symmetric


def test_unplaced_points_have_no_pairs(country):
    lon = country.lon.copy()
    lon[[3, 8]] = np.nan
    times = travel_times(lon, country.lat, country.factor, max_minutes=20.0)
    assert np.isnan(dense(times)[[3, 8]]).all()
    assert np.isnan(dense(times)[:, [3, 8]]).all()
    empty = travel_times(np.full(4, np.nan), np.full(4, np.nan), 1.0, max_minutes=20.0)
    assert (empty.n_pairs, empty.n_origins) == (0, 4)


def test_no_road_between_groups(country):
    group = np.arange(300) % 3
    times = travel_times(country.lon, country.lat, country.factor, max_minutes=20.0, reachable_group=group)
    assert (group[times.origins()] == group[times.indices]).all()
    whole = travel_times(country.lon, country.lat, country.factor, max_minutes=20.0)
    assert times.n_pairs == (group[whole.origins()] == group[whole.indices]).sum()


def test_time_inside_a_place(country):
    inside = np.linspace(0, 30, 300)
    times = travel_times(country.lon, country.lat, country.factor, max_minutes=20.0, self_minutes=inside)
    diagonal = np.diag(dense(times))
    np.testing.assert_allclose(diagonal, np.where(inside <= 20, inside, np.nan))


def test_the_antimeridian_is_no_border():
    times = travel_times([179.99, -179.99, 0.0], [-17.0, -17.0, -17.0], 1.0, max_km=30.0)
    assert times.n_pairs == 5


def test_what_coordinates_refuse():
    with pytest.raises(InvalidInput):
        travel_times([0.0], [0.0], 1.0)
    with pytest.raises(InvalidInput):
        travel_times([0.0, 1.0], [0.0], 1.0, max_km=3.0)
    with pytest.raises(InvalidInput):
        travel_times([0.0], [0.0], 0.0, max_km=3.0)
    with pytest.raises(InvalidInput):
        travel_times([0.0], [0.0], 1.0, max_km=float("nan"))
    with pytest.raises(InvalidInput):
        travel_times([0.0], [0.0], 1.0, max_km=3.0, reachable_group=[1, 2])
    with pytest.raises(InvalidInput):
        travel_times([0.0], [0.0], 1.0, max_km=3.0, dest_lon=[0.0])


def test_a_real_matrix_in_any_order():
    times = TravelTimes.from_pairs([1, 0, 1, 2], [0, 0, 2, 1], [7.0, 0.0, 3.5, 12.0], 3, 3)
    wanted = np.full((3, 3), np.nan)
    wanted[0, 0], wanted[1, 0], wanted[1, 2], wanted[2, 1] = 0.0, 7.0, 3.5, 12.0
    np.testing.assert_array_equal(dense(times), wanted)
    assert times.within(7.0).n_pairs == 3
    assert [list(part) for part in times.row(1)] == [[0, 2], [7.0, 3.5]]


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_a_matrix_with_wrong_minutes(bad):
    with pytest.raises(InvalidTimes) as refused:
        TravelTimes.from_pairs([0, 1], [1, 0], [4.0, bad], 2, 2)
    assert refused.value.rows == (1,)


def test_a_matrix_with_strangers():
    with pytest.raises(InvalidTimes, match="origine") as refused:
        TravelTimes.from_pairs([0, 5], [1, 0], [4.0, 4.0], 2, 2)
    assert refused.value.rows == (1,)
    with pytest.raises(InvalidTimes, match="destination"):
        TravelTimes.from_pairs([0, 1], [1, -1], [4.0, 4.0], 2, 2)
    with pytest.raises(InvalidTimes):
        TravelTimes.from_pairs([0, 1], [1], [4.0, 4.0], 2, 2)


def test_a_matrix_with_the_same_pair_twice():
    with pytest.raises(DuplicatePairs) as refused:
        TravelTimes.from_pairs([0, 1, 0], [1, 0, 1], [4.0, 4.0, 5.0], 2, 2)
    assert refused.value.pairs == ((0, 1),)


def test_a_matrix_with_missing_pairs():
    with pytest.raises(MissingPairs) as refused:
        TravelTimes.from_pairs([0, 1], [0, 0], [0.0, 4.0], 3, 3, required="self")
    assert (refused.value.pairs, refused.value.count) == (((1, 1), (2, 2)), 2)
    with pytest.raises(MissingPairs) as refused:
        TravelTimes.from_pairs([0, 1], [0, 0], [0.0, 4.0], 2, 3, required="all")
    assert (refused.value.pairs, refused.value.count) == (((0, 1), (0, 2), (1, 1), (1, 2)), 4)
    with pytest.raises(MissingPairs) as refused:
        TravelTimes.from_pairs([0], [0], [0.0], 2, 2, required=[(0, 0), (1, 0)])
    assert refused.value.pairs == ((1, 0),)
    TravelTimes.from_pairs([0, 0], [0, 1], [0.0, 2.0], 1, 2, required="all")
