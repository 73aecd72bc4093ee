"""The small map of a territory: contours, names that do not meet, doctors, and what it refuses to draw."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from releve.contexts.diagnosis.locator import MapPoint, locator_svg
from releve.contexts.diagnosis.queries.outlines import outlines_around
from releve.contexts.territory.models import CommuneShape
from tests.factories.territory import make_commune, make_dataset

SVG = "{http://www.w3.org/2000/svg}"


def square(lon, lat, size=0.05):
    ring = [[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]
    return [[ring]]


def feature(code, name, lon, lat, population=1000):
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name, "population": population},
        "geometry": {"type": "MultiPolygon", "coordinates": square(lon, lat)},
    }


def test_territory_neighbours_and_doctors():
    features = [feature("85161", "Nieul <le> Dolent", -1.5, 46.5), feature("85001", "Voisine", -1.44, 46.5)]
    doctors = [MapPoint(46.52, -1.42, "Voisine", 3.0), MapPoint(10, 10, "Loin", 5.0)]
    points = [*doctors, MapPoint(46.52, -1.48, "Cabinet", kind="site")]
    text = locator_svg(features, codes={"85161"}, name="Nieul", points=points)
    root = ElementTree.fromstring(text)
    kinds = [path.get("class") for path in root.iter(f"{SVG}path")]
    assert kinds.count("rl-m-here") == 1
    assert kinds.count("rl-m-around") == 1
    description = root.find(f"{SVG}desc").text
    assert "Voisine (3)" in description
    assert "Cabinet" in description
    assert "Loin" not in description
    assert "<le>" not in text
    assert "style=" not in text


def test_without_contours_there_is_no_map():
    dot = {"properties": {"code": "1", "name": "A"}, "geometry": {"type": "Point", "coordinates": [0, 45]}}
    assert locator_svg([dot], codes={"1"}, name="A") == ""
    assert locator_svg([], codes={"1"}, name="A") == ""


def _shape(commune, lon, lat):
    CommuneShape.objects.create(
        commune=commune, coordinates=json.dumps(square(lon, lat)), source=make_dataset(),
        min_lon=lon, min_lat=lat, max_lon=lon + 0.05, max_lat=lat + 0.05,
    )  # fmt: skip


@pytest.mark.django_db
def test_outlines_of_a_territory_and_around():
    _shape(make_commune("85161"), -1.5, 46.5)
    _shape(make_commune("85001", name="Voisine"), -1.44, 46.5)
    _shape(make_commune("62563", name="Mazingarbe"), 2.7, 50.4)
    found = {item["properties"]["code"] for item in outlines_around(["85161"], margin_km=7, shape=2)}
    assert found == {"85161", "85001"}
    assert outlines_around(["85161", "62563"], margin_km=7, shape=2) == []  # 560 km apart
    make_commune("85002", name="Sans contour")
    assert outlines_around(["85161", "85002"], margin_km=7, shape=2) == []
    assert outlines_around([], margin_km=7, shape=2) == []
