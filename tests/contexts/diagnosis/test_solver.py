"""The accessibility model on a small country: mass is conserved, changes add up, islands are alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from releve.contexts.diagnosis import solver
from releve.contexts.diagnosis.calibration import constants
from releve.contexts.diagnosis.solver import Action
from releve.contexts.territory.models import CommuneFigures
from releve.contexts.territory.national import national
from releve.kernel.errors import Invalid, NotFound
from tests.factories.territory import make_commune, make_departement, make_epci

pytestmark = pytest.mark.django_db

PLACES = (
    # code, population, lat, lon, published APL
    ("85001", 1000, 46.60, -1.50, 1.0),
    ("85002", 2000, 46.65, -1.50, 2.0),
    ("85003", 500, 46.60, -1.35, 3.0),
    ("85004", 800, 47.40, -1.50, 1.5),
    ("85113", 4000, 46.60, -1.51, 2.4),  # the island of Yeu, moved beside 85001: no road leads there
    ("85005", 300, None, None, None),
)


@pytest.fixture
def country() -> None:
    epci = make_epci()
    for code, population, lat, lon, apl in PLACES:
        commune = make_commune(code, name=f"Lieu {code}", population=population, lat=lat, lon=lon, epci=epci)
        CommuneFigures.objects.create(
            commune=commune,
            surface_km2=20.0,
            apl=apl,
            apl_year=2023 if apl is not None else None,
            apl_history={"2023": apl} if apl is not None else {},
            gp_estimate=population / 1000,
        )


def add(code: str, amount: float = 1000.0) -> Action:
    return Action(solver.ADD, amount, code)


@pytest.mark.usefixtures("country")
def test_every_added_consultation_goes_to_somebody() -> None:
    made = solver.model()
    found = solver.change([add("85001")])
    assert found.unallocated == 0
    assert float((made.demand[found.indices] * found.deltas).sum()) == pytest.approx(1000)
    assert (found.deltas > 0).all()
    names = {made.country.codes[i] for i in found.indices}
    assert names == {"85001", "85002", "85003"}


@pytest.mark.usefixtures("country")
def test_changes_add_up_and_cancel() -> None:
    one, two = solver.change([add("85001")]), solver.change([add("85002", 500)])
    both = solver.change([add("85002", 500), add("85001")])
    total = np.zeros(len(national()))
    total[one.indices] += one.deltas
    total[two.indices] += two.deltas
    np.testing.assert_allclose(both.deltas, total[both.indices], rtol=1e-12)
    gone = solver.change([add("85001"), Action(solver.REMOVE, 1000, "85001")])
    np.testing.assert_allclose(gone.deltas, 0, atol=1e-15)


@pytest.mark.usefixtures("country")
def test_an_island_keeps_what_it_gets() -> None:
    found = solver.change([add("85113")])
    assert [national().codes[i] for i in found.indices] == ["85113"]


@pytest.mark.usefixtures("country")
def test_a_point_belongs_to_the_commune_around_it() -> None:
    made = solver.model()
    found = solver.change([Action(solver.MOBILE, 1000, lat=46.601, lon=-1.499)])
    whole = solver.change([add("85001")])
    np.testing.assert_allclose(found.deltas.sum(), whole.deltas.sum(), rtol=0.05)
    assert float((made.demand[found.indices] * found.deltas).sum()) == pytest.approx(1000)


@pytest.mark.usefixtures("country")
def test_consultations_that_nobody_reaches_are_told() -> None:
    make_commune("85006", name="Désert", population=0, lat=44.0, lon=4.0, epci=make_epci())
    found = solver.change([add("85006", 700)])
    assert len(found.indices) == 0
    assert found.unallocated == 700


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(
    ("action", "error", "code"),
    [
        (Action(solver.ADD, 1.0, "99999"), NotFound, "unknown-commune"),
        (Action(solver.ADD, 1.0, "85005"), Invalid, "unplaced-commune"),
        (Action(solver.ADD, -1.0, "85001"), Invalid, "bad-number"),
        (Action(solver.ADD, math.nan, "85001"), Invalid, "bad-number"),
        (Action(solver.ADD, 1.0), Invalid, "no-place"),
        (Action(solver.ADD, 1.0, lat=200.0, lon=0.0), Invalid, "invalid"),
        (Action("teleport", 1.0, "85001"), Invalid, "unknown-action"),
    ],
)
def test_impossible_actions_are_refused(action: Action, error: type[Exception], code: str) -> None:
    with pytest.raises(error) as caught:
        solver.change([action])
    assert caught.value.code == code  # type: ignore[attr-defined]


def test_consultations_of_a_week() -> None:
    assert solver.consultations_per_year(3) == 3 * 22 * 46
    assert solver.consultations_per_year(0.5, 20, 40) == 400
    for bad in (-1, math.nan, math.inf, 71):
        with pytest.raises(Invalid, match="compris entre"):
            solver.consultations_per_year(bad)


@pytest.mark.usefixtures("country")
def test_scores_after_never_fall_below_zero() -> None:
    found = solver.change([Action(solver.REMOVE, 1e7, "85001")])
    after = solver.scores_after(found)
    assert after[national().index["85001"]] == 0
    assert np.isnan(after[national().index["85005"]])


@pytest.mark.usefixtures("country")
def test_heat_counts_only_what_is_lacking() -> None:
    made, heat = solver.model(), solver.heat(1.0, threshold=2.5)
    country = made.country
    added = solver.consultations_per_year(1.0)
    for code in ("85001", "85004"):
        found = solver.change([add(code, added)])
        lacking = np.maximum(2.5 - made.baseline[found.indices], 0)
        expected = (np.minimum(found.deltas, lacking) * country.population[found.indices]).sum()
        assert heat[country.index[code]] == pytest.approx(expected)
    assert np.isnan(heat[country.index["85005"]])
    assert solver.heat(1.0, threshold=2.5) is heat
    each = solver.effects(1.0)
    assert each.best_gain[country.index["85001"]] == pytest.approx(
        solver.change([add("85001", added)]).deltas.max()
    )


@pytest.mark.usefixtures("country")
def test_minutes_to_the_nearest_place() -> None:
    country = national()
    minutes = solver.nearest_minutes([(46.60, -1.50), (46.65, -1.50)])
    assert minutes[country.index["85001"]] == 0
    assert minutes[country.index["85002"]] == 0
    assert 10 < minutes[country.index["85003"]] < 30
    assert np.isnan(minutes[country.index["85005"]])
    assert np.isnan(minutes[country.index["85113"]])
    assert np.isnan(solver.nearest_minutes([])).all()


@pytest.mark.usefixtures("country")
def test_the_published_figure_is_the_baseline() -> None:
    made = solver.model()
    assert not made.baseline_is_modelled
    assert made.baseline[made.country.index["85001"]] == 1.0
    modelled = solver.modelled_apl()
    assert np.isfinite(modelled[made.country.index["85001"]])
    assert np.isnan(modelled[made.country.index["85005"]])
    assert solver.model() is made


def test_without_statistics_the_baseline_is_modelled() -> None:
    make_departement()
    for code, population, lat, lon, _ in PLACES:
        make_commune(code, name=f"Lieu {code}", population=population, lat=lat, lon=lon, epci=make_epci())
    made = solver.model()
    assert made.baseline_is_modelled
    known = np.isfinite(made.baseline)
    assert known.sum() == 5
    assert (made.baseline[known] > 0).all()
    # Mass balance of the level model: what is accessible is what is supplied.
    supply = made.country.gp * made.constants.attached + made.demand * made.constants.background
    placed = np.isfinite(made.country.lat)
    assert float((made.baseline * made.demand)[placed].sum()) == pytest.approx(float(supply[placed].sum()))
    assert len(solver.change([add("85001")]).indices) == 3


@pytest.mark.usefixtures("country")
def test_margins_are_those_of_the_validation() -> None:
    made, fitted = solver.model(), constants()
    index = made.country.index["85001"]
    assert made.margin("85001") == made.margin(index) == fitted.margin(50.0)
    assert 0.3 < fitted.margin(50.0) < 2.5
    assert fitted.margin(math.nan) == fitted.validations["held_out"].overall.margin


def test_the_kept_constants_are_whole() -> None:
    fitted = constants()
    assert 1000 < fitted.consultations_per_gp < 10_000
    assert fitted.decay.reach <= 30
    assert float(fitted.decay.weights(0.0)) == pytest.approx(1.0, abs=0.01)
    assert {"apl", "general-practitioners"} <= set(fitted.vintages)
    assert {"held_out", "year_2022", "change"} <= set(fitted.validations)
    held_out = fitted.validations["held_out"]
    # What is claimed on communes not used to fit: better than saying the mean everywhere.
    assert held_out.overall.mae < held_out.overall.mae_of_mean
    assert sum(row.communes for row in held_out.by_density) <= held_out.overall.communes


@pytest.mark.usefixtures("country")
def test_road_times_between_communes() -> None:
    times = solver.times_within(30)
    assert solver.times_within(30) is times
    with pytest.raises(Invalid):
        solver.times_within(500)
