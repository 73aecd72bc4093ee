"""From a scenario to its figures: they follow the model, they add up, and impossible places are named."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from releve.contexts.diagnosis import solver
from releve.contexts.diagnosis.enums import KnowledgeKind
from releve.contexts.diagnosis.models import LocalKnowledge, Parameter
from releve.contexts.diagnosis.scenario_effects import compute, knowledge_in_force
from releve.contexts.diagnosis.scenario_json import (
    compare,
    result_from_dict,
    result_to_csv_rows,
    result_to_dict,
)
from releve.contexts.diagnosis.territories import resolve
from releve.kernel.errors import Invalid
from tests.factories.diagnosis import make_territory
from tests.factories.practices import make_practice, make_site
from tests.factories.scenarios import TODAY, content, site
from tests.factories.territory import make_former_commune

pytestmark = pytest.mark.django_db
LEAVES = {"kind": "doctor_leaves", "commune": "85191", "doctors": 1}


@pytest.fixture
def world():
    return make_territory()


def run(*actions, code="85161", **more):
    return compute(content(*actions, **more), resolve(code), today=TODAY)


def value(result, key):
    found = result.figure(key)
    return None if found is None else found.value


def test_three_days_add_their_consultations_and_reach_the_neighbours(world):
    result = run(site(days=3, visits=20))
    assert value(result, "consultations_added") == pytest.approx(3 * 20 * 46)
    assert value(result, "people_gaining") >= 3000
    assert value(result, "apl_after") > value(result, "apl_before") == pytest.approx(1.731)
    assert {"85161", "85099"} <= set(result.communes)
    assert result.communes["85161"][2] == 0.0
    assert "85161" in result.table("most_helped").links
    assert result.summary.startswith("Ce scénario ajoute 2\u00a0760 consultations par an.")


def test_what_is_added_is_what_inhabitants_use(world):
    result = run(site(days=3, visits=20), LEAVES)
    made = solver.model()
    used = sum(
        (after - before) * made.demand[made.country.index[code]]
        for code, (before, after, _) in result.communes.items()
        if before is not None and after is not None and after > 0
    )
    offered = value(result, "consultations_added") - value(result, "consultations_lost")
    unknown = [code for code, (before, _, _) in result.communes.items() if before is None]
    assert not unknown
    assert used == pytest.approx(offered, rel=0.01, abs=20)


def test_effects_add_up_whatever_their_order(world):
    one, other = run(site(days=2)), run(LEAVES)
    both, turned = run(site(days=2), LEAVES), run(LEAVES, site(days=2))
    assert {c: v[:2] for c, v in both.communes.items()} == {c: v[:2] for c, v in turned.communes.items()}
    for code, (before, after, _) in both.communes.items():
        parts = [r.communes[code][1] - before for r in (one, other) if code in r.communes]
        assert after - before == pytest.approx(sum(parts), abs=0.002)


def test_bands_count_inhabitants_once(world):
    bands = run(site()).table("bands")
    assert sum(row[2] for row in bands.rows) <= 16_500
    assert bands.rows[0][0] == "0 à 10 min"
    assert bands.rows[0][2] == 3000  # Nieul, and Le Girouard five kilometres away


def test_a_threshold_is_a_dated_setting(world):
    Parameter.objects.create(
        key="apl_threshold",
        value=1.74,
        starts_on=date(2026, 1, 1),
        origin="essai",
        created_at=datetime.now(UTC),
    )
    result = run(site(days=3))
    assert result.threshold == 1.74
    assert value(result, "people_passing_above") >= 2000


def test_a_doctor_who_leaves_takes_consultations_away(world):
    result = run(LEAVES, code="85191")
    assert value(result, "consultations_lost") == pytest.approx(solver.model().consultations_per_gp)
    assert value(result, "apl_after") < value(result, "apl_before")
    assert result.table("bands") is None


def test_cost_by_the_day_or_by_the_budget(world):
    by_day = run(site(days=2, visits=20))
    assert value(by_day, "yearly_cost") == pytest.approx(2 * 46 * (200 + 143 + 170))
    assert value(by_day, "cost_per_consultation") == pytest.approx(513 / 20)
    own = run(site(days=2, visits=20), budget_cents=9_200_000)
    assert value(own, "yearly_cost") == pytest.approx(92_000)
    assert value(own, "cost_per_consultation") == pytest.approx(50)


def test_a_tour_stops_in_several_communes(world):
    stops = [{"commune": "85161", "days": 0.5}, {"commune": "85099", "days": 1}]
    result = run({"kind": "mobile", "stops": stops, "visits": 20})
    assert value(result, "consultations_added") == pytest.approx(1.5 * 20 * 46)
    assert "Tournée mobile" in result.changes[0].words


def test_a_site_of_the_platform_closes(world):
    place = make_site(make_practice(), commune=world.nieul, name="Maison de santé", lat=46.57, lon=-1.5)
    result = run({"kind": "site_closes", "site": place.slug, "days": 2, "visits": 20})
    assert value(result, "consultations_lost") == pytest.approx(2 * 20 * 46)
    assert any("APL publiée peut dater" in note for note in result.notes)
    with pytest.raises(Invalid, match="n’existe pas"):
        run({"kind": "site_closes", "site": "inconnu", "days": 2})


def test_an_island_keeps_its_consultations(world):
    result = run(site("85113"), code="85113")
    assert set(result.communes) == {"85113"}
    assert any("Aucune route" in note for note in result.notes)


def test_impossible_communes_are_named(world):
    make_former_commune("85001", world.nieul, name="Ancienne")
    with pytest.raises(Invalid) as caught:
        run(site("99999"), site("85001"))
    assert [reason.code for reason in caught.value.reasons] == ["unknown-commune", "former-commune"]
    assert "a été remplacée par Nieul-le-Dolent (85161)" in caught.value.reasons[1].message
    assert caught.value.details["replaced_by"] == "85161"


def test_a_commune_without_a_point_is_refused(world):
    world.far.lat = world.far.lon = None
    world.far.save(update_fields=["lat", "lon"])
    with pytest.raises(Invalid, match="position"):
        run(site("25462"))


def known(world, **fields):
    values = {
        "commune": world.nieul,
        "kind": KnowledgeKind.DOCTOR_LEAVES,
        "doctors": 1,
        "starts_on": date(2026, 12, 31),
        "origin": "Mairie",
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return LocalKnowledge.objects.create(**{**values, **fields})


def test_local_knowledge_counts_when_ticked_with_its_date_and_source(world):
    fact = known(world)
    assert knowledge_in_force(["85161"], today=TODAY) == [fact]
    assert value(run(site()), "consultations_lost") == 0
    result = run(site(), local_knowledge=[fact.pk])
    assert value(result, "consultations_lost") > 0
    assert "31/12/2026" in result.changes[1].words
    assert "Mairie" in result.changes[1].words


def test_days_known_locally_may_be_taken_away(world):
    fact = known(world, kind=KnowledgeKind.WEEKLY_DAYS, doctors=None, weekly_days=-1)
    assert value(run(site(), local_knowledge=[fact.pk]), "consultations_lost") == pytest.approx(22 * 46)


@pytest.mark.parametrize("fields", [{"ends_on": date(2026, 1, 2), "starts_on": date(2026, 1, 1)},
                                    {"withdrawn_at": datetime(2026, 1, 3, tzinfo=UTC)}])  # fmt: skip
def test_knowledge_of_the_past_is_refused(world, fields):
    fact = known(world, **fields)
    with pytest.raises(Invalid, match="plus en vigueur"):
        run(site(), local_knowledge=[fact.pk])


def test_without_statistics_everything_is_modelled_and_said():
    make_territory(statistics=False)
    result = run(site())
    assert result.modelled
    assert value(result, "apl_after") > value(result, "apl_before")
    assert result.figure("apl_before").nature == "modelled"
    assert any("modélisé" in note for note in result.notes)


def test_a_result_is_kept_whole(world):
    result = run(site(), LEAVES)
    kept = json.loads(json.dumps(result_to_dict(result)))
    assert result_from_dict(kept) == result


def test_csv_rows_are_safe_for_a_spreadsheet(world):
    rows = result_to_csv_rows("=1+1", run(site()))
    assert rows[0][0] == "rubrique"
    assert rows[1][1] == "'=1+1"
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_side_by_side_tells_the_differences(world):
    small, large = run(site(days=1)), run(site(days=4))
    table = {row.key: row for row in compare([small, large])}
    added = table["consultations_added"]
    assert added.best == 1
    assert added.cells[1].verdict == "3\u00a0036\u00a0de plus"
    assert table["yearly_cost"].best == 0
    assert "consultations_lost" not in table
    assert compare([small, small])[0].best is None
