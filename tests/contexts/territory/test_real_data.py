"""The real reference, when RELEVE_DATA_DIR holds it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import Sum

from releve.contexts.territory import queries, services, sources
from releve.contexts.territory.models import Commune

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
