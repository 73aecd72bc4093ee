"""Names, distances, points, contours, calendar: pure rules."""

from __future__ import annotations

import json
import math
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releve.contexts.territory import calendar, geometry
from releve.contexts.territory.rules import (
    MAX_QUERY_LENGTH,
    Box,
    box_around,
    distance_km,
    is_commune_code,
    normalise_name,
    plausible_point,
    time_zone_of,
)

from . import files

# A loaded machine is no failure: no deadline per example.
RELAXED = settings(deadline=None)
LATS = st.floats(-90, 90, allow_nan=False)
LONS = st.floats(-180, 180, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nieul-le-Dolent", "nieul le dolent"),
        ("St Denis", "saint denis"),
        ("Ste-Foy", "sainte foy"),
        ("St. Denis", "saint denis"),
        ("L’Île-d'Yeu", "l ile d yeu"),
        ("CHÂTEAUROUX", "chateauroux"),
        ("Œuilly", "oeuilly"),
        ("Chalon s/ Saône", "chalon sur saone"),
        ("Chalon s/Saône", "chalon sur saone"),
        ("Neuilly/Seine", "neuilly sur seine"),
        ("Aulnay s/s Bois", "aulnay sous bois"),
        ("Nuits s/ St Georges", "nuits sur saint georges"),
        ("  Y ", "y"),
        ("", ""),
        ("%_\x00😀", ""),
        ("Sainte-Suzanne", "sainte suzanne"),
        ("Strasbourg", "strasbourg"),
    ],
)
def test_normalise_name(text: str, expected: str) -> None:
    assert normalise_name(text) == expected


@RELAXED
@given(st.text(max_size=300))
def test_normalised_names_are_plain_short_and_stable(text: str) -> None:
    name = normalise_name(text)
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert name == name.strip()
    assert "  " not in name
    assert len(name) <= MAX_QUERY_LENGTH
    assert normalise_name(name) == name


@RELAXED
@given(st.text(alphabet="abcéèœÎ-' ", max_size=40))
def test_case_and_hyphens_do_not_matter(text: str) -> None:
    assert normalise_name(text.upper().replace("-", " ")) == normalise_name(text)


def test_known_distance() -> None:
    # Paris (Notre-Dame) to Marseille (Old Port): 660 km as the crow flies.
    assert distance_km(48.8530, 2.3499, 43.2951, 5.3740) == pytest.approx(660.6, abs=1)
    assert distance_km(0, 0, 0, 180) == pytest.approx(math.pi * 6371.0088)


@RELAXED
@given(LATS, LONS, LATS, LONS)
def test_distance_is_symmetric_and_bounded(lat1: float, lon1: float, lat2: float, lon2: float) -> None:
    there, back = distance_km(lat1, lon1, lat2, lon2), distance_km(lat2, lon2, lat1, lon1)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= math.pi * 6371.01
    assert distance_km(lat1, lon1, lat1, lon1) == 0


@RELAXED
@given(LATS, LONS, LATS, LONS, LATS, LONS)
def test_triangle_inequality(a: float, b: float, c: float, d: float, e: float, f: float) -> None:
    assert distance_km(a, b, e, f) <= distance_km(a, b, c, d) + distance_km(c, d, e, f) + 1e-6


@RELAXED
@given(st.floats(-60, 60), st.floats(-170, 170), st.floats(0.1, 80), st.floats(0, 2 * math.pi))
def test_the_box_holds_the_circle(lat: float, lon: float, radius: float, angle: float) -> None:
    step = radius / 111.195
    y = lat + step * math.sin(angle) * 0.99
    x = lon + step * math.cos(angle) * 0.99 / math.cos(math.radians(lat))
    if distance_km(lat, lon, y, x) <= radius:
        assert box_around(lat, lon, radius).contains(y, x)


def test_plausible_points() -> None:
    contour = Box(46.5, -1.6, 46.6, -1.5)
    assert plausible_point(46.55, -1.55, departement_code="85", contour=contour)
    assert plausible_point(46.62, -1.55, departement_code="85", contour=contour)
    assert not plausible_point(46.7, -1.55, departement_code="85", contour=contour)
    assert not plausible_point(48.8, 2.3, departement_code="973")
    assert plausible_point(4.9, -52.3, departement_code="973")
    assert not plausible_point(41.97, -1.53, departement_code="975")
    assert not plausible_point(math.nan, 2, departement_code="75")


@pytest.mark.parametrize(
    ("code", "good"), [("85161", True), ("2A004", True), ("2C004", False), ("8516", False), ("٨٥١٦١", False)]
)
def test_commune_codes(code: str, good: bool) -> None:
    assert is_commune_code(code) is good


def test_time_zones() -> None:
    assert time_zone_of("85") == "Europe/Paris"
    assert time_zone_of("974") == "Indian/Reunion"
    assert time_zone_of("973") == "America/Cayenne"
    assert time_zone_of("987", "98731") == "Pacific/Marquesas"
    assert time_zone_of("987", "98735") == "Pacific/Tahiti"


def test_contour_reading_and_centre() -> None:
    polygons = geometry.parse_multipolygon(files.wkb_square(46.5, -1.5, 0.1))
    assert geometry.centroid(polygons) == pytest.approx((-1.5, 46.5))
    box = geometry.bounding_box(polygons)
    assert (box.min_lat, box.max_lon) == pytest.approx((46.4, -1.4))
    assert json.loads(geometry.compact_coordinates(polygons))[0][0][0] == [-1.6, 46.4]
    for bad in (
        "",
        "zz",
        "01",
        files.wkb_point(1, 2),
        files.wkb_square(1, 2) + "00",
        files.wkb_square(1, 2)[:60],
    ):
        with pytest.raises(geometry.BadGeometry):
            geometry.parse_multipolygon(bad)


def test_heavy_contours_become_light() -> None:
    angles = np.linspace(0, 2 * np.pi, 1500)
    ring = np.column_stack([2 + 0.1 * np.cos(angles), 47 + 0.1 * np.sin(angles)])
    speck = ring[::300] * 0.001
    text = geometry.compact_coordinates([[ring], [np.vstack([speck, speck[:1]])]])
    polygons = json.loads(text)
    assert len(polygons) == 1
    assert 20 <= len(polygons[0][0]) <= 90
    assert polygons[0][0][0] == polygons[0][0][-1]
    assert len(text) < 1700


@RELAXED
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=4, max_size=40),
    st.floats(0.001, 0.02),
)
def test_simplification_stays_within_its_tolerance(points: list[tuple[int, int]], tolerance: float) -> None:
    ring = np.array([*points, points[0]], dtype=float) / 1000 + [2.0, 47.0]
    kept = geometry.simplify(ring, tolerance)
    assert kept[0].tolist() == kept[-1].tolist() == ring[0].tolist()
    scale = np.array([np.cos(np.radians(ring[:, 1].mean())), 1.0])
    line = kept * scale
    for point in ring * scale:
        gaps = []
        for a, b in pairwise(line):
            ab = b - a
            t = 0.0 if not ab.any() else float(np.clip((point - a) @ ab / (ab @ ab), 0, 1))
            gaps.append(np.hypot(*(point - a - t * ab)))
        # Distance to the chord's line is what the algorithm bounds; beyond a chord's end it may be a little more.
        assert min(gaps) <= 2 * tolerance + 0.06


def test_public_holidays_follow_the_departement() -> None:
    assert calendar.public_holiday(date(2027, 7, 14), "85") == "Fête nationale"
    assert calendar.public_holiday(date(2027, 7, 15), "85") is None
    good_friday, second_christmas = date(2027, 3, 26), date(2027, 12, 26)
    for code in ("57", "67", "68"):
        assert calendar.public_holiday(good_friday, code) == "Vendredi saint"
        assert calendar.public_holiday(second_christmas, code)
    assert calendar.public_holiday(good_friday, "85") is None
    assert calendar.public_holiday(date(2027, 5, 22), "972")
    assert calendar.public_holiday(date(2027, 5, 27), "971")
    assert calendar.public_holiday(date(2027, 6, 10), "973")
    assert calendar.public_holiday(date(2027, 12, 20), "974")
    assert calendar.public_holiday(date(2027, 4, 27), "976")
    assert calendar.public_holiday(date(2027, 12, 20), "85") is None
    assert calendar.public_holiday(date(1, 1, 1), "85") is None


def test_school_holidays_follow_the_zone() -> None:
    assert calendar.school_zones()["85"] == ("B", "Nantes")
    assert len(calendar.school_zones()) == 101
    winter_c_only = date(2027, 2, 8)
    assert calendar.school_holiday(winter_c_only, "75") == "Vacances d’hiver"
    assert calendar.school_holiday(winter_c_only, "85") is None
    assert calendar.school_holiday(date(2027, 2, 24), "85") == "Vacances d’hiver"
    assert calendar.school_holiday(date(2027, 3, 24), "85") is None


def test_unknown_school_calendars_are_said_to_be() -> None:
    for code in ("2A", "2B", "971", "974", "976", "987", "xx"):
        assert calendar.school_holiday(date(2027, 7, 20), code) is None
        assert not calendar.school_calendar_known(code)
    _, last = calendar.school_calendar_span()
    assert calendar.school_calendar_known("85")
    assert calendar.school_calendar_known("85", last)
    assert not calendar.school_calendar_known("85", last.replace(year=last.year + 1))
    assert last >= date(2028, 8, 31)
