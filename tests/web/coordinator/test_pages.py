"""The territory of a coordinator: action list, table, files, publishing a need."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from releve.contexts.rostering.models import Shift
from tests.factories.accounts import grant, make_user
from tests.factories.practices import NOW, make_practice, make_site
from tests.factories.practitioners import make_practitioner
from tests.factories.rostering import make_shift
from tests.factories.territory import make_commune, make_departement


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def site(db, client):
    site = make_site(make_practice(), name="Maison de santé")
    person = make_user("Coordination")
    grant(person, "coordinator", scope_kind="departement", scope_ref="85")
    client.force_login(person)
    return site


@pytest.fixture
def far(db):
    town = make_commune("25462", name="Pontarlier", departement=make_departement("25", name="Doubs"))
    return make_site(make_practice(), commune=town, name="Lieu du Doubs")


def text(response):
    return response.content.decode()


def test_needs_proposals_and_thin_weeks_come_first(client, site):
    doctor = make_practitioner(practice=site.practice, family_name="Martin")
    make_shift(site)
    make_shift(site, practitioner=doctor, status="proposed", day=date(2026, 3, 3))
    page = text(client.get(reverse("coordinator:dashboard")))
    assert "1 vacation à pourvoir" in page
    assert "1 proposition à confirmer" in page
    assert "Semaines minces" in page


def test_another_territory_is_not_seen(client, site, far):
    make_shift(far)
    assert "Lieu du Doubs" not in text(client.get(reverse("coordinator:dashboard")))
    assert "Lieu du Doubs" not in text(client.get(reverse("coordinator:coverage_csv")))


def test_statements_do_not_grow_with_sites_and_shifts(client, site):
    def count():
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("coordinator:dashboard"))
        return len(found)

    make_shift(site)
    count()
    one = count()
    for _ in range(4):
        make_shift(make_site(make_practice()))
    assert count() == one


@pytest.mark.parametrize(
    "query", [{"departement": "25"}, {"epci": "x"}, {"du": "hier"}, {"du": "0001-01-01"}]
)
def test_hostile_filters_are_refused(client, site, query):
    assert client.get(reverse("coordinator:dashboard"), query).status_code == 422


def test_coverage_file(client, site):
    make_shift(site, practitioner=make_practitioner(practice=site.practice))
    answer = client.get(reverse("coordinator:coverage_csv"))
    lines = text(answer).lstrip("\ufeff").splitlines()
    assert answer["Content-Type"].startswith("text/csv")
    assert len(lines) == 1 + 6
    assert "Maison de santé" in lines[1]
    assert lines[1].endswith("2026-03-02;0,5;0,5;0;0")


def test_a_name_that_looks_like_a_formula_is_text(client, site):
    make_site(site.practice, name="=1+1")
    assert "'=1+1" in text(client.get(reverse("coordinator:coverage_csv")))


def _need(site, **changes):
    return {
        "site": site.slug,
        "day": "2026-03-10",
        "starts": "09:00",
        "ends": "12:00",
        "kind": "consultation",
        "note": "",
        **changes,
    }


def test_publish_a_need(client, site):
    assert client.post(reverse("coordinator:need_new"), _need(site)).status_code == 302
    assert Shift.objects.get().status == "open"


def test_refused_need_keeps_the_input(client, site):
    answer = client.post(reverse("coordinator:need_new"), _need(site, day="2026-02-10", note="Renfort"))
    assert answer.status_code == 409
    assert "Renfort" in text(answer)
    assert not Shift.objects.exists()


def test_need_in_another_territory_is_refused(client, site, far):
    assert client.post(reverse("coordinator:need_new"), _need(far)).status_code == 422
    assert not Shift.objects.exists()
