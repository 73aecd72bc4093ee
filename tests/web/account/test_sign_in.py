"""Signing in and out, the demonstration identities, limits of attempts and of sessions."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver, reverse

from releve.contexts.accounts.models import User
from releve.kernel.models import OutboxMessage
from tests.factories.accounts import PASSWORD, make_staff, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/compte/connexion/"


def sign_in(client, user, password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": user.email, "password": password, **extra})


def test_mail_and_password_open_the_switchboard(client):
    user = make_user()
    response = sign_in(client, user)
    assert response.status_code == 302
    assert response.url == "/mon-espace/"
    assert client.get("/mon-espace/").status_code == 200


def test_sign_in_comes_back_to_the_page_asked_for(client):
    user = make_user()
    refused = client.get("/compte/")
    assert refused.status_code == 302
    assert refused.url == f"{LOGIN}?next=%2Fcompte%2F"
    assert sign_in(client, user, next="/compte/").url == "/compte/"


def test_hostile_next_is_ignored(client):
    assert sign_in(client, make_user(), next="https://mechant.example/").url == "/mon-espace/"


def test_wrong_password_says_so_in_french_and_signs_nobody_in(client):
    user = make_user()
    response = sign_in(client, user, "faux")
    assert "L’adresse mail ou le mot de passe est inexact" in response.content.decode()
    assert client.get("/compte/").status_code == 302


def test_unknown_address_gets_the_same_words(client):
    response = client.post(LOGIN, {"login": "inconnu@exemple.fr", "password": "x"})
    assert "L’adresse mail ou le mot de passe est inexact" in response.content.decode()


def test_closed_account_cannot_sign_in(client):
    user = make_user(is_active=False)
    sign_in(client, user)
    assert client.get("/compte/").status_code == 302


def test_sixth_attempt_is_refused_with_429_even_with_the_right_password(client):
    user = make_user()
    for _ in range(5):
        assert sign_in(client, user, "faux").status_code == 200
    response = sign_in(client, user)
    assert response.status_code == 429
    assert response["Retry-After"] == "300"
    assert "mot de passe" in response.content.decode()
    assert client.get("/compte/").status_code == 302


def test_limits_live_in_the_database(settings):
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")


def test_there_is_no_sign_up_nor_any_other_allauth_route():
    names = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    assert not {
        name for name in names if "signup" in name or name in {"account_email", "account_request_login_code"}
    }


def test_sign_out_needs_a_post(client):
    client.force_login(make_user())
    assert client.get("/compte/deconnexion/").status_code == 200
    assert client.get("/compte/").status_code == 200
    client.post("/compte/deconnexion/")
    assert client.get("/compte/").status_code == 302


# --- Forgotten password ---------------------------------------------------------------------------------------


def test_forgotten_password_by_mail_once(client):
    user = make_user()
    client.post("/compte/mot-de-passe/oublie/", {"email": user.email})
    mail = OutboxMessage.objects.get()
    assert mail.to == user.email
    path = re.search(r"http://[^/]+(/\S+)", mail.body).group(1)
    form = client.get(path, follow=True)
    target = form.request["PATH_INFO"]
    chosen = "Autre-Nuage-88-Lent"
    assert client.post(target, {"password1": chosen, "password2": chosen}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(chosen)
    again = client.get(path, follow=True)
    assert "n’est plus valable" in again.content.decode()


def test_forgotten_password_of_an_unknown_address_sends_nothing_and_says_the_same(client):
    known = client.post("/compte/mot-de-passe/oublie/", {"email": make_user().email})
    unknown = client.post("/compte/mot-de-passe/oublie/", {"email": "inconnu@exemple.fr"})
    assert known.url == unknown.url
    assert OutboxMessage.objects.count() == 1


def test_weak_password_is_refused_with_advice(client):
    user = make_user()
    client.force_login(user)
    response = client.post(
        "/compte/mot-de-passe/", {"oldpassword": PASSWORD, "password1": "soleil12", "password2": "soleil12"}
    )
    assert "trop facile à deviner" in response.content.decode()
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


# --- Demonstration --------------------------------------------------------------------------------------------


def test_demonstration_identities_are_one_button_away(client, settings):
    settings.RELEVE_MODE = "demo"
    user = make_staff("coordinator", full_name="Camille Fictive", is_demo=True)
    assert "Camille Fictive" in client.get(LOGIN).content.decode()
    response = client.post("/compte/demonstration/", {"identity": user.pk})
    assert response.status_code == 302
    assert client.get("/compte/").status_code == 200


@pytest.mark.parametrize("mode", ["production", "test"])
def test_demonstration_sign_in_exists_only_in_the_demonstration(client, settings, mode):
    settings.RELEVE_MODE = mode
    user = make_staff("coordinator", full_name="Camille Fictive", is_demo=True)
    assert "Camille Fictive" not in client.get(LOGIN).content.decode()
    assert client.post("/compte/demonstration/", {"identity": user.pk}).status_code == 404
    assert client.get("/compte/").status_code == 302


@pytest.mark.parametrize("identity", ["", "abc", "-1", "99999999999999999999", "0"])
def test_forged_demonstration_identity_is_refused(client, settings, identity):
    settings.RELEVE_MODE = "demo"
    assert client.post("/compte/demonstration/", {"identity": identity}).status_code == 404


def test_a_real_person_cannot_be_taken_in_the_demonstration(client, settings):
    settings.RELEVE_MODE = "demo"
    user = make_staff("administrator")
    assert client.post("/compte/demonstration/", {"identity": user.pk}).status_code == 404
    assert client.get("/compte/demonstration/").status_code == 405


# --- Sessions -------------------------------------------------------------------------------------------------

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_idle_session_ends_and_says_why(client):
    with time_machine.travel(MORNING, tick=False) as clock:
        client.force_login(make_user())
        assert client.get("/compte/").status_code == 200
        clock.shift(timedelta(minutes=29))
        assert client.get("/compte/").status_code == 200
        clock.shift(timedelta(minutes=31))
        response = client.get("/compte/")
        assert response.status_code == 302
        assert response.url == "/compte/session-expiree/?next=%2Fcompte%2F"
        page = client.get(response.url).content.decode()
        assert "rien n’est perdu" in page
        assert "/compte/connexion/?next=%2Fcompte%2F" in page


def test_busy_session_ends_after_the_absolute_limit(client):
    with time_machine.travel(MORNING, tick=False) as clock:
        client.force_login(make_user())
        for _ in range(36):
            assert client.get("/compte/").status_code == 200
            clock.shift(timedelta(minutes=20))
        clock.shift(timedelta(minutes=1))
        assert client.get("/compte/").status_code == 302


def test_form_sent_after_the_end_stays_on_screen_with_401(client):
    user = make_user(full_name="Alice")
    with time_machine.travel(MORNING, tick=False) as clock:
        client.force_login(user)
        client.get("/compte/")
        clock.shift(timedelta(hours=1))
        response = client.post("/compte/", {"full_name": "Autre"})
    assert response.status_code == 401
    assert "dans un nouvel onglet" in response.content.decode()
    user.refresh_from_db()
    assert user.full_name == "Alice"


def test_fragment_of_an_anonymous_visitor_moves_the_whole_page(client):
    response = client.get(
        "/compte/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/mon-espace/"}
    )
    assert response.status_code == 401
    assert response["HX-Redirect"] == "/compte/connexion/?next=%2Fmon-espace%2F"


def test_sign_out_everywhere_ends_the_other_browser(client):
    user = make_user()
    other = Client()
    with time_machine.travel(MORNING, tick=False) as clock:
        for browser in (client, other):
            browser.force_login(user)
            assert browser.get("/compte/").status_code == 200
        clock.shift(timedelta(minutes=1))
        assert client.post("/compte/deconnexion/partout/").status_code == 302
        assert other.get("/compte/").status_code == 302
        assert client.get("/compte/").status_code == 302
        clock.shift(timedelta(minutes=1))
        client.force_login(user)
        assert client.get("/compte/").status_code == 200


def test_every_account_name_resolves_to_a_french_path():
    for name in ("account_login", "mfa_index", "mfa_activate_totp", "account_reset_password"):
        assert reverse(name).startswith("/compte/")
