"""The public form of a survey and its moderation, as browsers and robots meet them."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from releve.contexts.diagnosis.models import Survey, SurveyResponse
from releve.web.territory import survey_views
from tests.factories.accounts import make_staff
from tests.factories.practices import make_practice, make_site
from tests.factories.territory import make_commune
from tests.factories.voices import NOW, TODAY, make_response, make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def survey():
    make_commune()
    return make_survey()


@pytest.fixture
def lead(client):
    practice = make_practice()
    make_site(practice)
    person = make_staff("project_lead", practice=practice)
    client.force_login(person)
    return person


def form_page(client, survey, kind="inhabitant"):
    return client.get(reverse("territory:survey", args=[survey.token]) + f"?je={kind}")


def send(client, survey, kind="inhabitant", **data):
    page = form_page(client, survey, kind).content.decode()
    form_id = re.search(r'name="form_id" value="([^"]+)"', page)[1]
    return client.post(
        reverse("territory:survey", args=[survey.token]) + f"?je={kind}", {"form_id": form_id, **data}
    )


def text(response):
    return response.content.decode()


# --- Answering ------------------------------------------------------------------------------------------------


def test_one_says_who_one_is_then_answers(client, survey):
    page = client.get(reverse("territory:survey", args=[survey.token]))
    assert "Vous êtes…" in text(page)
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "sessionid" not in page.cookies
    response = send(client, survey, delay="more", days=["mon", "wed"], comment="Merci")
    assert response.status_code == 302
    assert text(client.get(response["Location"])).count("vos réponses sont enregistrées") == 1
    kept = SurveyResponse.objects.get()
    assert kept.answers == {"delay": ["more"], "days": ["mon", "wed"]}


@pytest.mark.parametrize("kind", ["pharmacist", "nurse", "doctor", "other_care", "elected"])
def test_questions_fit_who_answers(client, survey, kind):
    page = text(form_page(client, survey, kind))
    assert "médecin traitant\u00a0?" not in page
    assert send(client, survey, kind, needs=["home"]).status_code == 302


def test_the_button_pressed_twice_is_one_answer(client, survey):
    page = text(form_page(client, survey))
    data = {"form_id": re.search(r'name="form_id" value="([^"]+)"', page)[1], "delay": "week"}
    address = reverse("territory:survey", args=[survey.token]) + "?je=inhabitant"
    assert [client.post(address, data).status_code for _ in range(2)] == [302, 302]
    assert SurveyResponse.objects.count() == 1


def test_what_was_typed_is_not_lost_by_a_refusal(client, survey):
    response = send(client, survey, delay="more", comment="Rappelez-moi au 06 12 34 56 78")
    assert response.status_code == 422
    assert "Rappelez-moi" in text(response)
    assert re.search(r'value="more"[^>]*checked', text(response))
    assert send(client, survey).status_code == 422
    assert send(client, survey, comment="x" * 1001).status_code == 422
    assert send(client, survey, delay="jamais").status_code == 422
    assert not SurveyResponse.objects.exists()


def test_a_robot_is_thanked_and_forgotten(client, survey):
    response = send(client, survey, delay="more", website="http://exemple.fr")
    assert response.status_code == 302
    assert not SurveyResponse.objects.exists()


def test_a_flood_from_one_address_is_stopped(client, survey, monkeypatch):
    monkeypatch.setattr(survey_views, "ANSWERS_PER_ADDRESS", 2)
    found = [send(client, survey, delay="more") for _ in range(3)]
    assert [response.status_code for response in found] == [302, 302, 429]
    assert int(found[2]["Retry-After"]) > 0
    assert SurveyResponse.objects.count() == 2


def test_a_form_too_long_is_refused(client, survey):
    assert send(client, survey, comment="x" * 20_000).status_code == 413


def test_a_kind_that_does_not_exist(client, survey):
    address = reverse("territory:survey", args=[survey.token])
    assert client.get(f"{address}?je=martien").status_code == 200
    assert client.post(f"{address}?je=martien", {}).status_code == 422
    assert client.get(reverse("territory:survey", args=["inconnu-inconnu"])).status_code == 404


def test_closed_and_not_yet_open(client, survey):
    address = reverse("territory:survey", args=[survey.token]) + "?je=nurse"
    Survey.objects.update(opens_on=TODAY + timedelta(days=2))
    page = client.get(address)
    assert page.status_code == 200
    assert "n’est pas encore ouverte" in text(page)
    assert client.post(address, {"needs": "home"}).status_code == 409
    Survey.objects.update(opens_on=date(2026, 1, 1), closes_on=TODAY - timedelta(days=1))
    assert "est terminée" in text(client.get(address))
    closed = client.post(address, {"needs": "home"})
    assert closed.status_code == 410
    assert "n’ont pas été enregistrées" in text(closed)
    assert not SurveyResponse.objects.exists()


def test_the_communes_of_a_wider_territory_are_proposed(client):
    make_commune()
    make_commune("85191", name="La Roche-sur-Yon")
    survey = make_survey("85")
    assert "La Roche-sur-Yon" in text(form_page(client, survey))
    assert send(client, survey, delay="more", commune="85191").status_code == 302
    assert SurveyResponse.objects.get().commune_id == "85191"
    assert send(client, survey, delay="more", commune="25462").status_code == 422


def test_the_poster_shows_the_address_of_the_platform(client, survey, settings):
    settings.RELEVE_BASE_URL = "https://releve.exemple.fr"
    page = text(client.get(reverse("territory:survey-poster", args=[survey.token])))
    assert "releve.exemple.fr/<wbr>" in page
    assert survey.token in page
    assert "répondez en mairie" in page
    assert '<svg role="img"' in page
    assert " style=" not in page


# --- Following ------------------------------------------------------------------------------------------------


def test_a_lead_opens_follows_and_changes(client, lead):
    address = reverse("territory:survey-new") + "?territoire=85161"
    data = {"title": "Se soigner ici", "opens_on": "2026-03-02", "closes_on": "2026-03-01"}
    assert client.post(address, data).status_code == 422
    response = client.post(address, {**data, "closes_on": "2026-04-01"}, follow=True)
    survey = Survey.objects.get()
    assert "Se soigner ici" in text(response)
    assert survey.practice_id is not None  # its journal is that of the practice
    assert survey.token in text(response)
    edit = reverse("territory:survey-edit", args=[survey.pk])
    client.post(edit, {**data, "title": "Autre titre", "closes_on": "2026-03-30"})
    assert Survey.objects.get().title == "Autre titre"
    assert client.post(edit, {**data}).status_code == 422
    assert "Autre titre" in text(client.get(reverse("territory:surveys")))
    assert "Autre titre" not in text(client.get(reverse("territory:surveys") + "?etat=past"))


def test_a_hostile_comment_is_text(client, lead, survey):
    words = '<script>alert(1)</script> http://exemple.fr "onload=x'
    make_response(survey, comment=words)
    page = text(client.get(reverse("territory:survey-manage", args=[survey.pk])))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert 'href="http://exemple.fr' not in page


def test_keep_undo_and_come_back_to_the_same_filters(client, lead, survey):
    response = make_response(survey)
    address = reverse("territory:survey-moderate", args=[survey.pk, response.pk])
    page = reverse("territory:survey-manage", args=[survey.pk])
    back = f"{page}?etat=pending&mots=avec"
    done = client.post(address, {"decision": "kept", "vu": "pending", "retour": back})
    assert done["Location"] == f"{back}#commentaires"
    late = client.post(
        address, {"decision": "rejected", "vu": "pending", "retour": "https://exemple.fr/"}, follow=True
    )
    assert late.redirect_chain[0][0] == f"{page}#commentaires"
    assert "Quelqu’un d’autre" in text(late)
    assert SurveyResponse.objects.get().status == "kept"
    client.post(address, {"decision": "pending", "vu": "kept"})
    assert SurveyResponse.objects.get().status == "pending"
    assert client.post(address, {"decision": "publiée", "vu": "pending"}).status_code == 422


def test_filters_and_pages_that_make_no_sense(client, lead, survey):
    make_response(survey)
    address = reverse("territory:survey-manage", args=[survey.pk])
    for query in ("?etat=bof", "?page=0", "?page=99999999", "?page=x", "?qui=martien&mots=zut"):
        assert client.get(address + query).status_code == 200
    assert "Trois mois" in text(client.get(address + "?etat=toutes&qui=inhabitant"))
    assert "Rien à montrer" in text(client.get(address + "?etat=rejected"))


def test_the_file_has_no_line_per_person(client, lead, survey):
    for _ in range(5):
        make_response(survey, comment="Un mot", delay=["more"])
    lines = text(client.get(reverse("territory:survey-results", args=[survey.pk]))).splitlines()
    assert lines[0] == "\ufeffquestion;réponse;nombre"
    assert any("Plus d’un mois;5" in line for line in lines)
    assert not any("Un mot" in line for line in lines)


def test_the_page_of_a_place_leads_to_its_surveys(client, survey):
    address = reverse("territory:survey-place", args=["85161"])
    page = text(client.get(address))
    assert reverse("territory:survey", args=[survey.token]) in page
    assert "Ouvrir une enquête" not in page
    assert client.get(reverse("territory:survey-place", args=["99999"])).status_code == 404
