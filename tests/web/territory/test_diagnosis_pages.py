"""Pages of the diagnosis: to find a territory, to read it, its figures; unknown and merged codes; weights."""

import gzip
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.urls import reverse

from releve.web.territory import diagnosis_views
from tests.factories.territory import make_commune, make_epci, make_former_commune

from .sample_report import modelled_report, sample_report

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def nieul():
    return make_commune("85161", epci=make_epci("248500530", name="CC du Pays des Achards"))


@pytest.fixture
def written(monkeypatch):
    """The hand-written report, whatever the code; the weights asked for are kept."""
    asked = {}

    def diagnose(code, *, today, weights=None):
        asked.update(code=code, today=today, weights=weights)
        return asked.get("report") or sample_report()

    monkeypatch.setattr(diagnosis_views.diagnoses, "diagnose", diagnose)
    return asked


def text(response):
    return response.content.decode().replace("\u00a0", " ")


def page(client, code="85161", query=""):
    return client.get(reverse("territory:diagnosis", args=[code]) + query)


def test_home_asks_and_explains(client, nieul):
    said = text(client.get("/territoires/"))
    assert "Votre commune, votre intercommunalité" in said
    assert 'href="/territoires/85161/"' in said  # an example that is known here
    assert "62563" not in said  # and not one that is unknown


def test_the_public_home_leads_here(client):
    assert client.get("/").content.count(b'href="/territoires/"') == 3  # header, door of the communes, footer


@pytest.mark.parametrize(
    ("q", "code"),
    [
        ("Nieul-le-Dolent", "85161"),
        ("85161", "85161"),
        ("85", "85"),
        ("vendée", "85"),
        ("248500530", "248500530"),
    ],
)
def test_one_certain_territory_leads_to_it(client, nieul, q, code):
    response = client.get("/territoires/", {"q": q})
    assert response.status_code == 302
    assert response["Location"] == f"/territoires/{code}/"


def test_several_territories_are_a_choice(client, nieul):
    make_commune("87107", name="Nieul", postal_codes="87510", population=1500)
    said = text(client.get("/territoires/", {"q": "nieul"}))
    assert "Quel territoire ?" in said
    assert "/territoires/85161/" in said
    assert "/territoires/87107/" in said


def test_unknown_name_helps(client, nieul):
    response = client.get("/territoires/", {"q": "xyzzy<b>"})
    assert response.status_code == 404
    assert "Territoire introuvable" in text(response)
    assert "<b>" not in text(response)


def test_a_list_becomes_one_territory(client, nieul):
    make_commune("85001", name="Les Achards")
    response = client.get("/territoires/", {"communes": "85161\r\nLes Achards"})
    assert response["Location"] in {"/territoires/85161,85001/", "/territoires/85161%2C85001/"}


def test_a_wrong_list_is_kept_and_says_which_line(client, nieul):
    response = client.get("/territoires/", {"communes": "85161\nxyzzy"})
    assert response.status_code == 422
    said = text(response)
    assert "« xyzzy » : aucune commune trouvée" in said
    assert "85161\nxyzzy</textarea>" in said
    assert 'aria-invalid="true"' in said


def test_suggestions(client, nieul):
    said = text(client.get("/territoires/suggestions", {"q": "achards"}))
    assert 'data-href="/territoires/248500530/"' in said
    assert "Intercommunalité" in said
    assert client.get("/territoires/suggestions", {"q": "n"}).content.strip() == b""


def test_the_page_says_the_finding_first(client, nieul, written):
    said = text(page(client))
    first = said[said.index("rl-diag-first") : said.index('id="a-lire"')]
    assert "2,1" in first
    assert "2 573" in first
    assert "Vendée 2,9 · France 3,3" in first
    assert "seuil : 2,5" in first
    assert "en vigueur depuis le 13 novembre 2017" in first
    assert "À Nieul-le-Dolent, un habitant a accès à 2,1 consultations" in said
    assert "Trois jours de consultation par semaine" in said


def test_each_figure_says_its_nature_in_words(client, nieul, written):
    said = text(page(client))
    for word in ("Publié", "Estimé", "Modélisé"):
        assert f"</svg> {word}</span>" in said
    assert "non connu" in said
    assert "secret statistique" in said
    assert "à 22 près (8 fois sur 10)" in said
    assert "&lt;Pontarlier&gt;" in said


def test_every_chart_has_its_table_and_unique_identifiers(client, nieul, written):
    said = text(page(client))
    assert said.count("Les mêmes chiffres en tableau") == 3
    identifiers = re.findall(r'\sid="([^"]+)"', said)
    assert len(identifiers) == len(set(identifiers))
    for target in re.findall(r'href="#([^"]+)"', said):
        assert target in identifiers
    assert "style=" not in said


def test_sources_at_the_end(client, nieul, written):
    said = text(page(client))
    end = said[said.index('id="sources"') :]
    for word in ("DREES", "2015 à 2023", "Licence Ouverte 2.0"):
        assert word in end


def test_without_statistics_the_page_says_what_is_modelled(client, nieul, written):
    written["report"] = modelled_report()
    said = text(page(client))
    assert "Ce qui est modélisé ici" in said
    assert "Les statistiques officielles ne sont pas chargées" in said


def test_weights_travel_in_the_address(client, nieul, written):
    said = text(page(client, query="?poids_acces=2&poids_ald=0"))
    assert written["weights"] == {
        "access": 2.0,
        "young_doctors": 1.0,
        "ald": 0.0,
        "emergency": 1.0,
        "income": 1.0,
    }
    assert "pas la liste officielle" in said
    assert '<option value="2" selected>' in said
    assert "diagnostic.pdf?poids_acces=2" in said
    page(client)
    assert written["weights"] is None


@pytest.mark.parametrize(
    "query", ["?poids_acces=-1", "?poids_acces=abc", "?poids_acces=nan", "?poids_acces=1e9",
              "?poids_acces=0&poids_jeunes_medecins=0&poids_ald=0&poids_urgences=0&poids_niveau_de_vie=0"]
)  # fmt: skip
def test_impossible_weights_are_refused(client, nieul, query):
    assert page(client, query=query).status_code == 422


@pytest.mark.parametrize("code", ["99999", "zz", "000000000", "999", "p-inconnu", "85161,99999", "a" * 300])
@pytest.mark.parametrize("route", ["diagnosis", "diagnosis-csv", "diagnosis-pdf"])
def test_unknown_code(client, nieul, code, route):
    response = client.get(reverse(f"territory:{route}", args=[code]))
    assert response.status_code == 404
    assert "Chercher un autre territoire" in text(response)


def test_a_merged_commune_names_its_successor(client, nieul):
    make_former_commune("85152", make_commune("85001", name="Les Achards"), name="La Mothe-Achard")
    response = page(client, "85152")
    assert response.status_code == 404
    said = text(response)
    assert "a été remplacée par Les Achards" in said
    assert 'href="/territoires/85001/"' in said
    assert "Voir le diagnostic des Achards" in said


def test_figures_as_csv(client, nieul, written):
    response = client.get(reverse("territory:diagnosis-csv", args=["85161"]))
    assert response["Content-Type"].startswith("text/csv")
    assert "diagnostic-nieul-le-dolent-2026-11-23.csv" in response["Content-Disposition"]
    said = response.content.decode("utf-8-sig")
    assert "2,14" in said
    assert said.splitlines()[0].count(";") > 5


def test_the_real_diagnosis_of_a_commune_alone(client, nieul):
    """Population only: no statistics, no data folder."""
    response = page(client)
    assert response.status_code == 200
    assert "Ce qui est modélisé ici" in text(response)


@pytest.mark.parametrize("code", ["85161", "85", "248500530"])
def test_real_diagnoses_answer_everywhere(client, nieul, code):
    make_commune("85001", name="Les Achards", lat=46.6, lon=-1.6, epci=nieul.epci)
    assert page(client, code).status_code == 200
    assert client.get(reverse("territory:diagnosis-csv", args=[code])).status_code == 200


def test_post_is_refused(client, nieul):
    assert client.post(reverse("territory:diagnosis", args=["85161"])).status_code == 405


def test_an_unknown_figure_has_no_nature(client, nieul, written):
    said = text(page(client))
    income = said[said.index('id="income"') : said.index('id="vulnerability"')]
    assert "non connu" in income
    assert "Publié" not in income


@pytest.mark.parametrize("address", ["/territoires/", "/territoires/85161/"])
def test_weight_of_a_first_visit(client, nieul, written, address):
    content = client.get(address).content
    names = set(re.findall(r'(?:href|src)="/static/([^"]+)"', content.decode()))
    tokens = Path(finders.find("ui/tokens.css")).read_text("utf-8")
    names |= set(re.findall(r'url\("?\.\./([^")]+\.woff2)"?\)', tokens))
    total = len(gzip.compress(content))
    for name in names:
        file = Path(finders.find(name)).read_bytes()
        total += len(file) if name.endswith(".woff2") else len(gzip.compress(file))
    assert total < 300 * 1024, f"{total / 1024:.0f} Kio"


def test_a_name_with_a_mistake_proposes_what_begins_like_it(client, nieul):
    answer = client.get("/territoires/", {"q": "Nieull le Dolant"})
    assert answer.status_code == 404
    said = text(answer)
    assert "Cherchiez-vous…" in said
    assert "Nieul-le-Dolent" in said
    assert "Cherchiez-vous…" not in text(client.get("/territoires/", {"q": "xyzzy"}))
