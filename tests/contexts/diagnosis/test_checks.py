"""What `releve doctor` says of the statistics: information, never a fault."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from releve.contexts.diagnosis import checks
from releve.contexts.territory.models import CommuneFigures
from releve.workflows.doctor import examine
from tests.factories.territory import make_commune

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_missing_statistics_are_told_and_are_no_fault() -> None:
    make_commune()
    results = {r.code: r for r in examine(now=NOW, only={"statistics", "calibration"})}
    assert results["statistics"].level == "ok"
    assert "modélisé" in results["statistics"].findings[0].message
    assert results["calibration"].findings == []


def test_an_old_vintage_is_told() -> None:
    history = {"2019": 2.0}
    CommuneFigures.objects.create(commune=make_commune(), apl=2.0, apl_year=2019, apl_history=history)
    messages = [f.message for f in checks.statistics_loaded(NOW)]
    assert any("2019" in message for message in messages)
    assert any("absentes" in message for message in messages)
    assert "2019" in next(iter(checks.model_fits(NOW))).message


def test_nothing_is_said_before_the_communes() -> None:
    assert list(checks.statistics_loaded(NOW)) == []
