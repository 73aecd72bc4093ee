"""Domain errors become pages with their status and a French message."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory

from releve.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Reason, Throttled, Unavailable
from releve.web.ui import errors
from releve.web.ui.middleware import DomainErrorMiddleware


def answer(error, path="/lieux/x/", htmx=False):
    request = RequestFactory().get(path)
    request.user = AnonymousUser()
    request.htmx = htmx
    return DomainErrorMiddleware(lambda r: HttpResponse()).process_exception(request, error)


@pytest.mark.parametrize("kind", [Invalid, NotFound, Forbidden, Conflict, Gone, Throttled, Unavailable])
def test_each_error_has_its_status_and_message(kind):
    response = answer(kind("Voici ce qui s’est passé."))
    assert response.status_code == kind.status
    html = response.content.decode()
    assert "Voici ce qui s’est passé." in html
    assert f"Erreur {kind.status}" in html


def test_reasons_are_listed_and_escaped():
    error = Conflict("Refusé.", reasons=[Reason("a", "Salle prise"), Reason("b", "<b>x</b>")])
    html = answer(error).content.decode()
    assert "<li>Salle prise</li>" in html
    assert "<b>x</b>" not in html


def test_throttling_says_when_to_come_back():
    assert answer(Throttled("Attendez.", details={"retry_after": 60}))["Retry-After"] == "60"


def test_htmx_gets_the_message_alone():
    request_htmx = type("H", (), {"boosted": False, "__bool__": lambda self: True})()
    html = answer(Conflict("Déjà pris."), htmx=request_htmx).content.decode()
    assert "rl-error-fragment" in html
    assert "<html" not in html


def test_the_api_keeps_its_own_errors():
    assert answer(NotFound("x"), path="/api/v1/x") is None


def test_other_exceptions_are_not_swallowed():
    assert answer(ValueError("x")) is None


@pytest.mark.django_db
def test_unknown_address(client):
    response = client.get("/rien-ici/")
    assert response.status_code == 404
    assert "Cette page n’existe pas" in response.content.decode()
    assert "116 117" in response.content.decode().replace("\u00a0", " ")


@pytest.mark.django_db
def test_csrf_refusal_says_nothing_was_kept():
    client = Client(enforce_csrf_checks=True)
    response = client.post("/compte/connexion/", {"login": "a@b.fr"})
    if response.status_code == 404:
        response = errors.csrf_failure(_request())
    assert response.status_code == 403
    assert "Rien n’a été enregistré" in response.content.decode()


def _request():
    request = RequestFactory().post("/x/")
    request.user = AnonymousUser()
    return request


def test_the_crash_page_needs_no_database():
    response = errors.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "116 117" in response.content.decode().replace("\u00a0", " ")
