"""Calibration on a made-up country whose truth is known, and the command that runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from releve.cli.territory import territory
from releve.contexts.diagnosis import calibration, solver_calibration
from releve.contexts.territory.models import CommuneFigures
from releve.contexts.territory.national import national
from releve.engines.accessibility import Gaussian, Linear, PiecewiseLinear, SmoothedSteps, Steps, travel_times
from releve.engines.accessibility import apl as apl_of
from releve.kernel.errors import Unavailable
from tests.factories.territory import make_commune, make_epci

pytestmark = pytest.mark.django_db
TRUTH = SmoothedSteps((10.0, 15.0, 20.0), (1.0, 2 / 3, 1 / 3), 2.5)
PER_GP = 4000.0


@pytest.fixture
def country() -> None:
    """90 communes of 30 intercommunalities whose APL follows the model exactly, 4,000 consultations a doctor."""
    rng = np.random.default_rng(1)
    figures = []
    for rank in range(90):
        population = int(rng.integers(300, 4000))
        commune = make_commune(
            f"85{rank:03d}",
            name=f"Lieu {rank}",
            population=population,
            lat=46.2 + 0.08 * (rank // 9),
            lon=-1.8 + 0.1 * (rank % 9),
            epci=make_epci(f"2000000{rank // 3:02d}", name=f"EPCI {rank // 3}"),
        )
        figures.append(
            CommuneFigures(
                commune=commune,
                surface_km2=20.0,
                gp_estimate=float(rng.integers(0, 4)),
                share_under_25=25.0,
                share_25_64=50.0,
                share_65_plus=25.0,
                share_75_plus=10.0,
            )
        )
    CommuneFigures.objects.bulk_create(figures)
    made = national()
    times = travel_times(made.lon, made.lat, 1.0, max_minutes=TRUTH.reach)
    scores = apl_of(made.gp * PER_GP, made.population, times, TRUTH).scores
    for row, score in zip(figures, scores.tolist(), strict=True):
        row.apl, row.apl_year = score, 2023
        row.apl_history = {"2022": score, "2023": score}
    CommuneFigures.objects.bulk_update(figures, ["apl", "apl_year", "apl_history"])


def test_without_statistics_it_says_what_is_missing() -> None:
    make_commune()
    with pytest.raises(Unavailable) as caught:
        solver_calibration.calibrate()
    assert caught.value.code == "no-statistics"
    for word in ("APL publiée", "médecins", "âges", "surfaces", "RELEVE_DATA_DIR"):
        assert word in caught.value.message


@pytest.mark.usefixtures("country")
def test_it_finds_the_truth_of_a_country_that_follows_the_model(tmp_path: Path) -> None:
    found = solver_calibration.calibrate()
    assert found["decay"]["kind"] == "SmoothedSteps"
    assert found["consultations_per_gp"] == pytest.approx(PER_GP, rel=0.02)
    held_out = found["validations"]["held_out"]["overall"]
    assert held_out["r"] > 0.99
    assert set(found["validations"]) == {"held_out", "year_2022"}
    path = solver_calibration.write_constants(found, tmp_path / "data" / "calibration.json")
    kept = calibration.from_json(json.loads(path.read_text(encoding="utf-8")))
    assert kept.decay == TRUTH
    assert kept.apl_year == 2023
    assert kept.validations["held_out"].overall.communes == 90
    assert set(kept.by_departement) == {"85"}


@pytest.mark.usefixtures("country")
def test_the_command_prints_tables_and_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept: list[dict[str, Any]] = []

    def write(found: dict[str, Any]) -> Path:
        kept.append(found)
        return tmp_path / "calibration.json"

    monkeypatch.setattr(solver_calibration, "write_constants", write)
    shown = CliRunner().invoke(territory, ["calibrate"], catch_exceptions=False)
    assert shown.exit_code == 0
    assert "Consultations par médecin" in shown.stdout
    assert "toutes" in shown.stdout
    assert not kept
    as_json = CliRunner().invoke(territory, ["calibrate", "--json", "--write"], catch_exceptions=False)
    assert json.loads(as_json.stdout)["apl_year"] == 2023
    assert len(kept) == 1


@pytest.mark.parametrize(
    "decay",
    [
        Steps((10.0, 20.0), (1.0, 0.5)),
        SmoothedSteps((10.0, 20.0), (1.0, 0.5), 2.0),
        Linear(20.0, flat=5.0),
        Gaussian(10.0, 30.0),
        PiecewiseLinear((0.0, 10.0, 20.0), (1.0, 0.5, 0.0)),
    ],
)
def test_a_decay_is_kept_and_read_back(decay: Any) -> None:
    text = json.dumps(calibration.decay_to_json(decay))
    assert calibration.decay_from_json(json.loads(text)) == decay
