"""A second factor is compulsory for staff; only fictional people of the demonstration are exempt."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from releve.kernel.models import OutboxMessage
from tests.factories.accounts import PASSWORD, make_staff, make_user

pytestmark = pytest.mark.django_db
SECURITY = "/compte/securite/"


@pytest.fixture(autouse=True)
def required(settings):
    settings.SECOND_FACTOR_REQUIRED = True
    settings.RELEVE_MODE = "production"


def current_code(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_staff_without_a_factor_are_led_to_set_one_up(client):
    client.force_login(make_staff("administrator"))
    for address in ("/mon-espace/", "/compte/", "/administration/", "/administration/personnes/"):
        response = client.get(address)
        assert (response.status_code, response.url) == (302, SECURITY)
    page = client.get(SECURITY)
    assert page.status_code == 200
    assert "Protégez votre compte" in page.content.decode()


def test_posts_are_stopped_too(client):
    user = make_user("Alice")
    client.force_login(user)
    assert client.post("/compte/", {"full_name": "Autre"}).url == SECURITY
    user.refresh_from_db()
    assert user.full_name == "Alice"


def test_fragments_move_the_whole_page(client):
    client.force_login(make_user())
    response = client.get("/mon-espace/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (403, SECURITY)


def test_public_pages_see_an_anonymous_visitor(client):
    client.force_login(make_staff("administrator", full_name="Alice Renaud"))
    response = client.get("/healthz")
    assert response.wsgi_request.user.is_anonymous


@pytest.mark.parametrize(("mode", "is_demo", "free"), [
    ("demo", True, True),
    ("demo", False, False),
    ("production", True, False),
])  # fmt: skip
def test_only_fictional_people_of_the_demonstration_are_exempt(client, settings, mode, is_demo, free):
    settings.RELEVE_MODE = mode
    client.force_login(make_user(is_demo=is_demo))
    assert (client.get("/compte/").status_code == 200) is free


def set_up_totp(client, user):
    client.post("/compte/connexion/", {"login": user.email, "password": PASSWORD})
    client.post("/compte/confirmer/", {"password": PASSWORD, "next": "/compte/securite/application/"})
    form = client.get("/compte/securite/application/").context["form"]
    response = client.post("/compte/securite/application/", {"code": current_code(form.secret)})
    return response, form.secret


def test_setting_up_an_application_opens_the_space_and_gives_recovery_codes(
    client, django_capture_on_commit_callbacks
):
    user = make_user()
    with django_capture_on_commit_callbacks(execute=True):
        response, secret = set_up_totp(client, user)
    assert response.url == "/compte/securite/secours/"
    assert client.get(response.url).status_code == 200
    assert client.get("/compte/").status_code == 200
    stored = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    assert secret not in str(stored.data)
    kinds = list(OutboxMessage.objects.filter(to=user.email).values_list("kind", flat=True))
    assert "account-totp-activated" in kinds


def test_second_step_at_sign_in_by_recovery_code_once(client):
    user = make_user()
    set_up_totp(client, user)
    code = RecoveryCodes(
        Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    ).get_unused_codes()[0]
    for expected in (True, False):
        client.post("/compte/deconnexion/")
        step = client.post("/compte/connexion/", {"login": user.email, "password": PASSWORD})
        assert step.url.startswith("/compte/connexion/code/")
        assert client.get("/compte/").status_code == 302
        client.post("/compte/connexion/code/", {"code": code})
        assert (client.get("/compte/").status_code == 200) is expected


def test_wrong_code_says_so_and_keeps_out(client):
    user = make_user()
    set_up_totp(client, user)
    client.post("/compte/deconnexion/")
    client.post("/compte/connexion/", {"login": user.email, "password": PASSWORD})
    response = client.post("/compte/connexion/code/", {"code": "000000"})
    assert "Ce code est inexact" in response.content.decode()
    assert client.get("/compte/").status_code == 302


def test_the_last_factor_stays(client):
    user = make_user()
    set_up_totp(client, user)
    client.get("/compte/securite/application/retirer/")
    response = client.post("/compte/securite/application/retirer/")
    assert "C’est votre seule protection" in response.content.decode()
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def test_another_persons_key_is_unknown(client):
    user, other = make_user(), make_user()
    set_up_totp(client, user)
    key = Authenticator.objects.create(user=other, type=Authenticator.Type.WEBAUTHN, data={"name": "Clé"})
    assert client.get(f"/compte/securite/cles/{key.pk}/retirer/").status_code == 404
    assert client.post(f"/compte/securite/cles/{key.pk}/retirer/").status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()
