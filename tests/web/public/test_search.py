"""« Près de chez vous »: from what a person types to the places that receive."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from releve.contexts.booking.services.reasons import create_default_reasons
from releve.contexts.rostering.models import Shift
from releve.kernel.audit import SYSTEM
from tests.factories.practices import make_practice, make_site
from tests.factories.practitioners import make_practitioner
from tests.factories.territory import make_commune

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # Monday, 9 h in Paris
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def nieul():
    return make_commune("85161", name="Nieul-le-Dolent", lat=46.5725, lon=-1.5139)


def place(commune, *, name, lat=None, lon=None, shift=True, **practice_fields):
    practice = make_practice(phone="0251000000", **practice_fields)
    site = make_site(practice, commune=commune, name=name, lat=lat or commune.lat, lon=lon or commune.lon)
    create_default_reasons(practice_id=practice.pk, by=SYSTEM, now=NOW)
    if shift:
        add_shift(site, date(2026, 3, 3))
    return site


def add_shift(site, day):
    doctor = make_practitioner(practice=site.practice, family_name="Guérin", given_name="Claire")
    starts = datetime.combine(day, time(8, 0), tzinfo=UTC)
    return Shift.objects.create(
        practice=site.practice, site=site, room=site.rooms.first(), practitioner=doctor, status="confirmed",
        day=day, half_day="morning", starts_at=starts, ends_at=starts + timedelta(hours=3),
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def search(client, **query):
    return client.get(reverse("public:search"), query)


def text(response):
    return response.content.decode().replace("\u00a0", " ")


def test_without_a_commune_the_page_asks(client):
    response = search(client)
    assert response.status_code == 200
    assert "Votre commune" in text(response)


def test_one_match_leads_to_its_places(client, nieul):
    response = search(client, q="nieul le dolent")
    assert response.status_code == 302
    assert response["Location"].endswith("?commune=85161")


def test_postal_code(client, nieul):
    assert search(client, q="85430").status_code == 302


def test_the_filter_survives_the_detour(client, nieul):
    response = search(client, q="nieul le dolent", motif="child")
    assert "motif=child" in response["Location"]


def test_several_matches_are_a_choice(client, nieul):
    make_commune("87107", name="Nieul", departement=None, postal_codes="87510", population=1500)
    response = search(client, q="nieul")
    assert response.status_code == 200
    assert "Quelle commune ?" in text(response)
    assert "?commune=85161" in text(response)
    assert "?commune=87107" in text(response)


def test_unknown_commune_helps(client, nieul):
    response = search(client, q="xyzzy")
    assert response.status_code == 404
    assert "Commune introuvable" in text(response)
    assert "Essayez le code postal" in text(response)


@pytest.mark.parametrize("code", ["99999", "<script>", "85161'--", "8" * 500])
def test_forged_code(client, code):
    response = search(client, commune=code)
    assert response.status_code == 404
    assert "<script>" not in text(response).replace("<script src", "")


@pytest.mark.parametrize("query", [{"motif": "x"}, {"rayon": "9999"}, {"rayon": "-1"}, {"rayon": "abc"}])
def test_filters_that_no_page_offers_are_refused(client, nieul, query):
    assert search(client, commune="85161", **query).status_code == 422


def test_an_oversized_query_is_cut(client, nieul):
    assert search(client, q="a" * 5000).status_code in {200, 404}


def test_null_bytes_are_harmless(client, nieul):
    assert search(client, q="nieul\x00le dolent").status_code == 302


def test_places_by_distance_with_three_times(client, nieul):
    place(nieul, name="Loin", lat=46.65, lon=-1.40)
    place(nieul, name="Ici")
    html = text(search(client, commune="85161"))
    assert html.index("Ici") < html.index("Loin")
    assert "sur place" in html
    assert html.count('class="rl-slot"') == 6
    assert "mar. 3 mars" in html
    assert "9 h" in html
    assert "02 51 00 00 00" in html
    assert "nouveaux patients" in html


def test_a_slot_leads_to_its_booking(client, nieul):
    site = place(nieul, name="Ici")
    html = search(client, commune="85161").content.decode()
    assert f"/lieux/{site.slug}/rendez-vous/?motif=" in html
    assert "debut=2026-03-03T08:00:00Z" in html


def test_nothing_free_is_never_a_dead_end(client, nieul):
    place(nieul, name="Ici", shift=False)
    html = text(search(client, commune="85161"))
    assert "Aucun horaire libre en ligne" in html
    assert "02 51 00 00 00" in html
    assert "116 117" in html
    assert 'href="tel:15"' in html


def test_nobody_around_widens(client, nieul):
    html = text(search(client, commune="85161"))
    assert "Aucun lieu ne reçoit" in html
    assert "jusqu’à 80 km" in html
    assert "116 117" in html


def test_closed_and_hidden_places_do_not_show(client, nieul):
    place(nieul, name="Fermé", status="closed")
    hidden = place(nieul, name="Caché")
    hidden.is_public = False
    hidden.save()
    html = text(search(client, commune="85161"))
    assert "Fermé" not in html
    assert "Caché" not in html


def test_statements_do_not_grow_with_places(client, nieul):
    place(nieul, name="Un")
    search(client, commune="85161")
    with CaptureQueriesContext(connection) as one:
        search(client, commune="85161")
    for n in range(2, 5):
        place(nieul, name=f"Lieu {n}")
    with CaptureQueriesContext(connection) as four:
        search(client, commune="85161")
    assert len(four) == len(one)


def test_suggestions(client, nieul):
    response = client.get(reverse("public:suggestions"), {"q": "nieul"})
    assert response.status_code == 200
    assert 'role="option"' in text(response)
    assert "Nieul-le-Dolent" in text(response)
    assert 'role="option"' not in text(client.get(reverse("public:suggestions"), {"q": "n"}))
    assert "Aucune commune" in text(client.get(reverse("public:suggestions"), {"q": "xyzzy"}))


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_search_only_reads(client, method):
    assert getattr(client, method)(reverse("public:search")).status_code == 405


def test_home_shows_real_figures(client, nieul):
    site = place(nieul, name="Ici")
    Shift.objects.create(
        practice=site.practice, site=site, status="open", day=date(2026, 3, 10), half_day="morning",
        starts_at=NOW + timedelta(days=8), ends_at=NOW + timedelta(days=8, hours=3), created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    html = text(client.get("/"))
    assert "lieu de consultation ouvert" in html
    assert "demi-journées cherchent un médecin" in html
    assert "mar. 10 mars" in html
    assert 'href="tel:15"' in html


def test_home_of_an_empty_platform(client):
    response = client.get("/")
    assert response.status_code == 200
    assert "Votre commune" in text(response)
