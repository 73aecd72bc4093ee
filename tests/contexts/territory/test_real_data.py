"""The real reference, when RELEVE_DATA_DIR holds it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.db.models import Sum

from releve.contexts.territory import queries, services, services_figures, sources
from releve.contexts.territory.models import Commune
from releve.contexts.territory.national import national

DATA = sources.find_data_dir(settings.RELEVE_DATA_DIR)
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(DATA is None, reason="RELEVE_DATA_DIR does not hold communes.parquet and epci.csv"),
]


def test_the_whole_of_france(tmp_path: Path) -> None:
    services.import_reference(
        now=datetime(2026, 3, 2, tzinfo=UTC), data_dir=DATA, node_modules=tmp_path, cache_dir=tmp_path
    )
    communes = Commune.objects.filter(kind="COM")
    assert communes.count() == 34_969
    assert Commune.objects.filter(kind="ARM").count() == 45
    overseas = ("975", "977", "978", "984", "986", "987", "988", "989")
    national = communes.exclude(departement__in=overseas).aggregate(total=Sum("population"))
    assert national["total"] == 68_350_798
    for q, code in [
        ("nieul le dolent", "85161"),
        ("St Denis", "97411"),
        ("héricourt", "70285"),
        ("l'ile d'yeu", "85113"),
        ("chateauroux", "36044"),
        ("paris 15", "75115"),
    ]:
        assert queries.search_communes(q)[0].code == code
    assert "85161" in {hit.code for hit in queries.search_communes("85430")}


def test_the_official_statistics(tmp_path: Path) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    services.import_reference(now=now, data_dir=DATA, node_modules=tmp_path, cache_dir=tmp_path)
    report = services_figures.import_statistics(now=now, data_dir=DATA)
    if report.missing:
        pytest.skip(f"statistics files are missing: {report.missing[0]}")
    france = national()
    nieul = france.index["85161"]
    assert france.apl[nieul] == 1.731
    assert (france.apl_year, france.zoning[nieul], france.emergency_minutes[nieul]) == (2023, "ZAC", 21)
    origin = france.origin("apl")
    assert origin is not None
    assert (origin.producer, origin.vintage) == ("DREES", "2015 à 2023")
    # Controls given with the data: weighted mean 3.75, 51,774 practitioners, Paris made of its arrondissements.
    known = np.isfinite(france.apl)
    assert np.average(france.apl[known], weights=france.population[known]) == pytest.approx(3.75, abs=0.005)
    assert france.gp.sum() == pytest.approx(51_774, abs=1)
    assert france.apl[france.index["75056"]] == pytest.approx(4.96, abs=0.01)
    assert france.standardised.sum() == pytest.approx(france.population.sum())
    assert sum(len(d.unmatched) for d in report.datasets) < 150
    assert services_figures.import_statistics(now=now, data_dir=DATA).unchanged
