"""The national arrays say what the database says, and are read again when it changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from releve.contexts.territory import national as module
from releve.contexts.territory import services, services_figures
from releve.contexts.territory.figures import AGE_WEIGHTS, COLUMNS, grouped_age_weights
from releve.contexts.territory.land import land_group
from releve.contexts.territory.models import Commune, CommuneFigures, Dataset
from releve.contexts.territory.national import modelled_practitioners, national
from tests.factories.territory import make_commune, make_departement, make_epci

from . import figure_files, files

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def import_reference(tmp_path: Path) -> Path:
    files.write_data_dir(tmp_path / "data")
    services.import_reference(
        now=NOW, data_dir=tmp_path / "data", node_modules=tmp_path, cache_dir=tmp_path / "no-cache"
    )
    return tmp_path / "data"


def test_arrays_equal_the_database(tmp_path: Path) -> None:
    folder = figure_files.write_statistics(import_reference(tmp_path))
    make_departement("92", name="Hauts-de-Seine", region_code="11")
    services_figures.import_statistics(now=NOW, data_dir=folder)
    found = national()
    assert found.codes.tolist() == sorted(Commune.objects.filter(kind="COM").values_list("code", flat=True))
    assert not found.modelled
    assert not found.gp_is_modelled
    assert (found.apl_year, found.apl_years) == (2023, (2015, 2016, 2017, 2018, 2019, 2021, 2022, 2023))
    for row in CommuneFigures.objects.filter(commune__kind="COM"):
        at = found.index[row.commune_id]
        for name in ("apl", "share_under_25", "share_65_plus", "median_income", "emergency_minutes"):
            value = getattr(row, name)
            array = getattr(found, name)
            assert np.isnan(array[at]) if value is None else array[at] == value
        assert found.zoning[at] == row.zoning
        years = [row.apl_history.get(str(year)) for year in found.apl_years]
        np.testing.assert_array_equal(found.apl_history[at], np.array(years, dtype=float))
    for commune in Commune.objects.filter(kind="COM"):
        at = found.index[commune.code]
        assert found.names[at] == commune.name
        assert found.population[at] == (commune.population or 0)
        assert found.departement[at] == commune.departement_id
        assert found.epci[at] == (commune.epci_id or "")
    assert found.road_factor[found.index["85901"]] == 0.9
    assert found.road_factor[found.index["75956"]] == 2.0  # as the Hauts-de-Seine
    assert found.density[found.index["85901"]] == 120.0
    assert np.isnan(found.lat[found.index["97590"]])


def test_paris_is_one_commune(tmp_path: Path) -> None:
    import_reference(tmp_path)
    assert "75991" not in national().index
    assert national().population.sum() == 1200 + 800 + 5000


def test_arrays_cannot_be_written(tmp_path: Path) -> None:
    import_reference(tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        national().population[0] = 1


def test_read_once_and_again_after_an_import(tmp_path: Path) -> None:
    folder = figure_files.write_statistics(import_reference(tmp_path))
    first = national()
    assert first.modelled
    with CaptureQueriesContext(connection) as captured:
        assert national() is first
    assert len(captured) <= 4
    services_figures.import_statistics(now=NOW, data_dir=folder)
    assert national() is not first
    assert not national().modelled


def test_a_whole_country_is_recognised_by_its_manifests_alone(tmp_path: Path) -> None:
    import_reference(tmp_path)
    Dataset.objects.filter(slug="communes").update(rows=34_969)
    first = national()
    with CaptureQueriesContext(connection) as captured:
        assert national() is first
    assert len(captured) == 1


def test_origin_names_the_dataset_of_a_column(tmp_path: Path) -> None:
    folder = figure_files.write_statistics(import_reference(tmp_path))
    services_figures.import_statistics(now=NOW, data_dir=folder)
    found = national()
    for column, rule in COLUMNS.items():
        origin = found.origin(column)
        assert origin is not None, column
        assert origin.slug == rule.dataset
    road = found.origin("road_factor")
    assert road is not None
    assert road.nature == "modelled"
    assert found.vintages["apl"] == "2015 à 2023"


def test_without_statistics_practitioners_are_modelled_and_everybody_counts_for_one() -> None:
    epci = make_epci()
    make_commune("85001", name="Bourg", population=3000, epci=epci)
    make_commune("85002", name="Village", population=600, epci=epci)
    found = national()
    assert found.modelled
    assert found.gp_is_modelled
    # 121.2 for 100,000 in the centre of its intercommunality, 29.8 in a village of 500 to 1,000
    assert found.gp[found.index["85001"]] == pytest.approx(3000 * 116.7e-5)
    assert found.gp[found.index["85002"]] == pytest.approx(600 * 29.8e-5)
    np.testing.assert_array_equal(found.standardised, found.population)
    assert np.isnan(found.apl).all()


def test_modelled_practitioners_have_one_centre_per_intercommunality() -> None:
    population = np.array([5000.0, 5000.0, 5000.0, 0.0])
    epci = np.array(["1", "1", "", "2"])
    found = modelled_practitioners(population, epci)
    assert found[0] > found[1] == found[2]
    assert found[3] == 0


def test_older_people_count_for_more() -> None:
    young = make_commune("85001", name="Jeune", population=1000)
    old = make_commune("85002", name="Ancienne", population=1000)
    unknown = make_commune("85003", name="Inconnue", population=1000)
    shares = {"share_under_25": 40.0, "share_25_64": 50.0, "share_65_plus": 10.0, "share_75_plus": 4.0}
    CommuneFigures.objects.create(commune=young, **shares)
    CommuneFigures.objects.create(
        commune=old, share_under_25=20.0, share_25_64=40.0, share_65_plus=40.0, share_75_plus=None
    )
    found = national()
    at = found.index
    assert found.standardised[at["85002"]] > found.standardised[at["85003"]] > found.standardised[at["85001"]]
    assert found.standardised.sum() == pytest.approx(3000)
    # The national part of the 75 and over among the 65 and over: 4 of 10
    assert found.age_shares[at["85002"]].tolist() == pytest.approx([20, 40, 24, 16])
    assert unknown.code in at


def test_need_grows_with_age() -> None:
    young, adult, older, oldest = grouped_age_weights(AGE_WEIGHTS)
    assert young < adult < 1 < older < oldest
    assert grouped_age_weights(dict.fromkeys(AGE_WEIGHTS, 1.0)) == (1, 1, 1, 1)


def test_islands_have_their_own_roads() -> None:
    assert land_group("85161") == land_group("75056") == 0
    assert land_group("85113") not in (0, land_group("56069"))
    assert land_group("56152") == land_group("56241")
    assert land_group("2A004") == land_group("2B033") != 0
    assert land_group("97101") != land_group("97112") == land_group("97126")
    assert land_group("97411") != land_group("97209")
    assert land_group("98718") != land_group("98719")


def test_a_commune_out_of_use_is_left_out() -> None:
    make_commune("85001")
    make_commune("85002", is_current=False)
    make_departement()
    assert national().codes.tolist() == ["85001"]
    assert module.members_by(national().departement)["85"].tolist() == [0]
