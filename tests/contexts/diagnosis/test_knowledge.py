"""Local knowledge: dated, sourced, naming nobody, never changed but withdrawn."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from releve.contexts.diagnosis import services_knowledge as services
from releve.contexts.diagnosis.models import LocalKnowledge
from releve.contexts.diagnosis.queries.knowledge import knowledge_history, knowledge_in_force
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, Invalid, NotFound
from releve.kernel.models import AuditEvent
from tests.factories.territory import make_commune, make_former_commune
from tests.factories.voices import NOW, TODAY, make_fact

pytestmark = pytest.mark.django_db


@pytest.fixture
def commune():
    return make_commune()


def test_a_fact_keeps_what_its_kind_counts(commune):
    leaving = make_fact(doctors=0.5, weekly_days=3, note=" Retraite,\nsans successeur ")
    assert (leaving.doctors, leaving.weekly_days, leaving.note) == (0.5, None, "Retraite, sans successeur")
    fewer = make_fact(kind="weekly_days", doctors=2, weekly_days=-1.5)
    assert (fewer.doctors, fewer.weekly_days) == (None, -1.5)
    said = make_fact(kind="note", doctors=2, note="Un projet de maison de santé")
    assert (said.doctors, said.weekly_days) == (None, None)
    assert AuditEvent.objects.filter(action="knowledge.added").count() == 3


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "rumeur"}, "kind"),
        ({"doctors": None}, "doctors"),
        ({"doctors": 0}, "doctors"),
        ({"doctors": -1}, "doctors"),
        ({"doctors": 51}, "doctors"),
        ({"doctors": math.nan}, "doctors"),
        ({"kind": "weekly_days"}, "weekly_days"),
        ({"kind": "weekly_days", "weekly_days": 0}, "weekly_days"),
        ({"kind": "weekly_days", "weekly_days": math.inf}, "weekly_days"),
        ({"kind": "weekly_days", "weekly_days": -31}, "weekly_days"),
        ({"kind": "note"}, "note"),
        ({"note": "x" * 301}, "note"),
        ({"note": "Le Dr Durand part"}, "note"),
        ({"note": "Appeler le 02 51 00 00 00"}, "note"),
        ({"origin": ""}, "origin"),
        ({"origin": "x" * 201}, "origin"),
        ({"origin": "Mme Durand"}, "origin"),
        ({"origin": "mairie@exemple.fr"}, "origin"),
        ({"starts_on": date(1990, 1, 1)}, "starts_on"),
        ({"starts_on": date(2026, 3, 10), "ends_on": date(2026, 3, 9)}, "ends_on"),
        ({"starts_on": date(2026, 1, 1), "ends_on": date(2026, 2, 1)}, "ends_on"),
    ],
)
def test_what_is_refused(commune, fields, field):
    with pytest.raises(Invalid) as error:
        make_fact(**fields)
    assert error.value.field == field
    assert not LocalKnowledge.objects.exists()


def test_a_merged_commune_names_its_replacement(commune):
    make_former_commune("85999", commune, name="Ancienne")
    with pytest.raises(NotFound, match="Nieul-le-Dolent"):
        make_fact("85999")


def test_in_force_on_a_day(commune):
    far = make_commune("85191", name="La Roche-sur-Yon")
    make_fact("85191")
    coming = make_fact()
    now = make_fact(starts_on=TODAY, ends_on=TODAY + timedelta(days=5))
    assert knowledge_in_force(["85161"], TODAY) == [now]
    assert knowledge_in_force(["85161"], TODAY + timedelta(days=5)) == [now]
    assert knowledge_in_force(["85161"], TODAY + timedelta(days=30)) == [coming]
    # So many communes that they are chosen afterwards: the same answer.
    many = ["85161", far.code, *(f"01{number:03d}" for number in range(300))]
    assert len(knowledge_in_force(many, TODAY + timedelta(days=30))) == 2


def test_withdrawn_once_and_kept_in_the_history(commune):
    fact = make_fact(starts_on=TODAY)
    services.withdraw_knowledge(knowledge_id=fact.pk, by=SYSTEM, now=NOW)
    assert knowledge_in_force(["85161"], TODAY) == []
    assert [row.withdrawn_at for row in knowledge_history(["85161"])] == [NOW]
    with pytest.raises(Conflict):
        services.withdraw_knowledge(knowledge_id=fact.pk, by=SYSTEM, now=NOW)
    assert AuditEvent.objects.filter(action="knowledge.withdrawn").count() == 1
