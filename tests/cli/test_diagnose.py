"""`releve diagnose`: text, JSON, spreadsheet, and one French line for each refusal."""

import json

import pytest

from releve.cli import main as cli_main
from releve.kernel.errors import Unavailable
from tests.factories.diagnosis import make_territory
from tests.factories.territory import make_epci, make_former_commune

pytestmark = pytest.mark.django_db


def _run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        cli_main.main(["diagnose", *arguments])
    captured = capsys.readouterr()
    return stopped.value.code, captured.out, captured.err


@pytest.fixture
def world():
    return make_territory()


def test_json_gives_the_published_access_with_its_source(world, capsys):
    code, out, _ = _run(capsys, "85161", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["apl"]["value"], found["apl"]["year"]) == (1.731, 2023)
    assert found["apl"]["source"]["producer"] == "DREES"


def test_text_fits_a_terminal(world, capsys):
    code, out, _ = _run(capsys, "85161")
    assert code == 0
    assert out.startswith("Nieul-le-Dolent\n===")
    assert "1,73" in out
    assert "non connu" not in out.split("Le besoin")[0]
    assert max(len(line) for line in out.splitlines()) <= 100


def test_a_missing_figure_says_why(world, capsys):
    _, out, _ = _run(capsys, "85099")
    assert "Niveau de vie médian\u00a0: non connu. Secret statistique" in " ".join(out.split("\n"))


def test_the_same_territory_by_its_options(world, capsys):
    assert json.loads(_run(capsys, "--epci", "248500530", "--json")[1])["place"]["kind"] == "epci"
    assert json.loads(_run(capsys, "--list", "85161,85099", "--json")[1])["place"]["kind"] == "list"


def test_csv_is_a_french_spreadsheet(world, capsys, tmp_path):
    file = tmp_path / "nieul.csv"
    code, out, err = _run(capsys, "85161", "--csv", str(file))
    content = file.read_bytes()
    assert (code, out) == (0, "")
    assert str(file.name) in err.replace("\n", "")
    assert content.startswith(b"\xef\xbb\xbfRubrique;")
    assert ";1,731;" in content.decode("utf-8-sig")


def test_pdf_is_written_or_says_what_is_missing(world, capsys, tmp_path, monkeypatch):
    file = tmp_path / "nieul.pdf"
    monkeypatch.setattr("releve.workflows.diagnosis_document.render_pdf", lambda report: b"%PDF-essai")
    assert _run(capsys, "85161", "--pdf", str(file))[0] == 0
    assert file.read_bytes() == b"%PDF-essai"

    def refuse(report):
        raise Unavailable("Ce serveur ne sait pas encore écrire de PDF.")

    monkeypatch.setattr("releve.workflows.diagnosis_document.render_pdf", refuse)
    code, _, err = _run(capsys, "85161", "--pdf", str(tmp_path / "autre.pdf"))
    assert code == 2
    assert "PDF" in err
    assert not (tmp_path / "autre.pdf").exists()


def test_a_folder_that_does_not_exist(world, capsys, tmp_path):
    code, _, err = _run(capsys, "85161", "--csv", str(tmp_path / "rien" / "x.csv"))
    assert code == 2
    assert "Impossible d’écrire" in err


def test_refusals_are_one_line(world, capsys):
    make_former_commune("85010", world.nieul, name="Les Vieux-Moulins")
    make_epci("200000000", name="CC vide")
    for arguments, word in (
        (["99999"], "99999"),
        (["85010"], "Nieul-le-Dolent"),
        (["--epci", "123456789"], "123456789"),
        (["--epci", "200000000"], "CC vide"),
        (["nieul"], "SIREN"),
    ):
        code, out, err = _run(capsys, *arguments)
        assert code == 2
        assert out == ""
        assert word in err
        assert err.startswith("Refusé")
        assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["85161", "--epci", "248500530"]])
def test_one_territory_at_a_time(capsys, arguments):
    code, _, err = _run(capsys, *arguments)
    assert code == 2
    assert "Indiquez un territoire" in err


def test_without_statistics_it_says_what_is_modelled(capsys):
    make_territory(statistics=False)
    code, out, _ = _run(capsys, "85161")
    assert code == 0
    assert "modélisée" in out
    assert "[modélisé]" in out
