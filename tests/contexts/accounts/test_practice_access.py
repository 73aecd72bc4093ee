"""The road from a slug to a practice: Alice (owner), Bob (team), Charlie (outsider), territories."""

import pytest
from django.contrib.auth.models import AnonymousUser

from releve.contexts.accounts.enums import Capability, Role, ScopeKind
from releve.contexts.practices import access
from releve.contexts.practices.models import Practice, Site
from releve.contexts.territory.models import Commune, Dataset, Departement, Epci, Region
from releve.kernel.errors import Forbidden, NotFound
from tests.factories.accounts import NOW, grant, make_staff, make_user

pytestmark = pytest.mark.django_db


def make_place(departement="85", epci="248500000", region="52"):
    source, _ = Dataset.objects.get_or_create(
        slug="t",
        defaults={
            "title": "T",
            "producer": "T",
            "vintage": "1",
            "licence": "MIT",
            "sha256": "0",
            "imported_at": NOW,
        },
    )
    area, _ = Region.objects.get_or_create(
        code=region, defaults={"name": f"Région {region}", "source": source}
    )
    county, _ = Departement.objects.get_or_create(
        code=departement, defaults={"name": f"Département {departement}", "region": area, "source": source}
    )
    group, _ = Epci.objects.get_or_create(siren=epci, defaults={"name": "CC", "kind": "CC", "source": source})
    commune, _ = Commune.objects.get_or_create(
        code=f"{departement}001",
        defaults={
            "name": "Ville",
            "search_name": "ville",
            "departement": county,
            "epci": group,
            "source": source,
        },
    )
    return commune


def make_practice(slug, commune):
    practice = Practice.objects.create(slug=slug, name=slug.title())
    Site.objects.create(
        practice=practice, slug=f"{slug}-lieu", name="Lieu", kind="municipal", address="1 place",
        postal_code="85430", commune=commune, lat=46.5, lon=-1.5,
    )  # fmt: skip
    return practice


@pytest.fixture
def nieul():
    return make_practice("nieul", make_place())


@pytest.fixture
def mazingarbe():
    return make_practice("mazingarbe", make_place("62", "246200000", "32"))


def test_alice_bob_and_charlie(nieul, mazingarbe):
    alice = make_staff(Role.PROJECT_LEAD, practice=nieul)
    bob = make_staff(Role.SECRETARY, practice=nieul)
    charlie = make_staff(Role.SECRETARY, practice=mazingarbe)
    assert access.access_practice(alice, "nieul", Capability.USERS_MANAGE) == nieul
    assert access.access_practice(bob, "nieul", Capability.DESK_MANAGE) == nieul
    with pytest.raises(Forbidden):
        access.access_practice(bob, "nieul", Capability.USERS_MANAGE)
    with pytest.raises(Forbidden):
        access.access_practice(alice, "nieul", Capability.PATIENTS_READ)
    for capability in Capability:
        with pytest.raises(NotFound):
            access.access_practice(charlie, "nieul", capability)
        with pytest.raises(NotFound):
            access.access_practice(AnonymousUser(), "nieul", capability)
        with pytest.raises(NotFound):
            access.access_practice(make_user(), "nieul", capability)


def test_unknown_slug_looks_like_another_practice(nieul, mazingarbe):
    charlie = make_staff(Role.SECRETARY, practice=mazingarbe)
    messages = set()
    for slug in ("nieul", "nulle-part"):
        with pytest.raises(NotFound) as refused:
            access.access_practice(charlie, slug, Capability.DESK_VIEW)
        messages.add(refused.value.message)
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("kind", "ref"),
    [
        (ScopeKind.DEPARTEMENT, "85"),
        (ScopeKind.REGION, "52"),
        (ScopeKind.EPCI, "248500000"),
        (ScopeKind.PLATFORM, ""),
    ],
)
def test_coordinator_reaches_the_practices_of_the_territory(nieul, mazingarbe, kind, ref):
    user = make_user()
    grant(user, Role.COORDINATOR, scope_kind=kind, scope_ref=ref)
    assert access.access_practice(user, "nieul", Capability.ROSTER_MANAGE) == nieul
    with pytest.raises(Forbidden):
        access.access_practice(user, "nieul", Capability.PATIENTS_READ)
    if kind != ScopeKind.PLATFORM:
        with pytest.raises(NotFound):
            access.access_practice(user, "mazingarbe", Capability.ROSTER_VIEW)
        assert list(access.list_practices(user, Capability.ROSTER_VIEW)) == [nieul]


def test_a_role_here_gives_nothing_there(nieul, mazingarbe):
    user = make_staff(Role.SECRETARY, practice=nieul)
    grant(user, Role.PROJECT_LEAD, practice=mazingarbe)
    with pytest.raises(Forbidden):
        access.access_practice(user, "mazingarbe", Capability.PATIENTS_READ)
    assert list(access.list_practices(user, Capability.PATIENTS_READ)) == [nieul]
    assert list(access.list_practices(user)) == [mazingarbe, nieul]


def test_administration_reads_no_patient(nieul):
    admin = make_staff(Role.ADMINISTRATOR)
    assert access.access_practice(admin, "nieul", Capability.PRACTICE_SETTINGS) == nieul
    with pytest.raises(Forbidden):
        access.access_practice(admin, "nieul", Capability.PATIENTS_READ)
    with pytest.raises(Forbidden):
        access.access_practice(admin, "nieul", Capability.DESK_VIEW)


def test_site_of_another_practice_is_unknown(nieul, mazingarbe):
    user = make_staff(Role.SECRETARY, practice=nieul)
    grant(user, Role.SECRETARY, practice=mazingarbe)
    assert access.access_site(user, "nieul", "nieul-lieu", Capability.DESK_VIEW).practice == nieul
    with pytest.raises(NotFound):
        access.access_site(user, "nieul", "mazingarbe-lieu", Capability.DESK_VIEW)


def test_scopes_have_french_names(nieul):
    wanted = [("practice", str(nieul.pk)), ("departement", "85"), ("platform", ""), ("region", "99")]
    assert access.describe_scopes(wanted) == {
        ("practice", str(nieul.pk)): "Nieul",
        ("departement", "85"): "Département 85",
        ("platform", ""): "Toute la plateforme",
    }
