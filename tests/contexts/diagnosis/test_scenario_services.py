"""Scenarios are saved, changed under a version, joined to a practice; each write leaves a line in the journal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from releve.contexts.diagnosis import services_scenarios as services
from releve.contexts.diagnosis import siting_plan
from releve.contexts.diagnosis.models import Scenario
from releve.contexts.diagnosis.queries import scenarios as queries
from releve.contexts.diagnosis.territories import resolve
from releve.contexts.territory.models import CommuneFigures
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from releve.kernel.models import AuditEvent
from tests.factories.accounts import make_user
from tests.factories.diagnosis import make_territory
from tests.factories.practices import make_practice
from tests.factories.scenarios import ANONYMOUS, NOW, TODAY, content, save, site

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def world():
    return make_territory()


def change(saved, *, version=1, name="Quatre jours", days=4):
    return services.change_scenario(
        scenario_id=saved.scenario.pk, expected_version=version, name=name, content=content(site(days=days)),
        today=TODAY, by=ANONYMOUS, now=LATER,
    )  # fmt: skip


def test_saved_with_its_figures_and_vintages():
    saved = save()
    row = queries.get_scenario(saved.scenario.token)
    assert row.result["figures"]
    assert row.vintages["apl"] == "2015 à 2023"
    assert row.owner_id is None
    assert len(row.token) >= 20
    assert saved.secret not in (row.edit_digest, row.token)
    assert services.secret_digest(saved.secret) == row.edit_digest
    assert AuditEvent.objects.get().action == "scenario_saved"


def test_an_empty_scenario_or_one_without_a_name_is_refused():
    for name, wanted in (("", content()), ("Vide", content().__class__())):
        with pytest.raises(Invalid):
            services.save_scenario(
                name=name, territory="85161", content=wanted, today=TODAY, by=ANONYMOUS, now=NOW
            )
    assert not Scenario.objects.exists()


def test_changed_once_per_version():
    saved = save()
    row = change(saved)
    assert (row.version, row.name, row.updated_at) == (2, "Quatre jours", LATER)
    with pytest.raises(Conflict) as caught:
        change(saved, name="En retard", days=1)
    assert caught.value.details["version"] == 2
    assert Scenario.objects.get().name == "Quatre jours"


@pytest.mark.parametrize(
    "token", ["", "x", "a" * 24, "../../etc", "é" * 24, "a" * 400, "a b c d e f g h i j"]
)
def test_a_forged_token_leads_nowhere(token):
    save()
    with pytest.raises(NotFound):
        queries.get_scenario(token)


def test_changed_by_its_owner_or_who_holds_the_secret():
    owner, other = make_user(), make_user()
    saved = save(by=Actor.user(owner))
    row = saved.scenario
    assert queries.may_change(row, user=owner, digests=[])
    assert queries.may_change(row, user=None, digests=[services.secret_digest(saved.secret)])
    assert not queries.may_change(row, user=other, digests=[services.secret_digest("autre")])
    with pytest.raises(Forbidden):
        queries.require_change(row, user=other, digests=[])


def test_the_list_is_that_of_the_person_and_of_the_browser():
    owner = make_user()
    mine, kept = save(by=Actor.user(owner), name="A"), save(name="B")
    save(name="C")
    found = queries.list_scenarios(user=owner, tokens=[kept.scenario.token])
    assert {row.pk for row in found} == {mine.scenario.pk, kept.scenario.pk}
    assert queries.list_scenarios(user=None, tokens=[]) == []


def attach(scenario, practice, *, own=True):
    return services.attach_scenario(
        scenario_id=scenario.pk, practice_id=practice.pk, own=own, by=ANONYMOUS, now=NOW
    )


def test_attached_to_one_practice_and_then_not_deleted():
    practice, other = make_practice(), make_practice()
    row = save().scenario
    attach(row, practice)
    assert [s.pk for s in queries.scenarios_of_practice(practice.pk)] == [row.pk]
    with pytest.raises(Conflict, match="autre cabinet"):
        attach(row, other)
    with pytest.raises(Conflict, match="dossier"):
        services.delete_scenario(scenario_id=row.pk, by=ANONYMOUS, now=NOW)
    services.detach_scenario(scenario_id=row.pk, practice_id=other.pk, by=ANONYMOUS, now=NOW)
    assert queries.scenarios_of_practice(practice.pk)
    services.detach_scenario(scenario_id=row.pk, practice_id=practice.pk, by=ANONYMOUS, now=NOW)
    services.delete_scenario(scenario_id=row.pk, by=ANONYMOUS, now=NOW)
    assert not Scenario.objects.exists()


def test_somebody_elses_is_copied_into_the_file():
    practice, row = make_practice(), save().scenario
    kept = attach(row, practice, own=False)
    assert kept.pk != row.pk
    assert kept.result == row.result
    row.refresh_from_db()
    assert row.practice_id is None


# --- Where to open --------------------------------------------------------------------------------------------


def plan(code="248500530", **question):
    asked = siting_plan.Question(**{"days": 3, "aim": "priority", **question})
    return siting_plan.propose(resolve(code), asked, today=TODAY, seconds=2)


@pytest.mark.parametrize("aim", list(siting_plan.AIMS))
def test_every_aim_gives_a_proven_plan_on_a_small_territory(aim):
    found = plan(aim=aim)
    assert found.status == "optimal"
    assert found.gap == pytest.approx(0, abs=1e-4)
    assert sum(s.days for s in found.sites) <= 3
    assert {s.code for s in found.sites} <= {"85161", "85099"}
    assert siting_plan.plan_to_dict(found)["question"]["aim"] == aim


def test_one_site_at_most_takes_all_the_days():
    assert len(plan(max_sites=1).sites) == 1


def test_further_days_never_harm():
    found = plan()
    assert all(day.gain >= 0 for day in found.further)
    assert [day.days for day in found.further] == sorted(day.days for day in found.further)


def test_fairness_over_the_budget_is_impossible_and_said():
    found = plan("85161,85191,25462", days=1, fair=True)
    assert found.sites == () or found.status == "optimal"
    if not found.sites:
        assert all("groupe" not in reason.message for reason in found.reasons)


@pytest.mark.parametrize(
    "question",
    [
        {"days": -1}, {"days": 0}, {"days": float("nan")}, {"days": 2.5}, {"days": 100}, {"aim": "gloire"},
        {"max_minutes": 1}, {"max_minutes": float("nan")}, {"max_sites": 0},
    ],
)  # fmt: skip
def test_impossible_questions(question):
    with pytest.raises(Invalid):
        plan(**question)


def test_a_plan_without_statistics_says_so():
    CommuneFigures.objects.all().delete()
    make_territory(statistics=False)
    assert plan().modelled


@pytest.mark.django_db(transaction=True)
def test_figures_are_computed_before_the_transaction(monkeypatch):
    """On SQLite a transaction keeps everybody else from writing."""
    seen = []
    real = services.compute

    def watched(*args, **how):
        seen.append(connection.in_atomic_block)
        return real(*args, **how)

    monkeypatch.setattr(services, "compute", watched)
    change(save())
    assert seen == [False, False]
