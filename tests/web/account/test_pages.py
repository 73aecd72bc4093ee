"""The switchboard, the access page of a practice, invitations, administration, the journal."""

import re

import pytest
from django.test import Client

from releve.contexts.accounts.models import Invitation, RoleAssignment, User
from releve.contexts.practices.models import Practice
from releve.kernel.models import AuditEvent, OutboxMessage
from tests.factories.accounts import PASSWORD, grant, make_staff, make_user
from tests.factories.practices import make_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def nieul():
    return make_practice(name="Cabinet de Nieul")


@pytest.fixture
def autre():
    return make_practice(name="Cabinet de Mazingarbe")


def signed(user):
    browser = Client()
    browser.force_login(user)
    return browser


def team_url(practice):
    return f"/equipe-acces/{practice.slug}/"


# --- Switchboard ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "target"),
    [
        ("secretary", "/secretariat/{slug}/jour/"),
        ("project_lead", "/secretariat/{slug}/reglages/"),
        ("practitioner", "/medecin/"),
        ("paramedical", "/partenaire/"),
    ],
)
def test_one_place_is_opened_at_once(nieul, role, target):
    response = signed(make_staff(role, practice=nieul)).get("/mon-espace/")
    assert response.url == target.format(slug=nieul.slug)


@pytest.mark.parametrize(
    ("role", "target"), [("coordinator", "/coordination/"), ("administrator", "/administration/")]
)
def test_one_place_beyond_practices(role, target):
    assert signed(make_staff(role)).get("/mon-espace/").url == target


def test_several_places_are_listed_without_repetition(nieul, autre):
    user = make_staff("practitioner", practice=nieul)
    grant(user, "practitioner", practice=autre)
    grant(user, "secretary", practice=autre)
    page = signed(user).get("/mon-espace/")
    assert page.status_code == 200
    assert [place.href for place in page.context["places"]] == [
        f"/secretariat/{autre.slug}/jour/",
        "/medecin/",
        f"/secretariat/{nieul.slug}/jour/",
    ]


def test_person_without_any_role_is_told_what_to_do():
    page = signed(make_user()).get("/mon-espace/")
    assert "Aucun espace pour l’instant" in page.content.decode()


# --- Own account ----------------------------------------------------------------------------------------------


def test_profile_refuses_an_impossible_telephone_beside_the_field():
    user = make_user("Alice")
    response = signed(user).post("/compte/", {"full_name": "Alice B", "phone": "12"})
    assert response.status_code == 422
    assert "phone" in response.context["form"].errors
    user.refresh_from_db()
    assert user.full_name == "Alice"


def test_profile_is_saved():
    user = make_user("Alice")
    assert signed(user).post("/compte/", {"full_name": "Alice B", "phone": "0639981234"}).status_code == 302
    user.refresh_from_db()
    assert (user.full_name, user.phone) == ("Alice B", "+33639981234")


# --- Access to a practice: Alice (owner), Bob (team), Charlie (outsider) --------------------------------------


def test_alice_invites_bob_joins(client, nieul):
    alice = signed(make_staff("project_lead", practice=nieul))
    sent = alice.post(team_url(nieul), {"email": "bob@exemple.fr", "role": "secretary", "full_name": "Bob"})
    assert sent.status_code == 302
    link = re.search(r"http://[^/]+(/invitation/\S+)", OutboxMessage.objects.get().body).group(1)
    page = client.get(link)
    assert "Cabinet de Nieul" in page.content.decode()
    weak = client.post(link, {"full_name": "Bob", "password": "azerty"})
    assert weak.status_code == 422
    assert "password" in weak.context["form"].errors
    assert client.post(link, {"full_name": "Bob", "password": PASSWORD}).url == "/mon-espace/"
    assert client.get("/mon-espace/").url == f"/secretariat/{nieul.slug}/jour/"
    again = Client().get(link)
    assert again.status_code == 410
    assert "a déjà servi" in again.content.decode()


@pytest.mark.parametrize("token", ["forge", "x" * 300, "..%2F..", "é"])
def test_forged_invitation_is_404(client, token):
    assert client.get(f"/invitation/{token}/").status_code == 404
    assert not User.objects.exists()


def test_accepting_on_a_computer_where_somebody_else_is_signed_in_ends_their_session(nieul):
    alice = make_staff("project_lead", practice=nieul)
    browser = signed(alice)
    browser.post(team_url(nieul), {"email": "bob@exemple.fr", "role": "secretary"})
    link = re.search(r"http://[^/]+(/invitation/\S+)", OutboxMessage.objects.get().body).group(1)
    browser.post(link, {"full_name": "Bob", "password": PASSWORD})
    assert browser.get("/compte/").context["person"].email == "bob@exemple.fr"


def test_project_lead_cannot_invite_above(nieul):
    browser = signed(make_staff("project_lead", practice=nieul))
    for role in ("administrator", "coordinator", "chef"):
        response = browser.post(team_url(nieul), {"email": "x@exemple.fr", "role": role})
        assert response.status_code == 422
    assert not Invitation.objects.exists()


def test_bob_and_charlie_neither_see_nor_change(nieul, autre):
    held = grant(make_user(), "secretary", practice=nieul)
    bob = signed(make_staff("secretary", practice=nieul))
    charlie = signed(make_staff("project_lead", practice=autre))
    for browser, status in ((bob, 403), (charlie, 404)):
        assert browser.get(team_url(nieul)).status_code == status
        assert (
            browser.post(team_url(nieul), {"email": "x@exemple.fr", "role": "secretary"}).status_code
            == status
        )
        assert browser.post(f"{team_url(nieul)}acces/{held.pk}/retirer/").status_code == status
    assert RoleAssignment.objects.filter(pk=held.pk).exists()
    assert not Invitation.objects.exists()


def test_id_of_another_practice_under_ones_own_slug_is_unknown(nieul, autre):
    held = grant(make_user(), "secretary", practice=nieul)
    signed(make_staff("project_lead", practice=nieul)).post(
        team_url(nieul), {"email": "bob@exemple.fr", "role": "secretary"}
    )
    invitation = Invitation.objects.get()
    charlie = signed(make_staff("project_lead", practice=autre))
    assert charlie.post(f"{team_url(autre)}acces/{held.pk}/retirer/").status_code == 404
    assert charlie.post(f"{team_url(autre)}invitation/{invitation.pk}/annuler/").status_code == 404
    assert RoleAssignment.objects.filter(pk=held.pk).exists()
    invitation.refresh_from_db()
    assert invitation.revoked_at is None


def test_revoked_person_is_out_at_the_next_click(nieul):
    bob = make_staff("project_lead", practice=nieul)
    bobs_browser = signed(bob)
    assert bobs_browser.get(team_url(nieul)).status_code == 200
    alice = signed(make_staff("project_lead", practice=nieul))
    held = bob.assignments.get()
    assert alice.post(f"{team_url(nieul)}acces/{held.pk}/retirer/").status_code == 302
    assert bobs_browser.get(team_url(nieul)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_queries_of_the_access_page_do_not_grow(nieul, count, django_assert_max_num_queries):
    browser = signed(make_staff("project_lead", practice=nieul))
    for number in range(count):
        make_staff("secretary", practice=nieul, full_name=f"P{number}")
    browser.get(team_url(nieul))
    with django_assert_max_num_queries(9):
        browser.get(team_url(nieul))


# --- Administration -------------------------------------------------------------------------------------------


def test_new_practice_with_its_first_project_lead():
    browser = signed(make_staff("administrator"))
    response = browser.post(
        "/administration/cabinets/nouveau/",
        {"name": "Cabinet d’Héricourt", "email": "maire@exemple.fr", "full_name": "Mme le maire"},
    )
    practice = Practice.objects.get()
    assert response.url == team_url(practice)
    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.scope_ref) == ("project_lead", str(practice.pk))


def test_new_practice_is_not_created_without_its_invitation():
    browser = signed(make_staff("administrator"))
    for data in ({"name": "Cabinet", "email": "pas une adresse"}, {"name": "", "email": "a@exemple.fr"}):
        assert browser.post("/administration/cabinets/nouveau/", data).status_code == 422
    assert not Practice.objects.exists()


def test_unknown_territory_is_refused_beside_its_field():
    browser = signed(make_staff("administrator"))
    response = browser.post(
        "/administration/personnes/",
        {"email": "c@exemple.fr", "role": "coordinator", "scope_kind": "departement", "scope_ref": "999"},
    )
    assert response.status_code == 422
    assert "scope_ref" in response.context["form"].errors


def test_hostile_search_and_page_are_harmless():
    browser = signed(make_staff("administrator"))
    for query in ("?q=%27%3B+DROP", "?page=abc", "?page=-1", "?page=99999999999999", "?q=" + "x" * 500):
        assert browser.get(f"/administration/personnes/{query}").status_code == 200


def test_last_administrator_is_told_why_their_role_stays():
    admin = make_staff("administrator")
    held = admin.assignments.get()
    page = signed(admin).post(f"/administration/personnes/{admin.pk}/role/{held.pk}/retirer/", follow=True)
    assert "dernière personne" in page.content.decode()
    assert RoleAssignment.objects.filter(pk=held.pk).exists()


# --- Journal --------------------------------------------------------------------------------------------------


def test_project_lead_reads_the_journal_of_their_own_practice_only(nieul, autre):
    from releve.kernel import clock

    for practice in (nieul, autre):
        AuditEvent.objects.create(
            at=clock.now(), actor_kind="system", action="patient.read", target_kind="patient",
            target_id=practice.pk, practice_id=practice.pk,
        )  # fmt: skip
    lead = signed(make_staff("project_lead", practice=nieul))
    lines = lead.get("/administration/journal/").context["lines"]
    assert {line["practice"] for line in lines if line["what"].startswith("Fiche")} == {nieul.name}
    foreign = lead.get(f"/administration/journal/?practice={autre.slug}")
    assert foreign.status_code == 422
    assert not foreign.context["lines"]
    everything = signed(make_staff("administrator")).get("/administration/journal/").context["lines"]
    assert {nieul.name, autre.name} <= {line["practice"] for line in everything}


@pytest.mark.parametrize("query", ["?first_day=hier", "?first_day=2026-03-02&last_day=2026-03-01",
                                   "?first_day=2020-01-01&last_day=2026-01-01"])  # fmt: skip
def test_bad_dates_of_the_journal_are_explained(query):
    assert signed(make_staff("administrator")).get(f"/administration/journal/{query}").status_code == 422


def test_home_leads_to_the_needs_only_those_who_can_answer(client):
    assert "Voir les besoins" in client.get("/").content.decode()
    page = signed(make_staff("coordinator")).get("/").content.decode()
    assert "Voir les besoins" not in page
    assert "n’est pas relié à une fiche de praticien" in page


def test_every_action_of_the_journal_has_french_words():
    """An action written by a service and missing here would be read as « Autre opération »."""
    import re
    from pathlib import Path

    import releve
    from releve.web.account.views.journal import ACTIONS

    root = Path(releve.__file__).parent
    calls = re.compile(r'(?:action=|_tell\(appointment, |_note\(shift, |_journal\(\s*by, )"([a-z_.-]+)"')
    found = {name for path in root.rglob("*.py") for name in calls.findall(path.read_text("utf-8"))}
    assert len(found) > 40
    assert found - set(ACTIONS) == set()
