"""The report for programs and for spreadsheets."""

import csv
import io
import json

import pytest

from releve.contexts.diagnosis import queries
from releve.contexts.diagnosis.enums import Nature, TerritoryKind
from releve.contexts.diagnosis.report import Figure, Place, Report, Section, Table
from releve.contexts.diagnosis.report_json import CSV_COLUMNS, safe_cell, to_csv_rows, to_dict
from tests.factories.diagnosis import TODAY, make_territory


def _report(*figures, tables=()):
    return Report(
        place=Place(TerritoryKind.COMMUNE, "85161", "=Nieul", ("85161",)),
        as_of="2026-03-02",
        modelled=False,
        summary=(),
        sections=(Section("access", "L’accès", "", figures, tables=tables),),
        sources=(),
    )


@pytest.mark.django_db
def test_json_of_a_whole_report():
    make_territory()
    report = queries.diagnose("85161", today=TODAY)
    found = json.loads(json.dumps(to_dict(report), allow_nan=False))
    assert found["apl"]["value"] == 1.731
    assert found["apl"]["year"] == 2023
    assert found["apl"]["nature"] == "published"
    assert found["apl"]["source"]["producer"] == "DREES"
    assert found["place"] == {
        "kind": "commune",
        "code": "85161",
        "name": "Nieul-le-Dolent",
        "context": "Commune de Vendée, CC du Pays des Achards",
        "communes": ["85161"],
        "lat": 46.57,
        "lon": -1.5,
    }
    assert list(found) == [
        *("format", "place", "as_of", "modelled", "apl", "summary", "warnings", "sections", "sources"),
        "parameters",
    ]


@pytest.mark.django_db
def test_json_without_statistics_has_no_bare_number():
    make_territory(statistics=False)
    for code in ("85161", "85", "85113"):
        found = to_dict(queries.diagnose(code, today=TODAY))
        json.dumps(found, allow_nan=False)
        assert found["modelled"] is True
        assert found["apl"]["year"] is None


@pytest.mark.django_db
def test_csv_has_every_figure_and_as_many_cells_per_row():
    make_territory()
    report = queries.diagnose("248500530", today=TODAY)
    rows = to_csv_rows(report)
    assert rows[0] == list(CSV_COLUMNS)
    assert {len(row) for row in rows} == {len(CSV_COLUMNS)}
    keys = {row[1] for row in rows}
    for section in report.sections:
        assert {figure.key for figure in section.figures} <= keys
    by_key = {(row[1], row[2]): row for row in rows}
    assert by_key[("apl", "chiffre")][5] == "2,154"
    assert by_key[("apl", "chiffre")][9] == "DREES, Statistique « apl »"
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    assert list(csv.reader(io.StringIO(text.getvalue()), delimiter=";")) == rows


def test_numbers_are_those_of_a_french_spreadsheet():
    figure = Figure("x", "Libellé", 1234567.5, "€", 1, margin=-0.25, nature=Nature.ESTIMATED)
    row = to_csv_rows(_report(figure))[-1]
    assert row[5] == "1234567,5"
    assert row[7] == "-0,25"  # a number, not a formula
    assert row[8] == "Estimé"


def test_a_missing_value_is_an_empty_cell_with_its_reason():
    row = to_csv_rows(_report(Figure("x", "Libellé", None, missing="Secret statistique.")))[-1]
    assert (row[5], row[11]) == ("", "Secret statistique.")


@pytest.mark.parametrize("text", ["=1+1", "+33", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_nothing_runs_as_a_formula(text):
    assert safe_cell(text) == f"'{text}"
    table = Table("t", "Table", ("Nom", "Valeur"), ((text, text),))
    rows = to_csv_rows(_report(Figure("x", text, text, note=text), tables=(table,)))
    assert all(not cell.startswith(("=", "+", "@", "\t", "\r")) for row in rows for cell in row)
    assert rows[1][3] == "'=Nieul"
