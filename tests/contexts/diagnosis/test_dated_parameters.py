"""Dated parameters: values to come are added and given up, the past is never changed."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from releve.contexts.diagnosis import parameters
from releve.contexts.diagnosis import services_parameters as services
from releve.contexts.diagnosis.models import Parameter
from releve.contexts.diagnosis.queries.parameters import parameter_histories
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, Invalid, NotFound
from releve.kernel.models import AuditEvent
from tests.factories.voices import NOW, TODAY

pytestmark = pytest.mark.django_db


def add(**changes):
    values = {"key": "apl_threshold", "value": 3.0, "starts_on": TODAY, "origin": "Arrêté du 1er mars 2026"}
    return services.add_parameter(**{**values, **changes}, today=TODAY, by=SYSTEM, now=NOW)


def test_a_value_is_used_from_its_day_on():
    add(starts_on=TODAY + timedelta(days=10))
    assert parameters.value("apl_threshold", on=TODAY + timedelta(days=9)) == 2.5
    assert parameters.value("apl_threshold", on=TODAY + timedelta(days=10)) == 3.0
    assert AuditEvent.objects.filter(action="parameter.added").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": 0.0}, "value"),
        ({"value": 10.1}, "value"),
        ({"value": math.nan}, "value"),
        ({"value": math.inf}, "value"),
        ({"starts_on": TODAY - timedelta(days=1)}, "starts_on"),
        ({"starts_on": date(2040, 1, 1)}, "starts_on"),
        ({"origin": " "}, "origin"),
        ({"origin": "x" * 201}, "origin"),
    ],
)
def test_what_is_refused(changes, field):
    with pytest.raises(Invalid) as error:
        add(**changes)
    assert error.value.field == field
    assert not Parameter.objects.exists()


def test_an_unknown_key():
    with pytest.raises(NotFound):
        add(key="age_du_capitaine")


def test_one_value_a_day():
    add()
    with pytest.raises(Conflict) as error:
        add(value=3.5)
    assert error.value.field == "starts_on"
    assert Parameter.objects.get().value == 3.0


def test_only_what_is_to_come_is_given_up():
    now, later = add(), add(starts_on=TODAY + timedelta(days=1))
    with pytest.raises(Conflict):
        services.withdraw_parameter(parameter_id=now.pk, today=TODAY, by=SYSTEM, now=NOW)
    services.withdraw_parameter(parameter_id=later.pk, today=TODAY, by=SYSTEM, now=NOW)
    assert Parameter.objects.get() == now
    with pytest.raises(NotFound):
        services.withdraw_parameter(parameter_id=later.pk, today=TODAY, by=SYSTEM, now=NOW)


def test_the_page_shows_all_with_their_origin():
    add(starts_on=TODAY + timedelta(days=1))
    rows = parameter_histories(TODAY)
    assert [row.current.key for row in rows] == list(parameters.PARAMETERS)
    threshold = rows[0]
    assert (threshold.current.value, len(threshold.rows)) == (2.5, 1)
    assert all(row.current.origin for row in rows)
