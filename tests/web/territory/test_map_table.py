"""The table of the communes: what it filters, how it sorts, what it refuses, its CSV file."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from releve.web.territory import map_table_views
from tests.factories.diagnosis import make_figures, touch_statistics
from tests.factories.territory import make_commune, make_departement, make_epci

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def communes():
    vendee, corse = make_departement(), make_departement("2A", name="Corse-du-Sud")
    achards = make_epci("248500530", name="CC du Pays des Achards")
    rows = [
        ("85161", "Nieul-le-Dolent", vendee, achards, 2500, 2.0, "ZAC"),
        ("85008", "Aubigny-Les Clouzeaux", vendee, achards, 7000, 4.25, "ZIP"),
        ("85001", "L'Aiguillon-sur-Vie", vendee, None, 2100, 3.1, "ZIP"),
        ("2A004", "Ajaccio", corse, make_epci("242010056", name="CA du Pays Ajaccien"), 73000, None, ""),
    ]
    for code, name, departement, epci, population, apl, zoning in rows:
        commune = make_commune(code, name=name, departement=departement, population=population)
        commune.epci = epci
        commune.save()
        known = {"apl": apl, "apl_year": 2023, "apl_history": {"2023": apl}} if apl else {}
        make_figures(commune, zoning=zoning, surface_km2=20.0, **known)
    touch_statistics()


def names(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/carte/tableau/{query}")
    assert answer.status_code == 200
    return [row.name for row in answer.context["rows"]]


class TestOrder:
    def test_most_inhabited_first_unless_told(self, client: Client):
        assert names(client)[0] == "Ajaccio"

    @pytest.mark.parametrize(
        ("sort", "first"),
        [
            ("nom", "Ajaccio"), ("-nom", "Nieul-le-Dolent"), ("apl", "Nieul-le-Dolent"),
            ("-apl", "Aubigny-Les Clouzeaux"), ("zonage", "L'Aiguillon-sur-Vie"), ("population", "L'Aiguillon-sur-Vie"),
            ("epci", "Ajaccio"), ("departement", "Ajaccio"), ("-departement", "L'Aiguillon-sur-Vie"),
        ],
    )  # fmt: skip
    def test_by_each_column(self, client: Client, sort, first):
        assert names(client, f"?tri={sort}")[0] == first

    @pytest.mark.parametrize("sort", ["apl", "-apl"])
    def test_unknown_values_come_last_both_ways(self, client: Client, sort):
        assert names(client, f"?tri={sort}")[-1] == "Ajaccio"

    def test_the_head_says_the_order_and_offers_the_other(self, client: Client):
        page = client.get("/carte/tableau/?tri=-apl&departement=85").content.decode()
        assert 'aria-sort="descending"' in page
        assert "?tri=apl&amp;departement=85" in page or "departement=85&amp;tri=apl" in page


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?departement=2A", {"Ajaccio"}),
            ("?epci=248500530", {"Nieul-le-Dolent", "Aubigny-Les Clouzeaux"}),
            ("?zonage=ZIP", {"Aubigny-Les Clouzeaux", "L'Aiguillon-sur-Vie"}),
            ("?zonage=inconnu", {"Ajaccio"}),
            ("?population_min=2500", {"Ajaccio", "Nieul-le-Dolent", "Aubigny-Les Clouzeaux"}),
            ("?seuil=3,5", {"Nieul-le-Dolent", "L'Aiguillon-sur-Vie"}),
            ("?q=aiguillon%20sur", {"L'Aiguillon-sur-Vie"}),
            ("?q=NIEUL", {"Nieul-le-Dolent"}),
            ("?q=85161", {"Nieul-le-Dolent"}),
            ("?q=%25", {"Ajaccio", "Nieul-le-Dolent", "Aubigny-Les Clouzeaux", "L'Aiguillon-sur-Vie"}),
            ("?departement=85&seuil=2.5", {"Nieul-le-Dolent"}),
        ],
    )
    def test_they_keep_what_they_say(self, client: Client, query, expected):
        assert set(names(client, query)) == expected

    def test_nothing_found_says_what_to_do(self, client: Client):
        page = client.get("/carte/tableau/?q=zzzz").content.decode()
        assert "Aucune commune ne répond à ces filtres" in page
        assert "<strong>0 commune</strong>" in page

    @pytest.mark.parametrize(
        "query",
        [
            "?tri=bof", "?tri=apl;drop table", "?tri=--apl", "?departement=99", "?epci=1", "?zonage=X",
            "?population_min=-1", "?population_min=beaucoup", "?seuil=nan", "?seuil=1e400", "?page=0",
            "?page=-3", "?couche=../../etc", "?q=" + "a" * 200,
        ],
    )  # fmt: skip
    def test_what_makes_no_sense_is_refused_and_said(self, client: Client, query):
        answer = client.get(f"/carte/tableau/{query}")
        assert answer.status_code == 400
        assert client.get(f"/carte/tableau.csv{query}").status_code == 422

    def test_a_page_beyond_the_last_is_the_last(self, client: Client):
        assert len(names(client, "?page=900")) == 4


class TestCost:
    def test_queries_do_not_grow_with_rows(self, client: Client):
        client.get("/carte/tableau/")
        with CaptureQueriesContext(connection) as few:
            client.get("/carte/tableau/?departement=2A")
        with CaptureQueriesContext(connection) as many:
            client.get("/carte/tableau/")
        assert len(few) == len(many) < 25


class TestCsv:
    def read(self, client: Client, query: str = "") -> list[list[str]]:
        answer = client.get(f"/carte/tableau.csv{query}")
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/csv")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))

    def test_every_row_of_the_table_with_its_units(self, client: Client):
        head, *rows = self.read(client, "?tri=nom")
        assert head[:2] == ["code", "commune"]
        assert any("consultations" in title for title in head)
        assert [row[0] for row in rows] == ["2A004", "85008", "85001", "85161"]
        by_name = {row[1]: dict(zip(head, row, strict=True)) for row in rows}
        apl = next(title for title in head if title.startswith("Accès"))
        assert by_name["Nieul-le-Dolent"][apl] == "2,00"
        assert by_name["Ajaccio"][apl] == ""

    def test_the_same_filters_as_the_page(self, client: Client):
        rows = self.read(client, "?departement=85&seuil=3,5&tri=apl")
        assert [row[1] for row in rows[1:]] == ["Nieul-le-Dolent", "L'Aiguillon-sur-Vie"]

    def test_a_name_that_a_spreadsheet_would_run(self, client: Client):
        make_commune("85999", name="=HYPERLINK(1)")
        touch_statistics()
        assert "'=HYPERLINK(1)" in {row[1] for row in self.read(client)}


def test_the_file_is_not_asked_without_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_table_views, "FILES_PER_ADDRESS", 1)
    assert [client.get("/carte/tableau.csv").status_code for _ in range(2)] == [200, 429]
    assert client.get("/carte/tableau/").status_code == 200
