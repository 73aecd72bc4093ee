"""A pharmacist, a nurse, a town hall agent book for a patient, and see nothing of patients."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from releve.contexts.accounts.enums import Role
from releve.contexts.accounts.models import RoleAssignment
from releve.contexts.booking import services
from releve.contexts.booking.models import Appointment, Hold, Occupation
from releve.contexts.patients.models import Patient
from releve.kernel.audit import Actor
from releve.kernel.models import OutboxMessage
from tests.factories.accounts import grant, make_user
from tests.factories.booking import NOW, make_contact, make_identity, make_world
from tests.web.public.test_booking import PERSON, text

pytestmark = pytest.mark.django_db
HOME = "/partenaire/"


@pytest.fixture
def world():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def partner_of(world, name="Pharmacie du Bourg"):
    user = make_user(name)
    grant(user, Role.PARAMEDICAL, practice=world.practice)
    client = Client()
    client.force_login(user)
    client.person = user
    return client


@pytest.fixture
def partner(world):
    return partner_of(world)


def times(world, category="first_visit"):
    return f"{reverse('partner:book', args=[world.site.slug])}?motif={world.reasons[category].pk}"


def take(partner, world, hour=9):
    response = partner.post(times(world), {"horaire": world.at(hour).isoformat()})
    assert response.status_code == 302, text(response)
    return response["Location"]


def book(partner, world, hour=9, **person):
    response = partner.post(take(partner, world, hour), {**PERSON, **person})
    assert response.status_code == 302, text(response)
    return response["Location"].split("?")[0]


def test_home_shows_linked_places_only(world, partner):
    other = make_world("ailleurs")
    html = text(partner.get(HOME))
    assert "Un cabinet vous a invité·e" in html
    assert world.site.slug in html
    assert other.site.slug not in html


def test_a_partner_sees_reasons_open_to_partners(world, partner):
    html = text(partner.get(reverse("partner:book", args=[world.site.slug])))
    assert "ASALÉE" in html
    assert "jamais venu ici" in html


def test_booking_without_a_code_tells_the_patient(world, partner):
    slip = book(partner, world)
    appointment = Appointment.objects.get()
    assert (appointment.booked_by, appointment.booked_by_user) == ("partner", partner.person)
    assert set(OutboxMessage.objects.values_list("to", flat=True)) == {"+33639981234"}
    html = text(partner.get(slip))
    assert "P. D." in html
    assert "Durand" not in html
    assert "mercredi 4 mars 2026" in html
    assert "à écrire à la main" in html
    assert "Durand" not in text(partner.get(HOME))
    assert "P. D." in text(partner.get(HOME))


def test_a_patient_nobody_can_reach_gets_paper(world, partner):
    slip = book(partner, world, phone="", unreachable="on")
    appointment = Appointment.objects.get()
    assert (appointment.contact_phone, appointment.contact_email) == ("", "")
    assert not OutboxMessage.objects.exists()
    assert "remettez-lui ce papier" in text(partner.get(f"{slip}?fait=pris"))


@pytest.mark.parametrize(
    "change, words",
    [
        ({"phone": ""}, "cochez la case"),
        ({"unreachable": "on"}, "Décochez"),
        ({"family_name": ""}, "nom de naissance"),
        ({"birth_year": "2099"}, "futur"),
    ],
)
def test_errors_lose_nothing(world, partner, change, words):
    here = take(partner, world)
    response = partner.post(here, {**PERSON, **change})
    assert response.status_code == 422
    assert words in text(response)
    assert 'value="Paul"' in text(response)
    assert not Appointment.objects.exists()
    assert not Patient.objects.exists()


def test_double_submit_books_once(world, partner):
    here = take(partner, world)
    partner.post(here, PERSON)
    assert partner.post(here, PERSON).status_code == 410
    assert Appointment.objects.count() == 1


def test_expired_taken_and_impossible(world, partner):
    here = take(partner, world)
    taken = partner_of(world, "Mairie").post(times(world), {"horaire": world.at(9).isoformat()})
    assert taken.status_code == 409
    assert ">9 h 30</time>" in text(taken)
    assert partner.post(times(world), {"horaire": "2026-03-29T02:30"}).status_code == 422
    assert partner.get(f"{times(world)}&du=2020-01-01").status_code == 422
    assert partner.get(f"{reverse('partner:book', args=[world.site.slug])}?motif=999999").status_code == 404
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        assert partner.post(here, PERSON).status_code == 410
    assert not Appointment.objects.exists()


def test_changing_the_time_frees_it(world, partner):
    here = take(partner, world)
    assert partner.post(f"{here}rendre/")["Location"] == times(world)
    assert not Occupation.objects.exists()


def test_cancelling_ones_own(world, partner):
    slip = book(partner, world)
    assert "Annuler ce <span" in text(partner.get(f"{slip}annuler/"))
    response = partner.post(f"{slip}annuler/", follow=True)
    assert "Le patient en est prévenu" in text(response)
    assert Appointment.objects.get().cancelled_by == "partner"
    assert partner.post(f"{slip}annuler/").status_code == 410


def test_too_late_to_cancel(world, partner):
    slip = book(partner, world)
    with time_machine.travel(world.at(8), tick=False):
        partner.force_login(partner.person)
        response = partner.post(f"{slip}annuler/")
    assert response.status_code == 409
    assert "Appelez" in text(response)
    assert Appointment.objects.get().status == "booked"


def test_another_partners_booking_does_not_exist(world, partner):
    slip = book(partner_of(world, "Mairie"), world)
    for page in (slip, f"{slip}annuler/"):
        assert partner.get(page).status_code == 404
    assert partner.post(f"{slip}annuler/").status_code == 404
    assert "P. D." not in text(partner.get(HOME))


def test_a_partner_whose_role_was_withdrawn(world, partner):
    slip = book(partner, world)
    here = take(partner, world, 10)
    RoleAssignment.objects.all().delete()
    assert partner.get(HOME).status_code == 403
    assert partner.get(slip).status_code == 404
    assert partner.post(f"{slip}annuler/").status_code == 404
    assert partner.post(here, PERSON).status_code == 404
    assert Appointment.objects.get().status == "booked"


def test_the_reserved_time_of_another_practice(world, partner):
    other = make_world("ailleurs")
    placed = services.place_hold(
        site_id=other.site.pk, reason_id=other.reasons["first_visit"].pk, starts_at=other.at(9),
        by=Actor("patient"), now=NOW,
    )  # fmt: skip
    here = reverse("partner:hold", args=[placed.token])
    assert partner.get(here).status_code == 404
    assert partner.post(here, PERSON).status_code == 404
    assert partner.post(f"{here}rendre/").status_code == 404
    assert Hold.objects.count() == 1


def test_a_patients_move_is_not_for_a_partner(world, partner):
    booked = services.book_appointment(
        site_id=world.site.pk, reason_id=world.reasons["first_visit"].pk, starts_at=world.at(9),
        identity=make_identity(), contact=make_contact(), booked_by="patient", by=Actor("patient"), now=NOW,
    )  # fmt: skip
    placed = services.place_hold(
        site_id=world.site.pk, reason_id=world.reasons["first_visit"].pk, starts_at=world.at(10),
        moves_appointment=booked.appointment, by=Actor("patient"), now=NOW,
    )  # fmt: skip
    assert partner.post(reverse("partner:hold", args=[placed.token]), PERSON).status_code == 404
    assert Appointment.objects.get().starts_at == world.at(9)


def test_the_public_path_still_needs_a_code(world, partner):
    """A partner's kept time opened on the public page: no shortcut."""
    here = take(partner, world)
    token = here.rstrip("/").rsplit("/", 1)[1]
    public = Client()
    public.post(f"/reservation/{token}/", PERSON)
    assert public.post(f"/reservation/{token}/code/", {"code": "000000"}).status_code == 422
    assert not Appointment.objects.exists()


def test_query_count_does_not_grow(world, partner):
    def count():
        with CaptureQueriesContext(connection) as captured:
            assert partner.get(HOME).status_code == 200
        return len(captured)

    book(partner, world)
    few = count()
    for hour, name in ((10, "Anne"), (11, "Zoé")):
        book(partner, world, hour, given_name=name)
    assert count() == few
