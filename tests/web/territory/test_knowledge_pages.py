"""Local facts, saved groups of communes, dated parameters, as their pages."""

from __future__ import annotations

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from releve.contexts.diagnosis.models import LocalKnowledge, Parameter, Perimeter
from tests.factories.accounts import make_staff
from tests.factories.practices import make_practice, make_site
from tests.factories.territory import make_commune, make_departement, make_former_commune
from tests.factories.voices import NOW, make_fact, make_saved_perimeter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def lead(client):
    practice = make_practice()
    make_site(practice)
    person = make_staff("project_lead", practice=practice)
    client.force_login(person)
    return person


def text(response):
    return response.content.decode()


FACT = {
    "commune": "85161",
    "kind": "weekly_days",
    "weekly_days": "\u22120,5",
    "starts_on": "2026-04-01",
    "origin": "Secrétariat",
}


def test_a_fact_is_added_read_by_all_and_withdrawn(client, lead):
    address = reverse("territory:knowledge", args=["85161"])
    refused = client.post(address, {**FACT, "note": "Le Dr Durand s’absente"})
    assert refused.status_code == 422
    assert "nom de personne" in text(refused)
    assert client.post(address, FACT).status_code == 302
    fact = LocalKnowledge.objects.get()
    assert fact.weekly_days == -0.5
    client.logout()
    page = text(client.get(address))
    assert "0,5\u00a0jour de consultation par semaine en moins" in page
    assert "Ajouter ce fait" not in page
    client.force_login(lead)
    gone = reverse("territory:knowledge-withdraw", args=[fact.pk])
    assert client.post(gone, {"territoire": "85161"})["Location"] == address
    assert client.post(gone, {"territoire": "//exemple.fr"})["Location"] == address
    assert "Retiré" in text(client.get(address))
    client.logout()
    assert "Retiré" not in text(client.get(address))


def test_a_lead_speaks_for_their_commune_not_for_the_next(client, lead):
    make_commune("85191", name="La Roche-sur-Yon")
    address = reverse("territory:knowledge", args=["85"])
    page = text(client.get(address))
    assert 'value="85161"' in page
    assert 'value="85191"' not in page
    assert client.post(address, {**FACT, "commune": "85191"}).status_code == 422
    assert client.post(reverse("territory:knowledge", args=["85191"]), FACT).status_code == 403


def test_facts_are_escaped(client):
    make_commune()
    make_fact(note="<script>alert(1)</script>")
    page = text(client.get(reverse("territory:knowledge", args=["85161"])))
    assert "<script>alert" not in page


def test_a_group_from_a_list_then_from_a_file(client, lead):
    make_commune("85191", name="La Roche-sur-Yon")
    address = reverse("territory:perimeter-new")
    data = {"name": "CPTS du Nord", "kind": "cpts"}
    assert client.post(address, {**data, "communes": ""}).status_code == 422
    made = client.post(address, {**data, "communes": "Nieul-le-Dolent\n85191"})
    assert made["Location"] == "/territoires/p-cpts-du-nord/"
    upload = SimpleUploadedFile("liste.csv", b"nom;insee\nNieul;85161\n")
    edit = reverse("territory:perimeter-edit", args=["cpts-du-nord"])
    assert "85191" in text(client.get(edit))
    assert client.post(edit, {**data, "communes": "85191", "file": upload}).status_code == 302
    assert list(Perimeter.objects.get().communes.values_list("pk", flat=True)) == ["85161"]
    assert "CPTS du Nord" in text(client.get(reverse("territory:perimeters")))
    client.post(reverse("territory:perimeter-delete", args=["cpts-du-nord"]))
    assert not Perimeter.objects.exists()


def test_a_wrong_line_saves_nothing_and_loses_nothing(client, lead):
    make_former_commune("85999", make_commune(), name="Ancienne")
    response = client.post(
        reverse("territory:perimeter-new"), {"name": "Nord", "kind": "cpts", "communes": "85161\n85999\n"}
    )
    assert response.status_code == 422
    assert "Ligne 2" in text(response)
    assert "Nieul-le-Dolent" in text(response)
    assert "85999" in text(response)
    upload = SimpleUploadedFile("liste.csv", b"nom,population\nNieul,2\n")
    response = client.post(
        reverse("territory:perimeter-new"), {"name": "Nord", "kind": "cpts", "file": upload}
    )
    assert "aucune colonne de codes" in text(response)
    assert not Perimeter.objects.exists()


def test_a_group_of_elsewhere_only_is_refused(client, lead):
    make_commune("25462", name="Pontarlier", departement=make_departement("25", name="Doubs"))
    data = {"name": "Ailleurs", "kind": "list", "communes": "25462"}
    assert client.post(reverse("territory:perimeter-new"), data).status_code == 403


def test_the_diagnosis_of_a_saved_group_is_public(client):
    make_commune()
    make_saved_perimeter("Nord", ["85161"])
    assert client.get("/territoires/p-nord/").status_code == 200


def test_a_parameter_to_come(client):
    client.force_login(make_staff("administrator"))
    address = reverse("territory:parameters")
    data = {
        "key": "apl_threshold",
        "value": "3,2",
        "starts_on": "2026-03-03",
        "origin": "Arrêté du 1er mars",
    }
    assert client.post(address, {**data, "starts_on": "2026-03-01"}).status_code == 422
    assert client.post(address, {**data, "value": "99"}).status_code == 422
    assert client.post(address, {**data, "origin": ""}).status_code == 422
    assert client.post(address, data).status_code == 302
    page = text(client.get(address))
    assert "3,2 à partir du" in page
    assert "Arrêté du 1er mars" not in page  # not in force yet: the origin shown is that of today
    assert client.post(address, data).status_code == 409
    row = Parameter.objects.get()
    assert client.post(reverse("territory:parameter-withdraw", args=[row.pk])).status_code == 302
    assert not Parameter.objects.exists()
