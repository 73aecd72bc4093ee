"""A database too busy is a 503 that says when to come back, never a page of error 500; our own mistakes stay 500."""

import sqlite3
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client

from releve.kernel.database_faults import is_passing_fault


def fault(text="database is locked", *, sqlite=None, state=None):
    error = OperationalError(text)
    if sqlite:
        error.__cause__ = sqlite3.OperationalError(text)
        error.__cause__.sqlite_errorname = sqlite
    elif state:
        error.__cause__ = type("Broken", (Exception,), {"sqlstate": state})(text)
    return error


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (fault(sqlite="SQLITE_BUSY"), True),
        (fault(sqlite="SQLITE_BUSY_SNAPSHOT"), True),
        (fault("no such table: x", sqlite="SQLITE_ERROR"), False),
        (fault("deadlock detected", state="40P01"), True),
        (fault("could not serialize access", state="40001"), True),
        (fault("terminating connection", state="57P01"), True),
        (fault("relation does not exist", state="42P01"), False),
        (IntegrityError("occupation_once"), False),
        (ValueError("database is locked"), False),
    ],
)
def test_passing_faults_are_told_apart(error, passing):
    assert is_passing_fault(error) is passing


def test_a_view_that_meets_a_busy_database():
    with patch("releve.contexts.practices.queries.get_public_site", side_effect=fault(sqlite="SQLITE_BUSY")):
        response = Client().get("/lieux/nulle-part/rendez-vous/")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "réessayez" in response.content.decode()
    assert "locked" not in response.content.decode()


def test_a_fragment_gets_the_message_alone():
    with patch("releve.contexts.practices.queries.get_public_site", side_effect=fault(sqlite="SQLITE_BUSY")):
        response = Client().get("/lieux/nulle-part/rendez-vous/", headers={"HX-Request": "true"})
    assert response.status_code == 503
    assert "<html" not in response.content.decode()


def test_a_busy_database_before_the_view():
    """The session or the account is read by a middleware: no view is there to answer."""
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32
    with patch(
        "releve.web.account.middleware.SessionLimitsMiddleware.__call__", side_effect=fault(state="40P01")
    ):
        page, api = client.get("/"), client.get("/api/v1/communes?q=nieul")
    assert (page.status_code, api.status_code) == (503, 503)
    assert api.json()["code"] == "busy"
    assert api["Content-Type"] == "application/problem+json"


def test_the_api_says_busy_as_a_problem():
    with patch("releve.contexts.territory.queries.search_communes", side_effect=fault(sqlite="SQLITE_BUSY")):
        response = Client().get("/api/v1/communes?q=nieul")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json()["code"] == "busy"


def test_a_mistake_of_ours_stays_a_500():
    broken = fault("no such table: x", sqlite="SQLITE_ERROR")
    client = Client(raise_request_exception=False)
    with patch("releve.contexts.territory.queries.search_communes", side_effect=broken):
        response = client.get("/api/v1/communes?q=nieul")
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert "no such table" not in response.content.decode()
