"""The settings as people use them: forms without JavaScript, errors on their fields, nothing typed is
lost."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from releve.contexts.accounts.models import Invitation
from releve.contexts.booking.models import VisitReason
from releve.contexts.practices import services
from releve.contexts.practices.models import Practice, Room, Site, SiteClosure
from releve.contexts.practitioners.models import Practitioner, TeamMember
from releve.contexts.rostering.models import CalendarFeed
from releve.kernel import clock
from releve.kernel.audit import SYSTEM
from tests.factories.accounts import make_staff
from tests.factories.practices import make_practice, make_room, make_site
from tests.factories.practitioners import make_practitioner, make_rpps
from tests.factories.rostering import make_shift, make_template_line
from tests.factories.territory import make_commune

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice():
    return make_practice(name="Cabinet de Nieul", status="preparing")


@pytest.fixture
def base(practice):
    return f"/secretariat/{practice.slug}/reglages/"


@pytest.fixture
def helene(client, practice):
    user = make_staff("project_lead", practice=practice, full_name="Hélène Porteau", is_demo=True)
    client.force_login(user)
    return user


def typed(response):
    """What the form of the page would send back, read from its HTML."""
    html = response.content.decode()
    return {
        **dict(
            re.findall(
                r'<input type="(?:text|hidden|number|tel|email|date)" name="(\w+)" value="([^"]*)"', html
            )
        ),
    }


class TestOverview:
    def test_what_is_missing_is_said_before_anything_exists(self, client, helene, base):
        page = client.get(base).content.decode()
        assert "Préparer l’ouverture" in page
        assert page.count("à faire avant d’ouvrir") == 6
        assert "/reglages/lieux/" in page

    def test_opening_is_refused_with_the_list_then_accepted(self, client, helene, base, practice):
        refused = client.post(f"{base}ouvrir/")
        assert refused.status_code == 422
        assert "Il manque" in refused.content.decode()
        assert Practice.objects.get(pk=practice.pk).status == "preparing"
        services.save_practice(practice_id=practice.pk, phone="0251079310", by=SYSTEM, now=clock.now())
        site = make_site(practice)
        client.post(f"{base}motifs/depart/")
        make_practitioner(practice=practice)
        make_template_line(site)
        assert client.post(f"{base}ouvrir/").status_code == 302
        assert Practice.objects.get(pk=practice.pk).status == "open"

    def test_closing_needs_a_planned_end_and_no_appointment_ahead(
        self, client, helene, base, practice, monkeypatch
    ):
        Practice.objects.filter(pk=practice.pk).update(status="open")
        refused = client.post(f"{base}fermer/")
        assert refused.status_code == 422
        assert "date de fin prévue" in refused.content.decode()
        end = clock.now().date() + timedelta(days=30)
        Practice.objects.filter(pk=practice.pk).update(planned_end_on=end)
        ahead = "releve.workflows.close_practice.booking.count_future_appointments"
        with monkeypatch.context() as patched:
            patched.setattr(ahead, lambda *args: 2)
            refused = client.post(f"{base}fermer/")
        assert refused.status_code == 409
        assert "2 rendez-vous à venir" in refused.content.decode()
        assert Practice.objects.get(pk=practice.pk).status == "open"
        assert client.post(f"{base}fermer/").status_code == 302
        assert Practice.objects.get(pk=practice.pk).status == "closed"


class TestPractice:
    def test_a_refusal_keeps_what_was_typed_and_names_the_field(self, client, helene, base, practice):
        data = {**typed(client.get(f"{base}cabinet/")), "name": "Mon cabinet", "phone": "12"}
        page = client.post(f"{base}cabinet/", data)
        html = page.content.decode()
        assert page.status_code == 422
        assert 'value="Mon cabinet"' in html
        assert 'aria-invalid="true"' in html
        assert 'href="#id_phone"' in html
        assert Practice.objects.get(pk=practice.pk).name == "Cabinet de Nieul"

    def test_two_people_edit_the_second_is_told_and_loses_nothing(self, client, helene, base, practice):
        first = typed(client.get(f"{base}cabinet/"))
        services.save_practice(practice_id=practice.pk, name="Entre-temps", by=SYSTEM, now=clock.now())
        page = client.post(f"{base}cabinet/", {**first, "name": "Ma version"})
        assert page.status_code == 409
        assert "a enregistré des changements" in page.content.decode()
        assert 'value="Ma version"' in page.content.decode()
        assert Practice.objects.get(pk=practice.pk).name == "Entre-temps"
        assert client.post(f"{base}cabinet/", typed(page)).status_code == 302
        assert Practice.objects.get(pk=practice.pk).name == "Ma version"

    def test_the_proposed_notice_can_be_taken_back(self, client, helene, base, practice):
        version = typed(client.get(f"{base}information-patients/"))["expected_version"]
        form = {"expected_version": version, "care_team_notice": "Nos médecins se relaient."}
        assert client.post(f"{base}information-patients/", form).status_code == 302
        assert Practice.objects.get(pk=practice.pk).care_team_notice == "Nos médecins se relaient."
        form = {"expected_version": int(version) + 1, "use_default": "1"}
        assert client.post(f"{base}information-patients/", form).status_code == 302
        assert "équipe médicale traitante" in Practice.objects.get(pk=practice.pk).care_team_notice


SITE = {
    "name": "Maison de santé",
    "kind": "health_house",
    "commune": "Nieul-le-Dolent",
    "address": "4 rue du Stade",
    "is_public": "on",
}


class TestSites:
    def test_a_site_is_placed_from_the_name_of_its_commune(self, client, helene, base):
        make_commune()
        answer = client.post(f"{base}lieux/nouveau/", SITE)
        assert answer["Location"] == f"{base}lieux/maison-de-sante/salles/"
        site = Site.objects.get()
        assert (site.commune_id, site.postal_code, site.lat) == ("85161", "85430", 46.5736)

    def test_several_communes_are_offered_and_the_rest_is_kept(self, client, helene, base):
        for code, name in (("85161", "Nieul-le-Dolent"), ("17264", "Nieul-sur-Mer")):
            make_commune(code, name=name)
        page = client.post(f"{base}lieux/nouveau/", {**SITE, "commune": "nieul"})
        html = page.content.decode()
        assert page.status_code == 422
        assert 'value="85161"' in html
        assert 'value="17264"' in html
        assert 'value="4 rue du Stade"' in html
        answer = client.post(f"{base}lieux/nouveau/", {**SITE, "commune": "nieul", "commune_code": "17264"})
        assert answer.status_code == 302
        assert Site.objects.get().commune_id == "17264"

    def test_unknown_commune_and_commune_out_of_the_list(self, client, helene, base):
        make_commune()
        page = client.post(f"{base}lieux/nouveau/", {**SITE, "commune": "Zzyzx"})
        assert "Aucune commune ne correspond" in page.content.decode()
        page = client.post(f"{base}lieux/nouveau/", {**SITE, "commune_code": "99999"})
        assert page.status_code == 422
        assert not Site.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [("lat", "100"), ("siret", "73282932000079"), ("finess", "12"), ("phone", "1"), ("kind", "x")],
    )
    def test_refusals_are_tied_to_their_field(self, client, helene, base, practice, field, value):
        site = make_site(practice)
        url = f"{base}lieux/{site.slug}/"
        data = {**SITE, "commune": "Nieul-le-Dolent (85430)", "lat": "46.6", "lon": "-1.5", field: value}
        page = client.post(url, data)
        assert page.status_code == 422
        assert f'href="#id_{field}"' in page.content.decode()
        assert Site.objects.get(pk=site.pk).version == 1

    def test_the_form_of_a_site_sent_back_unchanged_changes_nothing(self, client, helene, base, practice):
        site = make_site(practice)
        url = f"{base}lieux/{site.slug}/"
        data = {**typed(client.get(url)), "kind": site.kind, "is_public": "on"}
        assert data["lat"] == "46.5736"
        assert client.post(url, data).status_code == 302
        assert Site.objects.get(pk=site.pk).version == 1

    def test_a_doubtful_finess_is_saved_with_a_warning(self, client, helene, base, practice):
        site = make_site(practice)
        url = f"{base}lieux/{site.slug}/"
        data = {**typed(client.get(url)), "kind": site.kind, "finess": "850001235"}
        page = client.post(url, data, follow=True)
        assert Site.objects.get(pk=site.pk).finess == "850001235"
        assert "relisez-le" in page.content.decode()

    def test_another_practices_site_does_not_exist(self, client, helene, base):
        other = make_site()
        assert client.get(f"{base}lieux/{other.slug}/").status_code == 404
        assert client.post(f"{base}lieux/{other.slug}/salles/", {"name": "x"}).status_code == 404

    def test_contours_are_geojson(self, client, helene, base, practice):
        site = make_site(practice)
        answer = client.get(f"{base}lieux/{site.slug}/contours.json")
        assert answer["Content-Type"] == "application/geo+json"
        assert answer.json()["type"] == "FeatureCollection"


class TestRooms:
    def test_add_rename_remove(self, client, helene, base, practice):
        site = make_site(practice, rooms=0)
        url = f"{base}lieux/{site.slug}/salles/"
        assert client.post(url, {"name": "Salle 1"}).status_code == 302
        twice = client.post(url, {"name": "Salle 1"})
        assert twice.status_code == 409
        assert "déjà une salle" in twice.content.decode()
        room = Room.objects.get()
        assert client.post(f"{url}{room.pk}/", {"name": "Salle verte"}).status_code == 302
        assert "Salle verte" in client.get(url).content.decode()
        assert client.get(f"{url}{room.pk}/supprimer/").status_code == 405
        assert client.post(f"{url}{room.pk}/supprimer/").status_code == 302
        assert not Room.objects.exists()

    def test_a_room_of_another_site_does_not_exist_here(self, client, helene, base, practice):
        site, other = make_site(practice), make_site(practice)
        room = make_room(other)
        url = f"{base}lieux/{site.slug}/salles/{room.pk}/"
        assert client.post(url, {"name": "x"}).status_code == 404
        assert client.post(f"{url}supprimer/").status_code == 404

    def test_equipment(self, client, helene, base, practice):
        site = make_site(practice)
        url = f"{base}lieux/{site.slug}/materiel/"
        assert client.post(url, {"has_ecg": "on", "note_ecg": "12 pistes"}).status_code == 302
        assert "12 pistes" in client.get(url).content.decode()
        assert client.post(url, {}).status_code == 302
        assert "12 pistes" not in client.get(url).content.decode()


class TestClosures:
    def test_a_closure_counts_the_shifts_inside(self, client, helene, base, practice):
        site = make_site(practice)
        day = clock.now().date() + timedelta(days=20)
        make_shift(site, day=day)
        url = f"{base}lieux/{site.slug}/fermetures/"
        data = {"first_day": day.isoformat(), "last_day": day.isoformat(), "reason": "Pont"}
        page = client.post(url, data, follow=True).content.decode()
        assert "Vacations prévues pendant cette fermeture" in page
        assert "1 vacation encore prévue" in page
        refused = client.post(url, data)
        assert refused.status_code == 409
        assert f'value="{day.isoformat()}"' in refused.content.decode()
        closure = SiteClosure.objects.get()
        assert client.post(f"{url}{closure.pk}/supprimer/").status_code == 302
        assert not SiteClosure.objects.exists()

    def test_past_and_unreadable_days(self, client, helene, base, practice):
        url = f"{base}lieux/{make_site(practice).slug}/fermetures/"
        assert client.post(url, {"first_day": "2020-01-01", "last_day": "2020-01-02"}).status_code == 422
        assert client.post(url, {"first_day": "hier", "last_day": "2030-01-02"}).status_code == 422
        assert not SiteClosure.objects.exists()


class TestFeeds:
    def test_the_address_is_shown_once_and_can_be_closed(self, client, helene, base, practice):
        site = make_site(practice)
        url = f"{base}lieux/{site.slug}/calendriers/"
        page = client.post(url)
        assert re.search(r"/calendriers/[\w-]{20,}\.ics", page.content.decode())
        assert "no-store" in page["Cache-Control"]
        assert not re.search(r"/calendriers/[\w-]{20,}\.ics", client.get(url).content.decode())
        feed = CalendarFeed.objects.get()
        elsewhere = make_site(practice)
        assert client.post(f"{base}lieux/{elsewhere.slug}/calendriers/{feed.pk}/fermer/").status_code == 404
        assert client.post(f"{url}{feed.pk}/fermer/").status_code == 302
        feed.refresh_from_db()
        assert feed.revoked_at is not None


REASON = {
    "label": "Certificat",
    "category": "other",
    "duration_minutes": "20",
    "shift_kinds": ["consultation"],
    "patient_rule": "any",
    "bookable_by": "desk",
    "min_notice_minutes": "60",
    "position": "9",
    "is_active": "on",
}


class TestReasons:
    def test_starting_set_once(self, client, helene, base, practice):
        client.post(f"{base}motifs/depart/")
        count = VisitReason.objects.filter(practice=practice).count()
        assert count >= 5
        client.post(f"{base}motifs/depart/")
        assert VisitReason.objects.filter(practice=practice).count() == count
        assert "Première consultation" in client.get(f"{base}motifs/").content.decode()

    def test_create_change_and_withdraw(self, client, helene, base, practice):
        assert client.post(f"{base}motifs/nouveau/", REASON).status_code == 302
        reason = VisitReason.objects.get(practice=practice)
        url = f"{base}motifs/{reason.pk}/"
        changed = {k: v for k, v in REASON.items() if k != "is_active"} | {"duration_minutes": "30"}
        assert client.post(url, changed).status_code == 302
        reason.refresh_from_db()
        assert (reason.duration_minutes, reason.is_active) == (30, False)
        assert "Retiré" in client.get(f"{base}motifs/").content.decode()

    @pytest.mark.parametrize(
        ("field", "value"), [("duration_minutes", "7"), ("label", " "), ("shift_kinds", [])]
    )
    def test_refusals(self, client, helene, base, practice, field, value):
        page = client.post(f"{base}motifs/nouveau/", {**REASON, field: value})
        assert page.status_code == 422
        assert f"#id_{field}" in page.content.decode()
        assert not VisitReason.objects.filter(practice=practice).exists()

    def test_a_reason_of_another_practice(self, client, helene, base):
        other = make_practice()
        reason = VisitReason.objects.create(practice=other, label="x", category="other", duration_minutes=15)
        assert client.post(f"{base}motifs/{reason.pk}/", REASON).status_code == 404


def person_form(**fields):
    return {
        "title": "Dr",
        "given_name": "Claire",
        "family_name": "Martin",
        "profession": "doctor",
        "specialty": "Médecine générale",
        "status": "replacement",
        "rpps": make_rpps(),
        "rhythm_minutes": "20",
        "name_is_public": "on",
        "email": "claire@exemple.fr",
        "since": "2026-01-01",
        **fields,
    }


class TestTeam:
    def test_a_new_person_joins_both_or_nothing(self, client, helene, base, practice):
        page = client.post(f"{base}equipe/nouveau/", person_form(until="2025-01-01"))
        assert page.status_code == 422
        assert not Practitioner.objects.exists()
        assert client.post(f"{base}equipe/nouveau/", person_form()).status_code == 302
        assert TeamMember.objects.get().practice_id == practice.pk
        assert "Dr Claire Martin" in client.get(f"{base}equipe/").content.decode()

    def test_a_doctor_without_rpps_is_refused_on_the_field(self, client, helene, base):
        page = client.post(f"{base}equipe/nouveau/", person_form(rpps=""))
        assert page.status_code == 422
        assert "#id_rpps" in page.content.decode()

    def test_somebody_known_elsewhere_is_found_and_added(self, client, helene, base, practice):
        person = make_practitioner(given_name="Inès", family_name="Duval")
        assert "Dr Inès Duval" in client.get(f"{base}equipe/ajouter/?q=duval").content.decode()
        url = f"{base}equipe/ajouter/"
        data = {"practitioner": person.pk, "since": "2026-01-01"}
        assert client.post(url, data).status_code == 404
        assert client.post(f"{url}?q=duval", data).status_code == 302
        assert TeamMember.objects.get().practitioner_id == person.pk

    def test_dates_of_a_member(self, client, helene, base, practice):
        person = make_practitioner(practice=practice)
        url = f"{base}equipe/{person.pk}/dates/"
        assert client.post(url, {"since": "2026-03-01", "until": "2026-02-01"}).status_code == 422
        assert client.post(url, {"since": "2026-01-01", "until": "2026-02-01"}).status_code == 302
        assert "Partis" in client.get(f"{base}equipe/").content.decode()

    def test_a_member_of_another_team_does_not_exist_here(self, client, helene, base):
        person = make_practitioner(practice=make_practice())
        for suffix in ("", "dates/", "inviter/"):
            assert client.post(f"{base}equipe/{person.pk}/{suffix}", person_form()).status_code == 404

    def test_invitation_needs_an_address_and_the_right(self, client, helene, base, practice):
        person = make_practitioner(practice=practice)
        url = f"{base}equipe/{person.pk}/inviter/"
        page = client.post(url, follow=True)
        assert "adresse mail" in page.content.decode()
        assert not Invitation.objects.exists()
        Practitioner.objects.filter(pk=person.pk).update(email="claire@exemple.fr")
        client.post(url)
        assert Invitation.objects.get().email == "claire@exemple.fr"
        client.force_login(make_staff("secretary", practice=practice, is_demo=True))
        assert client.post(url).status_code == 403

    def test_the_list_costs_the_same_for_one_and_three(self, client, helene, base, practice):
        client.get(f"{base}equipe/")  # the first request of a session does more
        counts = []
        for added in (1, 2):
            for _ in range(added):
                make_practitioner(practice=practice)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(f"{base}equipe/").status_code == 200
            counts.append(len(captured))
        assert counts[0] == counts[1]


PAGES = ["", "cabinet/", "information-patients/", "lieux/", "motifs/", "equipe/", "equipe/nouveau/"]


@pytest.mark.parametrize("path", PAGES)
def test_a_coordinator_of_another_place_and_a_visitor_see_nothing(client, base, path):
    assert client.get(f"{base}{path}").status_code == 302
    client.force_login(make_staff("secretary", practice=make_practice(), is_demo=True))
    assert client.get(f"{base}{path}").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_reading_a_page_writes_nothing(client, helene, base, practice, path):
    make_site(practice)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"{base}{path}").status_code == 200
    writes = [
        q["sql"]
        for q in captured
        if q["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"} and "session" not in q["sql"]
    ]
    assert writes == []
