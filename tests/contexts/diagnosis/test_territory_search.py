"""From typed words to a territory: communes first, then groups; lists that name what they could not read."""

import pytest

from releve.contexts.diagnosis.enums import TerritoryKind
from releve.contexts.diagnosis.territory_search import read_commune_list, search_territories
from tests.factories.territory import make_commune, make_epci, make_former_commune

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _places():
    make_epci("248500530", name="CC du Pays des Achards", population=20000)
    make_commune("85161")
    make_commune("85001", name="Les Achards", postal_codes="85150", population=5500)
    make_commune("85008", name="Aubigny", postal_codes="85430", population=7000)
    make_commune("14025", name="Aubigny", postal_codes="14700", population=300)
    make_former_commune("85152", make_commune("85001"), name="La Mothe-Achard")


def kinds(q):
    return [(hit.kind, hit.code) for hit in search_territories(q)]


def test_a_name_finds_communes_and_groups():
    assert kinds("achards") == [
        (TerritoryKind.COMMUNE, "85001"),
        (TerritoryKind.EPCI, "248500530"),
    ]
    assert kinds("Nieul")[0] == (TerritoryKind.COMMUNE, "85161")
    assert kinds("vendee")[0] == (TerritoryKind.DEPARTEMENT, "85")


@pytest.mark.parametrize(
    ("code", "expected"),
    [("85", "85"), ("248500530", "248500530"), ("248 500 530", "248500530"), ("85161", "85161")],
)
def test_a_code_comes_first(code, expected):
    assert search_territories(code)[0].code == expected


@pytest.mark.parametrize("q", ["", " ", "?", "'", "xyzzy", "9" * 200])
def test_nothing_is_found_without_fault(q):
    assert search_territories(q) == []


def test_list_of_codes_and_names():
    found = read_commune_list("85161\nLes Achards ; Aubigny 85430, 85161")
    assert found.codes == ("85161", "85001", "85008")
    assert found.unmatched == ()


def test_a_merged_commune_of_a_list_is_its_successor():
    assert read_commune_list("85152").codes == ("85001",)


def test_a_list_says_what_it_could_not_read():
    found = read_commune_list("Aubigny\nxyzzy\n99999\nNieul-le-Dolent")
    assert found.codes == ("85161",)
    assert [item.text for item in found.unmatched] == ["Aubigny", "xyzzy", "99999"]
    assert {hit.code for hit in found.unmatched[0].candidates} == {"85008", "14025"}
