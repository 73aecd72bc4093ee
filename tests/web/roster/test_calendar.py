"""Month, week and printed sheet."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.practices import make_site
from tests.factories.rostering import make_shift, make_template_line

NBSP = "\u00a0"


def _text(response):
    return response.content.decode()


def test_month_shows_hours_person_need_and_state(place):
    make_shift(place.site, practitioner=place.doctor)
    make_shift(place.site, day=date(2026, 3, 5))
    page = _text(place.client.get(place.url("calendar")))
    assert "Mars 2026" in page
    assert f"9{NBSP}h – 12{NBSP}h" in page
    assert "Dr Claire Martin" in page
    assert "À pourvoir" in page
    assert "Confirmée" in page


def test_week_says_doctor_days_against_the_wish(place):
    make_shift(place.site, practitioner=place.doctor)
    make_shift(place.site, day=date(2026, 3, 5))
    page = _text(place.client.get(place.url("calendar", vue="semaine", semaine="2026-03-06")))
    assert "0,5 jour médecin sur 1 souhaité" in page


def test_blank_week_counts_the_typical_week(place):
    make_template_line(place.site)
    make_shift(place.site, day=date(2026, 2, 25), now=datetime(2026, 2, 1, tzinfo=UTC))
    make_shift(place.site, day=date(2026, 3, 18))
    page = _text(place.client.get(place.url("calendar", vue="semaine", semaine="2026-03-02")))
    assert "0 jour médecin sur 0,5 souhaité" in page


def test_cancelled_shift_stays_visible_with_its_state(place):
    from releve.contexts.rostering import services
    from releve.kernel.audit import SYSTEM
    from tests.factories.practices import NOW

    shift = make_shift(place.site)
    services.cancel_shift(shift_id=shift.pk, reason="Travaux", by=SYSTEM, now=NOW)
    page = _text(place.client.get(place.url("calendar")))
    assert "rl-shift-cancelled" in page
    assert "0,5 souhaité" not in page


def test_holiday_is_named(place):
    page = _text(place.client.get(place.url("calendar", mois="2026-05")))
    assert "Fête du Travail" in page or "Jour férié" in page


@pytest.mark.parametrize(
    "query",
    [
        {"mois": "2026-13"},
        {"mois": "x' OR 1=1"},
        {"vue": "annee"},
        {"vue": "semaine", "semaine": "hier"},
        {"vue": "semaine", "semaine": "9999-12-31"},
        {"site": "lieu-d-ailleurs"},
    ],
)
def test_hostile_parameters_are_refused_with_words(place, query):
    response = place.client.get(place.url("calendar"), query)
    assert response.status_code == 422


def test_site_of_another_practice_is_refused(place):
    other = make_site()
    assert place.client.get(place.url("calendar", site=other.slug)).status_code == 422


def test_printed_sheet_has_needs_and_no_cancelled_card(place):
    make_shift(place.site, day=date(2026, 3, 5))
    page = _text(place.client.get(place.url("print", mois="2026-03")))
    assert "rl-sheet-open" in page
    assert "rl-shift-cancelled" not in page


def test_reader_sees_no_button_to_change(place):
    from tests.factories.accounts import make_staff

    shift = make_shift(place.site, practitioner=place.doctor)
    place.client.force_login(make_staff("paramedical", practice=place.practice))
    assert "Ajouter une vacation" not in _text(place.client.get(place.url("calendar")))
    page = _text(place.client.get(place.url("shift", shift.pk)))
    assert '<form method="post"' not in page.split("<main")[1].split("</main>")[0]


def _count(place):
    with CaptureQueriesContext(connection) as found:
        place.client.get(place.url("calendar"))
    return len(found)


def test_statements_do_not_grow_with_shifts(place):
    make_shift(place.site, practitioner=place.doctor)
    _count(place)  # the first visit also opens the session
    one = _count(place)
    for day in range(5, 29):
        if date(2026, 3, day).weekday() < 5:
            make_shift(place.site, day=date(2026, 3, day))
    assert _count(place) == one
