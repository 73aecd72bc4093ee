"""What a territory code names, and each refusal."""

import pytest

from releve.contexts.diagnosis.enums import TerritoryKind
from releve.contexts.diagnosis.territories import MAX_COMMUNES, resolve
from releve.contexts.territory.models import Commune
from releve.kernel.errors import DomainError, Invalid, NotFound
from tests.factories.diagnosis import make_perimeter, make_territory
from tests.factories.territory import make_commune, make_departement, make_epci, make_former_commune

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_territory(statistics=False)


def test_commune(world):
    place = resolve(" 85161 ")
    assert (place.kind, place.code, place.commune_codes) == (TerritoryKind.COMMUNE, "85161", ("85161",))
    assert place.context == "Commune de Vendée, CC du Pays des Achards"
    assert (place.lat, place.lon) == (46.57, -1.5)


def test_epci(world):
    place = resolve("248500530")
    assert place.kind == TerritoryKind.EPCI
    assert place.commune_codes == ("85099", "85161")
    assert place.context == "Intercommunalité de Vendée, 2 communes"
    # the middle is nearer to the commune where two thirds of the people live
    assert place.lat == pytest.approx((46.57 * 2000 + 46.615 * 1000) / 3000)


def test_departement(world):
    place = resolve("85")
    assert place.kind == TerritoryKind.DEPARTEMENT
    assert place.commune_codes == ("85099", "85113", "85161", "85191")


def test_corsica_in_small_letters():
    make_commune("2A004", name="Ajaccio", departement=make_departement("2A", name="Corse-du-Sud"))
    assert resolve("2a004").name == "Ajaccio"
    assert resolve("2a").kind == TerritoryKind.DEPARTEMENT


def test_perimeter(world):
    make_perimeter("bocage", world.nieul, world.town)
    place = resolve("p-bocage")
    assert (place.kind, place.code, place.name) == (TerritoryKind.PERIMETER, "p-bocage", "CPTS du Bocage")
    assert place.commune_codes == ("85161", "85191")
    assert place.context == "CPTS, 2 communes"


@pytest.mark.parametrize("code", ["85161,85099", "85099+85161", "85161, 85099,85161"])
def test_list_however_it_is_written(world, code):
    place = resolve(code)
    assert (place.kind, place.code) == (TerritoryKind.LIST, "85099,85161")
    assert place.name == "2 communes\u00a0: Le Girouard, Nieul-le-Dolent"


def test_a_list_of_one_is_that_commune(world):
    assert resolve("85161,85161").kind == TerritoryKind.COMMUNE


def test_an_arrondissement_is_not_counted_beside_its_commune():
    lyon = make_commune("69123", name="Lyon", population=500)
    make_commune("69381", name="Lyon 1er Arrondissement", kind="ARM", parent=lyon, population=30)
    assert resolve("69381").commune_codes == ("69381",)
    assert resolve("69381").context.startswith("Arrondissement municipal")
    assert resolve("69123,69381").commune_codes == ("69123",)
    assert resolve("85").commune_codes == ("69123",)


def test_a_merged_commune_names_the_one_that_replaced_it(world):
    make_former_commune("85010", world.nieul, name="Les Vieux-Moulins")
    for code in ("85010", "85010,85099"):
        with pytest.raises(NotFound) as refusal:
            resolve(code)
        assert refusal.value.code == "former-commune"
        assert refusal.value.details == {"replaced_by": "85161"}
        assert "Nieul-le-Dolent" in refusal.value.message


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [
        ("99999", NotFound, "unknown-commune"),
        ("85161,99999", NotFound, "unknown-commune"),
        ("123456789", NotFound, "unknown-epci"),
        ("88", NotFound, "unknown-departement"),
        ("p-rien", NotFound, "unknown-perimeter"),
        ("p-\x00", NotFound, "unknown-perimeter"),
        ("", Invalid, "bad-territory"),
        (",", Invalid, "bad-territory"),
        ("nieul", Invalid, "bad-territory"),
        ("8516", Invalid, "bad-territory"),
        ("\u0663\u0663", Invalid, "bad-territory"),
    ],
)
def test_refusals(world, code, kind, expected):
    with pytest.raises(kind) as refusal:
        resolve(code)
    assert refusal.value.code == expected
    assert isinstance(refusal.value, DomainError)
    assert "\x00" not in refusal.value.message


def test_too_many_communes():
    with pytest.raises(Invalid) as refusal:
        resolve(",".join(f"{85000 + rank}" for rank in range(MAX_COMMUNES + 1)))
    assert refusal.value.code == "too-many-communes"


def test_an_epci_without_any_commune():
    make_epci("200000000", name="CC vide")
    with pytest.raises(NotFound) as refusal:
        resolve("200000000")
    assert refusal.value.code == "empty-territory"


def test_a_commune_that_is_gone_is_no_longer_in_its_epci(world):
    Commune.objects.filter(pk="85099").update(is_current=False)
    assert resolve("248500530").commune_codes == ("85161",)
