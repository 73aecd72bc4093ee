"""/healthz."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from releve.kernel import beats, clock, health


@pytest.mark.django_db
def test_database_ok_worker_absent(client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "worker": "absent"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "state"), [(timedelta(seconds=5), "ok"), (timedelta(minutes=3), "late")])
def test_worker_state(client, age, state):
    beats.record_beat("worker-1", now=clock.now() - age)
    assert client.get("/healthz").json()["worker"] == state


def test_database_down_is_503(client, monkeypatch):
    def refuse():
        raise OperationalError("connection refused")

    monkeypatch.setattr(health.connection, "cursor", refuse)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["database"] == "unreachable"


@pytest.mark.django_db
def test_security_headers(client):
    response = client.get("/healthz")
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe-eval" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"


def test_only_reads(client):
    assert client.post("/healthz").status_code == 405
