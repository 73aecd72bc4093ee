"""Search, nearest communes, contours and codes, on a small territory."""

from __future__ import annotations

import json

import pytest
from django.test.utils import CaptureQueriesContext

from releve.contexts.territory import access, queries
from releve.contexts.territory.models import Commune, CommuneShape
from releve.kernel.errors import Invalid, NotFound
from tests.factories.territory import (
    make_commune,
    make_dataset,
    make_departement,
    make_epci,
    make_former_commune,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def communes() -> None:
    for code, name, population, postal, lat, lon in [
        ("85161", "Nieul-le-Dolent", 2600, "85430", 46.5736, -1.5083),
        ("85113", "L'Île-d'Yeu", 4900, "85350", 46.7267, -2.3476),
        ("93066", "Saint-Denis", 149000, "93200|93210", 48.936, 2.357),
        ("97411", "Saint-Denis", 153000, "97400|97417", -20.88, 55.45),
        ("85213", "Saint-Denis-la-Chevasse", 2400, "85170", 46.82, -1.35),
        ("70285", "Héricourt", 10400, "70400", 47.577, 6.76),
        ("36044", "Châteauroux", 43000, "36000", 46.81, 1.69),
        ("05036", "Châteauroux-les-Alpes", 1100, "05380", 44.6, 6.5),
        ("51410", "Œuilly", 600, "51480", 49.06, 3.8),
        ("71076", "Chalon-sur-Saône", 45000, "71100", 46.78, 4.85),
        ("80829", "Y", 90, "80190", 49.8, 2.99),
    ]:
        make_commune(
            code,
            name=name,
            population=population,
            postal_codes=postal,
            lat=lat,
            lon=lon,
            departement=make_departement(),
        )


def found(q: str, **options: int) -> list[str]:
    return [hit.code for hit in queries.search_communes(q, **options)]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("nieul le dolent", ["85161"]),
        ("NIEUL-LE-DOLENT", ["85161"]),
        ("dolent", ["85161"]),
        ("ieul", ["85161"]),
        ("dolent nieul", ["85161"]),
        ("nieulledolent", ["85161"]),
        ("St Denis", ["97411", "93066", "85213"]),
        ("saint denis la", ["85213"]),
        ("85430", ["85161"]),
        ("8543", ["85161"]),
        ("93210", ["93066"]),
        ("85161", ["85161"]),
        ("héricourt", ["70285"]),
        ("l'ile d'yeu", ["85113"]),
        ("L’ile dyeu", ["85113"]),
        ("ile d'yeu", ["85113"]),
        ("chateauroux", ["36044", "05036"]),
        ("oeuilly", ["51410"]),
        ("œuilly", ["51410"]),
        ("Chalon s/ Saône", ["71076"]),
        ("y", ["80829", "85113"]),
        ("st denis 97400", ["97411"]),
        ("97400 st denis", ["97411"]),
        ("nulle part", []),
    ],
)
def test_search(communes: None, q: str, expected: list[str]) -> None:
    assert found(q) == expected


@pytest.mark.parametrize(
    "q",
    [
        "",
        "   ",
        "%",
        "_",
        "%%",
        "\x00",
        "nieul\x00",
        "😀" * 40,
        "é" * 100_000,
        "'; drop table--",
        "\\",
        "1" * 400,
        "-1",
        "²",
        "\ud800",
    ],
)
def test_hostile_input_is_harmless(communes: None, q: str) -> None:
    assert set(found(q)) <= {"85161"}
    assert Commune.objects.count() == 11


def test_a_wildcard_is_not_a_wildcard(communes: None) -> None:
    assert found("ni%dolent") == ["85161"]  # read as the words « ni » and « dolent »
    assert found("%zz") == found("h_x") == []


def test_limits(communes: None) -> None:
    assert found("st denis", limit=1) == ["97411"]
    assert found("st denis", limit=0) == found("st denis", limit=-4) == []
    assert len(found("a", limit=100_000)) <= 50


def test_a_hit_carries_what_a_list_shows() -> None:
    make_commune(
        departement=make_departement(), epci=make_epci(name="CC du Pays"), postal_codes="85430|85431"
    )
    (hit,) = queries.search_communes("nieul")
    assert (hit.code, hit.name, hit.postal_codes) == ("85161", "Nieul-le-Dolent", ("85430", "85431"))
    assert (hit.departement_code, hit.departement_name, hit.epci_name) == ("85", "Vendée", "CC du Pays")
    assert (hit.population, hit.lat, hit.lon) == (2500, 46.5736, -1.5083)


def test_former_names_lead_to_the_present_commune(communes: None) -> None:
    make_former_commune("85999", Commune.objects.get(pk="85161"), name="Vieilbourg")
    (hit,) = queries.search_communes("vieil bourg") or queries.search_communes("vieilbourg")
    assert (hit.code, hit.former_name) == ("85161", "Vieilbourg")
    assert found("85999") == ["85161"]


def test_communes_no_longer_current_are_not_proposed(communes: None) -> None:
    Commune.objects.filter(pk="85161").update(is_current=False)
    assert found("nieul") == found("85430") == found("85161") == []
    assert queries.get_commune("85161").name == "Nieul-le-Dolent"


def test_search_costs_a_fixed_number_of_statements(communes: None, django_assert_max_num_queries) -> None:
    for q in ("saint", "85430", "nulle part", "dolent nieul"):
        with django_assert_max_num_queries(5):
            queries.search_communes(q)


def test_nearest(communes: None) -> None:
    hits = queries.nearest_communes(46.58, -1.5, limit=3, max_km=120)
    assert [hit.code for hit in hits] == ["85161", "85213", "85113"]
    assert [round(hit.distance_km) for hit in hits] == [1, 29, 67]
    assert [hit.code for hit in queries.nearest_communes(46.58, -1.5, limit=9, max_km=30)] == [
        "85161",
        "85213",
    ]
    assert queries.nearest_communes(0, 0, limit=3, max_km=50) == []
    assert queries.nearest_communes(46.58, -1.5, limit=0, max_km=50) == []


@pytest.mark.parametrize(("lat", "lon"), [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))])
def test_impossible_points_are_refused(lat: float, lon: float) -> None:
    with pytest.raises(Invalid):
        queries.nearest_communes(lat, lon)
    with pytest.raises(Invalid):
        queries.shapes_around(lat, lon, 12)


def test_around_without_contours_gives_points(communes: None) -> None:
    around = queries.shapes_around(46.58, -1.5, 30)
    assert [f["id"] for f in around["features"]] == ["85161", "85213"]
    assert around["features"][0]["geometry"] == {"type": "Point", "coordinates": [-1.5083, 46.5736]}


def test_around_stays_light(communes: None) -> None:
    ring = [[-1.5 + i / 10_000, 46.5] for i in range(100)]
    for index in range(60):
        commune = make_commune(f"44{index:03d}", name=f"Bourg {index}", lat=46.58 + index / 1000, lon=-1.5)
        CommuneShape.objects.create(
            commune=commune,
            coordinates=json.dumps([[ring]], separators=(",", ":")),
            min_lat=46.5,
            max_lat=46.7,
            min_lon=-1.6,
            max_lon=-1.4,
            source=make_dataset(),
        )
    around = queries.shapes_around(46.58, -1.5, 12)
    kinds = [f["geometry"]["type"] for f in around["features"] if f["id"].startswith("44")]
    assert len(json.dumps(around)) < 60_000
    assert {"MultiPolygon", "Point"} == set(kinds)
    assert kinds == sorted(kinds)  # contours first: they are the nearest


def test_shapes_cost_two_statements(communes: None) -> None:
    from django.db import connection

    with CaptureQueriesContext(connection) as captured:
        queries.shapes_around(46.58, -1.5, 30)
    assert len(captured) == 2


@pytest.mark.parametrize("code", ["", "99999", "8516", "85161 ", "x" * 500, "\x00"])
def test_unknown_codes(code: str) -> None:
    with pytest.raises(NotFound) as caught:
        queries.get_commune(code)
    assert len(caught.value.message) < 120


def test_territory_is_public(communes: None) -> None:
    nobody = object()
    assert access.access_commune(nobody, "85161").name == "Nieul-le-Dolent"
    assert access.access_departement(nobody, "85").name == "Vendée"
    assert access.access_epci(nobody, "200071165").kind == "CC"
    for refuse in (access.access_departement, access.access_epci):
        with pytest.raises(NotFound):
            refuse(nobody, "000")
