"""Scenario pages without a browser's script, the live computation, other people's scenarios, and bad input."""

from __future__ import annotations

import json
import re
from collections import OrderedDict

import pytest
import time_machine
from django.test import Client

from releve.contexts.diagnosis.models import Scenario
from releve.kernel.costly import Turns
from releve.kernel.models import AuditEvent
from releve.web.territory import scenario_siting_views
from tests.factories.accounts import make_staff, make_user
from tests.factories.diagnosis import make_territory
from tests.factories.practices import make_practice
from tests.factories.scenarios import NOW, save, site
from tests.factories.territory import make_commune

pytestmark = pytest.mark.django_db
NEW = "/scenarios/nouveau/"
CALCULATE = "/scenarios/calcul"


@pytest.fixture(autouse=True)
def world():
    with time_machine.travel(NOW, tick=True):
        yield make_territory()


def form(do="compute", **fields):
    return {
        "territoire": "85161", "do": do, "r0-kind": "site", "r0-commune": "Nieul-le-Dolent (85161)", "r0-days": "3",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }  # fmt: skip


def text(response):
    return response.content.decode()


def saved_by(client, name="Trois jours", **fields):
    response = client.post(NEW, form("save", name=name, **fields))
    assert response.status_code == 302, text(response)
    return response["Location"]


def test_the_first_page_already_answers(client):
    page = text(client.get(f"{NEW}?territoire=85161"))
    assert "Nieul-le-Dolent (85161)" in page
    assert "L’accès progresse pour" in page


def test_the_start_finds_a_territory(client):
    assert client.get(NEW).status_code == 200
    assert client.get(f"{NEW}?q=girouard")["Location"].endswith("?territoire=85099")
    assert client.get(f"{NEW}?q=zzzz").status_code == 404
    assert client.get(f"{NEW}?territoire=99999").status_code == 404
    assert client.get("/scenarios/ou-ouvrir/").status_code == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"r0_days": "-2"}, "ne peut pas être négatif"),
        ({"r0_days": "9"}, "sept jours au plus"),
        ({"r0_days": "1.3"}, "demi-journées"),
        ({"r0_days": "deux"}, "Écrivez un nombre de jours"),
        ({"r0_visits": "200"}, "de 1 à 60 patients"),
        ({"r0_commune": "Trifouillis"}, "Aucune commune ne s’appelle"),
        ({"r0_commune": "99999"}, "Aucune commune n’a le code"),
        ({"budget": "cher"}, "montant en euros"),
        ({"knowledge": "424242"}, "plus en vigueur"),
    ],
)
def test_what_is_wrong_is_said_and_kept(client, fields, words):
    response = client.post(NEW, form(**fields))
    page = text(response)
    assert response.status_code == 422
    assert words in page
    # A fact that was withdrawn has no box any more; all the rest is shown as it was typed.
    assert "knowledge" in fields or next(iter(fields.values())) in page


def test_a_name_that_several_communes_bear_lists_them(client):
    make_commune("85234", name="Saint-Martin")
    make_commune("85235", name="Saint-Martin")
    page = text(client.post(NEW, form(r0_commune="Saint-Martin")))
    assert "85234" in page
    assert "85235" in page


def test_rows_are_added_and_removed_without_script(client):
    page = text(client.post(NEW, form("add-doctor_leaves")))
    assert 'name="r1-kind" value="doctor_leaves"' in page
    page = text(client.post(NEW, form("add-mobile")))
    assert 'name="r1-s1-days"' in page
    page = text(client.post(NEW, {**form("remove-0"), "r1-kind": "doctor_leaves", "r1-commune": "85099"}))
    assert page.count("-kind") == 1
    assert client.post(NEW, form("add-fusee")).status_code == 200


def test_nothing_is_written_before_saving(client):
    client.post(NEW, form())
    client.get(f"{NEW}?territoire=85161")
    assert not Scenario.objects.exists()
    assert "sessionid" not in client.cookies


def test_saved_read_by_all_changed_by_its_maker(client):
    address = saved_by(client)
    assert "Modifier" in text(client.get(address))
    assert client.get(f"{address}modifier/").status_code == 200
    reader = Client()
    page = text(reader.get(address))
    assert "Trois jours" in page
    assert f"{address}modifier/" not in page
    assert reader.get(f"{address}modifier/").status_code == 403
    assert reader.post(f"{address}modifier/", form("save", name="Pris")).status_code == 403
    assert reader.post(f"{address}supprimer/").status_code == 403
    assert Scenario.objects.get().name == "Trois jours"


def test_saving_asks_for_a_name_and_something_to_save(client):
    assert "Donnez un nom" in text(client.post(NEW, form("save")))
    response = client.post(NEW, form("save", name="Vide", r0_commune=""))
    assert response.status_code == 422
    assert "ne change rien encore" in text(response)


def test_the_account_owns_what_it_saves_elsewhere_too():
    user = make_user(is_demo=True)
    first, second = Client(), Client()
    first.force_login(user)
    second.force_login(user)
    address = saved_by(first)
    assert second.get(f"{address}modifier/").status_code == 200
    assert "Trois jours" in text(second.get("/scenarios/"))
    assert AuditEvent.objects.get(action="scenario_saved").actor_id == user.pk


def test_two_windows_do_not_overwrite_each_other(client):
    address = saved_by(client)
    changed = form("save", name="Quatre", r0_days="4", version="1")
    assert client.post(f"{address}modifier/", changed).status_code == 302
    late = client.post(f"{address}modifier/", {**changed, "name": "En retard"})
    assert late.status_code == 409
    assert "dans une autre fenêtre" in text(late)
    assert Scenario.objects.get().name == "Quatre"
    # The page now carries the present version: saving on purpose works.
    version = re.search(r'name="version" value="(\d+)"', text(late))[1]
    assert client.post(f"{address}modifier/", {**changed, "version": version}).status_code == 302


def test_others_start_from_a_copy(client):
    address = saved_by(client)
    token = address.split("/")[2]
    page = text(Client().get(f"{NEW}?depuis={token}"))
    assert "Trois jours (copie)" in page
    assert Client().get(f"{NEW}?depuis=faux").status_code == 404


def test_deleted_by_its_maker(client):
    address = saved_by(client)
    assert client.post(f"{address}supprimer/").status_code == 302
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("token", ["a", "a" * 24, "%00" * 20, "-" * 300])
def test_forged_tokens(client, token):
    for end in ("", "modifier/", "scenario.csv", "scenario.json"):
        assert client.get(f"/scenarios/{token}/{end}").status_code == 404


def test_files(client):
    address = saved_by(client, name="=cmd()")
    answer = client.get(f"{address}scenario.csv")
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert rows[0].startswith("rubrique;libellé;valeur")
    assert ";'=cmd()" in rows[1]
    body = client.get(f"{address}scenario.json").json()
    assert body["content"]["actions"][0]["commune"] == "85161"
    assert body["result"]["figures"]


def test_compared_side_by_side(client):
    one, other = saved_by(client).split("/")[2], saved_by(client, name="Cinq", r0_days="5").split("/")[2]
    page = text(client.get(f"/scenarios/comparer/?s={one}&s={other}"))
    assert "de plus" in page
    assert "le mieux" in page
    for bad in ("", f"?s={one}", f"?s={one}&s={one}", "?s=a&s=b&s=c&s=d&s=e"):
        assert client.get(f"/scenarios/comparer/{bad}").status_code == 422
    assert client.get(f"/scenarios/comparer/?s={one}&s=faux").status_code == 404


def test_a_project_lead_puts_a_scenario_in_the_file_and_takes_it_out(client):
    practice, other = make_practice(name="Cabinet de Nieul"), make_practice()
    lead = make_staff("project_lead", practice=practice, is_demo=True)
    row = save().scenario
    client.force_login(lead)
    address = f"/scenarios/{row.token}/"
    assert "Mettre au dossier" in text(client.get(address))
    assert client.post(f"{address}rattacher/", {"cabinet": other.slug}).status_code == 404
    copied = client.post(f"{address}rattacher/", {"cabinet": practice.slug})["Location"]
    assert copied != address
    assert "Trois jours" in text(client.get(f"/secretariat/{practice.slug}/reglages/"))
    doctor = Client()
    doctor.force_login(make_staff("practitioner", practice=practice, is_demo=True))
    assert doctor.post(f"{copied}detacher/").status_code == 403
    assert client.post(f"{copied}detacher/").status_code == 302
    assert "Trois jours" not in text(client.get(f"/secretariat/{practice.slug}/reglages/"))


# --- The live computation -------------------------------------------------------------------------------------


def calculate(client, body, **more):
    return client.post(CALCULATE, json.dumps(body), content_type="application/json", **more)


def test_a_content_is_computed_and_nothing_written(client):
    answer = calculate(client, {"territory": "85161", "content": {"version": 1, "actions": [site()]}})
    body = answer.json()
    assert answer.status_code == 200
    assert body["result"]["changes"][0]["communes"] == ["85161"]
    assert "85161" in body["map"]["codes"]
    assert "<dl" in body["html"]
    assert not Scenario.objects.exists()


def test_the_form_is_computed_as_the_page_does(client):
    fields = {k: v for k, v in form().items() if k != "do"}
    body = calculate(client, {"form": fields}).json()
    assert body["summary"] in text(client.post(NEW, form())).replace("&nbsp;", "\u00a0")
    wrong = calculate(client, {"form": {**fields, "r0-days": "-1"}})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "r0-days"


@pytest.mark.parametrize(
    "body",
    [
        [], 3, None, {}, {"territory": "85161"}, {"territory": 85161, "content": {}}, {"form": "x"}, {"form": []},
        {"territory": "99999", "content": {"actions": [site()]}},
        {"territory": "85161", "content": {"actions": [site(days=-3)]}},
        {"territory": "85161", "content": {"actions": [site("99999")]}},
        {"territory": "85161", "content": {"actions": [site()] * 21}},
    ],
)  # fmt: skip
def test_bad_bodies_are_explained(client, body):
    answer = calculate(client, body)
    assert answer.status_code in {404, 422}
    assert answer.json()["message"]


def test_huge_bodies_are_not_read(client):
    answer = client.post(CALCULATE, "x" * 100_000, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["code"] == "too-large"
    assert client.get(CALCULATE).status_code == 405


def test_the_computation_needs_the_token_of_the_page():
    strict = Client(enforce_csrf_checks=True)
    assert calculate(strict, {"territory": "85161", "content": {"actions": [site()]}}).status_code == 403


def test_floods_are_slowed_down(client, monkeypatch):
    monkeypatch.setattr("releve.web.territory.scenario_views.CALCULATIONS_PER_ADDRESS", 2)
    body = {"territory": "85161", "content": {"actions": [site()]}}
    answers = [calculate(client, body, REMOTE_ADDR="203.0.113.9") for _ in range(4)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_suggestions_carry_the_code(client):
    assert "Nieul-le-Dolent (85161)" in text(client.get("/scenarios/communes?r0-commune=nieu"))
    assert client.get("/scenarios/communes?r0-s1-commune=%00").status_code == 200


# --- Where to open --------------------------------------------------------------------------------------------


def test_where_to_open_proposes_and_leads_to_a_scenario(client):
    page = text(client.get("/scenarios/ou-ouvrir/?territoire=248500530&jours=3&but=priority"))
    assert "Prouvé" in page
    href = re.search(r'href="(/scenarios/nouveau/[^"]+)"', page)[1].replace("&amp;", "&")
    assert "Ouvrir un lieu" in text(client.get(href))


@pytest.mark.parametrize(
    "query", ["jours=-1", "jours=x", "jours=2&but=gloire", "jours=2&minutes=a", "jours=2&lieux=1,5"]
)
def test_where_to_open_refuses_with_words(client, query):
    response = client.get(f"/scenarios/ou-ouvrir/?territoire=248500530&{query}")
    assert response.status_code == 422
    assert "rl-notice" in text(response)


def test_where_to_open_takes_turns_and_keeps_what_was_typed(client, monkeypatch):
    address = "/scenarios/ou-ouvrir/?territoire=248500530&jours=2&but=priority"
    monkeypatch.setattr(scenario_siting_views, "computing", Turns(waiting=0))
    monkeypatch.setattr(scenario_siting_views, "_plans", OrderedDict())
    with scenario_siting_views.computing.turn():
        response = client.get(address)
        assert response.status_code == 503
        assert response["Retry-After"] == "10"
        assert "Recommencez dans quelques secondes" in text(response)
    assert client.get(address).status_code == 200
    with scenario_siting_views.computing.turn():  # the plan is known: no turn to wait for
        assert client.get(address).status_code == 200
