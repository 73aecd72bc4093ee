"""The page of a place: open, preparing, ended; its month; its map."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from releve.contexts.practices import services as practices
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Invalid
from releve.web.public.month import month_weeks, read_month

from .test_search import NOW, nieul, place, text  # noqa: F401

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def visit(client, site, **query):
    return client.get(reverse("public:site", args=[site.slug]), query)


@pytest.fixture
def site(nieul):  # noqa: F811
    return place(nieul, name="Cabinet de Nieul", care_team_notice="Vous êtes suivi par une équipe.")


def test_an_open_place(client, site):
    response = visit(client, site)
    html = text(response)
    assert response.status_code == 200
    assert "Prendre rendez-vous" in html
    assert f"/lieux/{site.slug}/rendez-vous/" in html
    assert "Dr Claire Guérin" in html
    assert ">9 h</time>" in html
    assert ">12 h</time>" in html
    assert "Première consultation" in html
    assert "Une équipe médicale traitante" in html
    assert "02 51 00 00 00" in html


def test_the_map_is_asked_for_not_loaded(client, site):
    html = text(visit(client, site))
    assert "<script src" in html
    assert 'src="/static/vendor/maplibre' not in html
    assert "openstreetmap.org/directions" in html


def test_a_private_name_stays_private(client, site):
    doctor = site.shifts.get().practitioner
    doctor.name_is_public = False
    doctor.save()
    html = text(visit(client, site))
    assert "Guérin" not in html
    assert "Médecin" in html


def test_an_ended_practice_points_elsewhere(client, site):
    site.practice.status = "closed"
    site.practice.save()
    html = text(visit(client, site))
    assert "ne reçoit plus de patients" in html
    assert "Prendre rendez-vous" not in html
    assert f"?commune={site.commune_id}" in html


def test_past_its_planned_end_is_ended(client, site):
    site.practice.planned_end_on = date(2026, 3, 1)
    site.practice.save()
    assert "ne reçoit plus de patients" in text(visit(client, site))


def test_a_planned_end_is_said(client, site):
    site.practice.planned_end_on = date(2026, 6, 30)
    site.practice.save()
    assert "mardi 30 juin 2026" in text(visit(client, site))


def test_a_practice_in_preparation(client, site):
    site.practice.status = "preparing"
    site.practice.save()
    html = text(visit(client, site))
    assert "ouvre bientôt" in html
    assert "Prendre rendez-vous" not in html


@pytest.mark.parametrize("slug", ["inconnu", "cache"])
def test_unknown_or_hidden(client, site, slug):
    site.slug = "cache"
    site.is_public = False
    site.save()
    assert client.get(reverse("public:site", args=[slug])).status_code == 404
    assert client.get(reverse("public:site-map", args=[slug])).status_code == 404


def test_closed_days_show(client, site):
    practices.add_closure(
        site_id=site.pk,
        first_day=date(2026, 3, 16),
        last_day=date(2026, 3, 18),
        reason="Congés",
        by=SYSTEM,
        now=NOW,
    )
    assert text(visit(client, site)).count("rl-month-shut") == 3


@pytest.mark.parametrize("month", ["2026-13", "mars", "2030-01", "2025-01", "2026-03-01", "0000-00"])
def test_impossible_months(client, site, month):
    assert visit(client, site, mois=month).status_code == 422


def test_next_month(client, site):
    html = text(visit(client, site, mois="2026-04"))
    assert "avril 2026" in html
    assert "?mois=2026-03#calendrier" in html
    assert "?mois=2026-05#calendrier" in html


def test_map_data(client, site):
    data = client.get(reverse("public:site-map", args=[site.slug])).json()
    assert data["site"]["name"] == "Cabinet de Nieul"
    assert data["shapes"]["type"] == "FeatureCollection"


def test_month_limits():
    assert read_month("", TODAY).first == date(2026, 3, 1)
    assert read_month("2026-02", TODAY).previous == ""
    assert read_month("2027-03", TODAY).following == ""
    with pytest.raises(Invalid):
        read_month("2027-04", TODAY)


def test_weeks_start_on_monday_and_cover_the_month():
    month = read_month("2026-03", TODAY)
    weeks = month_weeks(
        month, today=TODAY, hours_by_day={date(2026, 3, 3): ["h"]}, closed_days={date(2026, 3, 4)}
    )
    days = [cell for week in weeks for cell in week]
    assert days[0].day.weekday() == 0
    assert sum(cell.in_month for cell in days) == 31
    assert [cell.day.day for cell in days if cell.hours] == [3]
    assert [cell.day.day for cell in days if cell.closed] == [4]
    assert next(cell for cell in days if cell.is_today).day == TODAY


def test_clock_of_the_place(client, site):
    """Late evening in Paris is already tomorrow in La Réunion."""
    site.time_zone = "Indian/Reunion"
    site.save()
    with time_machine.travel(datetime(2026, 3, 31, 21, 0, tzinfo=UTC), tick=False):
        assert "avril 2026" in text(visit(client, site))
