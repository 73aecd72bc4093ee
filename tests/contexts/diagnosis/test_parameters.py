"""Dated figures: the default, then the latest row that has begun."""

from datetime import date

import pytest

from releve.contexts.diagnosis import parameters
from releve.kernel.errors import NotFound
from tests.factories.diagnosis import TODAY, make_parameter

pytestmark = pytest.mark.django_db


def test_default_then_the_row_in_force():
    assert parameters.value("apl_threshold", on=TODAY) == 2.5
    make_parameter("apl_threshold", 2.7, date(2026, 1, 1))
    make_parameter("apl_threshold", 3.0, date(2027, 1, 1))
    assert parameters.value("apl_threshold", on=date(2025, 12, 31)) == 2.5
    assert parameters.value("apl_threshold", on=TODAY) == 2.7
    assert parameters.value("apl_threshold", on=date(2027, 1, 1)) == 3.0


def test_all_values_in_one_statement(django_assert_num_queries):
    make_parameter("visits_per_day", 18, date(2026, 1, 1))
    make_parameter("gone", 1, date(2026, 1, 1))  # a key that the code no longer has
    with django_assert_num_queries(1):
        values = parameters.all_values(TODAY)
    assert set(values) == set(parameters.PARAMETERS)
    assert values["visits_per_day"] == 18


def test_in_force_keeps_the_origin():
    make_parameter("visits_per_day", 18, date(2026, 1, 1), "Délibération du 15 décembre")
    rows = {row.key: row for row in parameters.in_force(TODAY)}
    assert rows["visits_per_day"].origin == "Délibération du 15 décembre"
    assert rows["weeks_per_year"].origin == parameters.PARAMETERS["weeks_per_year"].origin


def test_unknown_key():
    with pytest.raises(NotFound):
        parameters.value("rien", on=TODAY)


@pytest.mark.parametrize("key", sorted(parameters.PARAMETERS))
def test_each_default_is_possible_and_has_an_origin(key):
    spec = parameters.PARAMETERS[key]
    assert spec.minimum <= spec.default <= spec.maximum
    assert spec.origin
    assert spec.label
