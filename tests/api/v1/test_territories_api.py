"""GET /api/v1/territories/{code}/diagnosis: the same document as the command, its cache, its refusals."""

import json

import pytest
import time_machine

from releve.cli import main as cli_main
from tests.factories.diagnosis import TODAY, make_territory
from tests.factories.territory import make_former_commune

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    with time_machine.travel(f"{TODAY}T10:00:00Z", tick=False):
        yield make_territory()


def get(client, code, **params):
    return client.get(f"/api/v1/territories/{code}/diagnosis", params)


def assert_problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert "Cache-Control" not in response or "public" not in response["Cache-Control"]
    return response.json()


def test_public_diagnosis_with_its_source(world, client):
    response = get(client, "85161")
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=300"
    apl = response.json()["apl"]
    assert (apl["value"], apl["year"], apl["nature"]) == (1.731, 2023, "published")
    assert apl["source"]["producer"] == "DREES"


def test_the_same_as_the_command(world, client, capsys):
    with pytest.raises(SystemExit):
        cli_main.main(["diagnose", "248500530", "--json"])
    assert get(client, "248500530").json() == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("code", ["85", "85161,85099", "85161+85099"])
def test_groups(world, client, code):
    assert get(client, code).status_code == 200


def test_weights(world, client):
    weights = {"weight_access": 1, "weight_young_doctors": 0, "weight_ald": 0, "weight_emergency": 0}
    report = get(client, "85161", **weights, weight_income=0).json()
    figures = {f["key"]: f["value"] for s in report["sections"] for f in s["figures"]}
    assert figures["vulnerability_index"] == pytest.approx(figures["fragility_access"])
    assert_problem(get(client, "85161", weight_access=-1), 422, "invalid")
    assert_problem(get(client, "85161", **weights | {"weight_access": 0}, weight_income=0), 422, "bad-weight")


def test_refusals(world, client):
    make_former_commune("85010", world.nieul, name="Les Vieux-Moulins")
    merged = assert_problem(get(client, "85010"), 404, "former-commune")
    assert merged["replaced_by"] == "85161"
    assert_problem(get(client, "99999"), 404, "unknown-commune")
    assert_problem(get(client, "123456789"), 404, "unknown-epci")
    assert_problem(get(client, "p-rien"), 404, "unknown-perimeter")
    assert_problem(get(client, "nieul"), 422, "bad-territory")
    assert_problem(get(client, "%00"), 422, "bad-territory")
    assert_problem(get(client, "8" * 501), 422, "invalid")


def test_without_statistics(client):
    make_territory(statistics=False)
    report = get(client, "85161").json()
    assert report["modelled"] is True
    assert report["apl"]["nature"] == "modelled"
    assert report["warnings"]


def test_the_document_describes_it(client):
    schema = client.get("/api/v1/openapi.json").json()
    operation = schema["paths"]["/api/v1/territories/{code}/diagnosis"]["get"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    assert answer.endswith("DiagnosisOut")
    assert {"404", "422"} <= set(operation["responses"])
