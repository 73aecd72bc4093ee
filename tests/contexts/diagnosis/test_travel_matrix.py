"""Real road times in place of the road model: read, refused with line and column, used."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from releve.contexts.diagnosis import checks, siting_plan, solver
from releve.contexts.diagnosis.reach import nearest_supply
from releve.contexts.diagnosis.scenario_effects import nearest_doctor
from releve.contexts.diagnosis.solver import Action
from releve.contexts.diagnosis.territories import resolve
from releve.contexts.diagnosis.travel_matrix import matrix, read_matrix
from releve.contexts.territory.national import national
from releve.kernel.errors import Invalid, Unavailable
from tests.factories.territory import make_commune, make_epci

pytestmark = pytest.mark.django_db

HEAD = "origine,destination,minutes\n"
FULL = HEAD + "85001,85002,12\n85002,85001,14\n85001,85003,7.500000000000000000\n85002,85003,\n"


@pytest.fixture(autouse=True)
def country() -> None:
    epci = make_epci()
    for code, population, lat, lon in (
        ("85001", 1000, 46.60, -1.50),
        ("85002", 2000, 46.63, -1.50),
        ("85003", 500, 46.60, -1.46),
        ("85004", 800, 46.65, -1.45),
    ):
        make_commune(code, name=f"Lieu {code}", population=population, lat=lat, lon=lon, epci=epci)


def written(folder: Path, text: str | bytes, name: str = "temps.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def minutes(found: object, one: str, other: str) -> float | None:
    index = national().index
    there, times = found.times.row(index[one])  # type: ignore[attr-defined]
    return dict(zip(there.tolist(), times.tolist(), strict=True)).get(index[other])


def test_mean_of_there_and_back_and_no_road(tmp_path: Path) -> None:
    found = read_matrix(written(tmp_path, "\ufeff" + FULL + "75101,85001,300\n"), national())
    assert minutes(found, "85001", "85002") == minutes(found, "85002", "85001") == 13
    assert minutes(found, "85003", "85001") == 7.5
    assert minutes(found, "85002", "85003") is None
    assert found.ignored == ("75101",)
    assert found.named.tolist() == [True, True, True, False]


def test_parquet_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "temps.parquet"
    columns = {
        "origine": ["85001", "85002", "85001", "85002"],
        "destination": ["85002", "85001", "85003", "85003"],
        "minutes": [12.0, 14.0, 7.5, None],
    }
    pq.write_table(pa.table(columns), path)
    found = read_matrix(path, national())
    assert (minutes(found, "85001", "85002"), minutes(found, "85002", "85003")) == (13, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FULL + "85001,85002,15\n", "ligne 6, colonne « destination » : .* déjà plus haut"),
        (HEAD + "85001,85002,-3\n", "ligne 2, colonne « minutes » : « -3 » n’est pas"),
        (HEAD + "85001,85002,12\n85002,85003,nan\n", "ligne 3, colonne « minutes »"),
        (HEAD + "85001,85002,1e999\n", "ligne 2, colonne « minutes »"),
        (HEAD + "85001,85002,1500\n", "ligne 2, colonne « minutes » : un temps va de 0 à"),
        (HEAD + "85001,85002\n", "ligne 2 : cette ligne n’a pas 3 colonnes"),
        (HEAD + "99999,88888,3\n", "aucune ligne ne relie deux communes"),
        (HEAD, "aucune ligne ne relie deux communes"),
        ("", "colonne « origine » : cette colonne manque"),
        ("origine;destination;minutes\n85001;85002;3\n", "ligne 1 : le séparateur est « ; »"),
        ("origine,arrivée,minutes\n85001,85002,3\n", "colonne « destination » : cette colonne manque"),
        (HEAD + "85001,85002,12\n85001,85003,7\n", "il manque 1 paires .*85002 et 85003.* temps vide"),
        ("origine,destination,minutes,é\n".encode("latin-1"), "n’est pas en UTF-8"),
        (b"\x00\x01\x02", "colonne « origine »"),
    ],
)
def test_refusals_name_the_place(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(
        Invalid, match=words.replace(" :", "\u00a0:").replace("« ", "«\u00a0").replace(" »", "\u00a0»")
    ):
        read_matrix(written(tmp_path, text), national())


def test_a_broken_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"temps\.parquet"):
        read_matrix(written(tmp_path, b"PAR1 no", "temps.parquet"), national())


def test_the_model_uses_it_and_keeps_its_mass(tmp_path: Path, settings: object) -> None:
    before = solver.change([Action(solver.ADD, 1000.0, "85002")])
    settings.TRAVEL_MATRIX = written(tmp_path, FULL)  # type: ignore[attr-defined]
    made = solver.model()
    found = solver.change([Action(solver.ADD, 1000.0, "85002")])
    codes = {str(made.country.codes[rank]) for rank in found.indices}
    assert "85003" not in codes
    assert "85004" in codes
    assert {str(made.country.codes[rank]) for rank in before.indices} == codes | {"85003"}
    assert float((made.demand[found.indices] * found.deltas).sum()) == pytest.approx(1000)
    near = nearest_supply(made.country, made.country.population, 0, at_least=400, max_minutes=10)
    assert near is not None
    assert made.country.codes[near[0]] == "85003"
    assert near[1] == 7.5
    settings.TRAVEL_MATRIX = None  # type: ignore[attr-defined]
    assert len(solver.change([Action(solver.ADD, 1000.0, "85002")]).indices) == len(before.indices)


def test_the_pairs_of_the_file_replace_those_of_the_model(tmp_path: Path, settings: object) -> None:
    settings.TRAVEL_MATRIX = written(tmp_path, FULL)  # type: ignore[attr-defined]
    there, times = solver.times_within(20).row(0)
    found = dict(zip(there.tolist(), times.tolist(), strict=True))
    assert (found[0], found[1], found[2]) == (0, 13, 7.5)
    assert 3 in found  # 85004 keeps the road model


def test_a_bad_file_stops_the_computing_and_a_mended_one_is_read(tmp_path: Path, settings: object) -> None:
    path = settings.TRAVEL_MATRIX = tmp_path / "temps.csv"  # type: ignore[attr-defined]
    for text in (None, HEAD + "85001,85002,x\n"):
        if text is not None:
            written(tmp_path, text)
        with pytest.raises(Unavailable, match="RELEVE_TRAVEL_MATRIX sont inutilisables"):
            solver.model()
        assert [f.level for f in checks.road_times_usable(datetime(2026, 1, 5, tzinfo=UTC))] == ["error"]
    path.write_text(FULL)
    assert matrix(national()) is not None
    said = [f.message for f in checks.road_times_usable(datetime(2026, 1, 5, tzinfo=UTC))]
    assert len(said) == 1
    assert "4 paires entre 3 communes" in said[0]
    assert solver.model().roads is matrix(national())


def test_doctor_says_when_the_model_is_used() -> None:
    found = list(checks.road_times_usable(datetime(2026, 1, 5, tzinfo=UTC)))
    assert [f.level for f in found] == ["info"]
    assert "ceux du modèle" in found[0].message


def test_sites_doctors_and_travel_read_the_same_times(tmp_path: Path, settings: object) -> None:
    settings.TRAVEL_MATRIX = written(tmp_path, FULL)  # type: ignore[attr-defined]
    country = national()
    at = (float(country.lat[0]), float(country.lon[0]))
    assert solver.nearest_minutes([at])[:3].tolist() == [0, 13, 7.5]
    doctors = np.array([1.0, 0, 0, 0])
    found = nearest_doctor(country, np.arange(3), doctors, within=20)
    assert found.tolist() == [0, 13, 7.5]
    plan = siting_plan.propose(
        resolve("85001,85002,85003"), siting_plan.Question(2.0), today=date(2026, 1, 5)
    )
    assert plan.sites
