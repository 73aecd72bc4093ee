"""`releve territory whatif`, `site`, `run`: what people read, the JSON that programs read, clear refusals."""

from __future__ import annotations

import json

import pytest

from releve.cli import main as cli
from releve.contexts.territory.models import CommuneFigures
from releve.kernel.models import Run
from tests.factories.diagnosis import make_territory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world():
    return make_territory()


def releve(capsys, *arguments):
    """(exit code, standard output, standard error) of `releve territory …`."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["territory", *arguments])
    shown = capsys.readouterr()
    return int(ended.value.code or 0), shown.out, shown.err


def test_whatif_in_words(capsys):
    code, out, _ = releve(capsys, "whatif", "--site", "85161", "--days", "3", "--remove", "85191:1")
    assert code == 0
    assert "Un lieu à Nieul-le-Dolent, 3\u00a0jours par semaine" in out
    assert "1\u00a0médecin part à La Roche-sur-Yon" in out
    assert "Les communes qui gagnent le plus" in out


def test_whatif_in_json(capsys):
    code, out, _ = releve(
        capsys, "whatif", "--site", "85161:3", "--visits", "20", "--mobile", "85099:0,5", "--json"
    )
    assert code == 0
    found = json.loads(out)
    assert set(found) == {"territory", "content", "result", "milliseconds"}
    assert found["territory"] == {"kind": "commune", "code": "85161", "name": "Nieul-le-Dolent"}
    assert [a["kind"] for a in found["content"]["actions"]] == ["site", "mobile"]
    figures = {figure["key"]: figure for figure in found["result"]["figures"]}
    assert figures["consultations_added"]["value"] == pytest.approx(3.5 * 20 * 46)
    assert {"value", "unit", "nature", "source", "margin", "note"} <= set(figures["apl_after"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--site", "85161", "--days", "-3"), "négatif"),
        (("--site", "85161", "--days", "8"), "sept jours"),
        (("--site", "85161"), "jours par semaine du lieu"),
        (("--site", "99999:2"), "99999"),
        (("--remove", "85161:x"), "85161:1"),
        (("--close", "inconnu:2"), "n’existe pas"),
        ((), "Dites ce qui change"),
    ],
)
def test_whatif_refuses_in_one_line(capsys, arguments, words):
    code, _, err = releve(capsys, "whatif", *arguments)
    assert code == 2
    assert words in err
    assert "Traceback" not in err


def test_site_in_words_and_json(capsys):
    code, out, _ = releve(capsys, "site", "--epci", "248500530", "--days", "3", "--aim", "priority")
    assert code == 0
    assert "Prouvé" in out
    code, out, _ = releve(capsys, "site", "--epci", "248500530", "--days", "3", "--aim", "priority", "--json")
    found = json.loads(out)
    assert {"territory", "question", "status", "objective", "bound", "gap", "sites", "further_days"} <= set(
        found
    )
    assert found["status"] == "optimal"
    assert sum(site["days_per_week"] for site in found["sites"]) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("--days", "3"),
        ("--epci", "248500530", "--departement", "85", "--days", "3"),
        ("--epci", "000000000", "--days", "3"),
        ("--epci", "248500530", "--days", "-1"),
        ("--epci", "248500530", "--days", "3", "--aim", "gloire"),
        ("--epci", "248500530", "--days", "3", "--max-minutes", "900"),
    ],
)
def test_site_refuses(capsys, arguments):
    code, _, err = releve(capsys, "site", *arguments)
    assert code == 2
    assert err.strip()


def test_run_is_stored_with_what_it_read(capsys):
    code, out, _ = releve(capsys, "run", "--json")
    assert code == 0
    found = json.loads(out)
    run = Run.objects.get(kind="territory-national")
    assert (found["run"], run.status) == (run.pk, "done")
    assert len(run.inputs_sha256) == 64
    assert run.vintages["apl"] == "2015 à 2023"
    assert run.parameters["days_per_week"] == 1.0
    assert run.result["help_most"] == found["help_most"]
    assert found["communes"] == 5
    assert found["help_most"][0]["visits_to_people_below"] > 0
    assert found["best_place_in_radius"]["chosen_most"]
    again = json.loads(releve(capsys, "run", "--json")[1])
    assert again["inputs_sha256"] == found["inputs_sha256"]
    assert again["help_most"] == found["help_most"]


def test_run_refuses_impossible_numbers(capsys):
    for arguments in (("--days", "0"), ("--days", "nan"), ("--radius", "500")):
        assert releve(capsys, "run", *arguments)[0] == 2
    assert not Run.objects.filter(kind="territory-national").exists()


def test_everything_works_without_statistics_and_says_so(capsys):
    CommuneFigures.objects.all().delete()
    make_territory(statistics=False)
    _, out, err = releve(capsys, "whatif", "--site", "85161:3")
    assert "modélisé" in err
    assert "Consultations ajoutées" in out
    assert "modélisé" in releve(capsys, "site", "--epci", "248500530", "--days", "2")[2]
    found = json.loads(releve(capsys, "run", "--json")[1])
    assert found["modelled_baseline"] is True
    assert found["model_against_published"] is None
