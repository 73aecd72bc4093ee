"""Practices, sites, rooms, equipment, closures: every rule and every refusal."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from django.db.models import ProtectedError

from releve.contexts.practices import queries, services
from releve.contexts.practices.models import Practice, Room, Site, SiteClosure
from releve.contexts.practices.rules import DEFAULT_CARE_TEAM_NOTICE
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.errors import Conflict, Invalid, NotFound
from releve.kernel.models import AuditEvent
from tests.factories.accounts import make_user
from tests.factories.practices import make_practice, make_room, make_site
from tests.factories.territory import make_commune, make_departement

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ALWAYS = {"by": SYSTEM, "now": NOW}
pytestmark = pytest.mark.django_db


class TestPractice:
    def test_a_new_practice_is_in_preparation_with_the_default_notice(self):
        practice = services.create_practice(name="  Cabinet   de Nieul-le-Dolent ", **ALWAYS)
        assert (practice.name, practice.slug) == ("Cabinet de Nieul-le-Dolent", "cabinet-de-nieul-le-dolent")
        assert practice.status == "preparing"
        assert practice.care_team_notice == DEFAULT_CARE_TEAM_NOTICE
        assert "déclaration" in DEFAULT_CARE_TEAM_NOTICE
        assert AuditEvent.objects.filter(action="practice.created", practice_id=practice.pk).count() == 1

    def test_slugs_are_unique_stable_and_never_a_word_of_the_addresses(self):
        slugs = [services.create_practice(name="Cabinet éphémère", **ALWAYS).slug for _ in range(3)]
        assert slugs == ["cabinet-ephemere", "cabinet-ephemere-2", "cabinet-ephemere-3"]
        practice = Practice.objects.get(slug="cabinet-ephemere")
        services.save_practice(practice_id=practice.pk, name="Autre nom", **ALWAYS)
        assert Practice.objects.get(pk=practice.pk).slug == "cabinet-ephemere"
        assert services.create_practice(name="Jour", **ALWAYS).slug == "jour-2"
        assert services.create_practice(name="！？", **ALWAYS).slug == "lieu"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": "  "}, "name"),
            ({"name": "x" * 121}, "name"),
            ({"phone": "123"}, "phone"),
            ({"email": "nieul"}, "email"),
            ({"booking_horizon_days": 0}, "booking_horizon_days"),
            ({"booking_horizon_days": 366}, "booking_horizon_days"),
            ({"cancel_notice_hours": -1}, "cancel_notice_hours"),
            ({"opened_on": date(2026, 5, 1), "planned_end_on": date(2026, 4, 30)}, "planned_end_on"),
            ({"presentation": "x" * 2001}, "presentation"),
        ],
    )
    def test_refusals_name_the_field_and_change_nothing(self, fields, field):
        practice = make_practice(name="Avant")
        with pytest.raises(Invalid) as refusal:
            services.save_practice(practice_id=practice.pk, **fields, **ALWAYS)
        assert refusal.value.field == field
        assert Practice.objects.get(pk=practice.pk).name == "Avant"

    def test_unknown_fields_are_a_programming_error(self):
        with pytest.raises(TypeError):
            services.save_practice(practice_id=make_practice().pk, slug="autre", **ALWAYS)

    def test_second_of_two_writers_is_told_who_and_when(self):
        practice = make_practice()
        helene = make_user("Hélène Porteau")
        services.save_practice(
            practice_id=practice.pk,
            expected_version=practice.version,
            name="Nouveau",
            by=Actor.user(helene),
            now=NOW,
        )
        with pytest.raises(Conflict) as refusal:
            services.save_practice(
                practice_id=practice.pk, expected_version=practice.version, name="Perdu", **ALWAYS
            )
        assert refusal.value.code == "changed-since"
        assert "Hélène Porteau" in refusal.value.message
        assert "02/03/2026 à 09 h 00" in refusal.value.message
        assert Practice.objects.get(pk=practice.pk).name == "Nouveau"

    def test_saving_the_same_words_is_not_a_change(self):
        practice = make_practice()
        services.save_practice(practice_id=practice.pk, name=practice.name, **ALWAYS)
        assert Practice.objects.get(pk=practice.pk).version == 1

    def test_opening_needs_a_site_and_dates_itself(self):
        practice = services.create_practice(name="Essai", **ALWAYS)
        with pytest.raises(Invalid):
            services.set_practice_status(practice_id=practice.pk, status="open", **ALWAYS)
        make_site(practice)
        opened = services.set_practice_status(practice_id=practice.pk, status="open", **ALWAYS)
        assert (opened.status, opened.opened_on) == ("open", date(2026, 3, 2))
        with pytest.raises(Invalid):
            services.set_practice_status(practice_id=practice.pk, status="ailleurs", **ALWAYS)

    @pytest.mark.parametrize("service", [services.save_practice, services.set_practice_status])
    def test_unknown_practice(self, service):
        extra = {"status": "open"} if service is services.set_practice_status else {"name": "x"}
        with pytest.raises(NotFound):
            service(practice_id=999, **extra, **ALWAYS)


class TestSite:
    def test_a_site_starts_at_the_town_hall_in_the_zone_of_its_departement(self):
        reunion = make_departement("974", name="La Réunion", region_code="04", time_zone="Indian/Reunion")
        cilaos = make_commune(
            "97424", name="Cilaos", departement=reunion, lat=-21.13, lon=55.47, postal_codes="97413|97414"
        )
        site = services.add_site(
            practice_id=make_practice().pk,
            name="Maison de santé",
            kind="health_house",
            commune_code=cilaos.code,
            address="1 rue",
            phone="0262 12 34 56",
            **ALWAYS,
        )
        assert (site.lat, site.lon, site.time_zone) == (-21.13, 55.47, "Indian/Reunion")
        assert (site.postal_code, site.phone) == ("97413", "+262262123456")
        assert site.slug == "maison-de-sante"

    def test_two_places_of_the_same_name_get_their_commune_then_a_number(self):
        practice = make_practice()
        slugs = [make_site(practice, name="Mairie").slug for _ in range(3)]
        assert slugs == ["mairie", "mairie-nieul-le-dolent", "mairie-2"]

    def test_moving_to_another_commune_moves_point_and_zone_unless_told(self):
        site = make_site(lat=46.0, lon=-1.0)
        other = make_commune("85223", name="Sainte-Flaive", lat=46.6, lon=-1.6)
        moved = services.save_site(site_id=site.pk, commune_code=other.code, **ALWAYS)
        assert (moved.lat, moved.lon, moved.slug) == (46.6, -1.6, site.slug)
        placed = services.save_site(site_id=site.pk, lat=46.61, lon=-1.61, **ALWAYS)
        assert (placed.lat, placed.commune_id) == (46.61, other.code)
        renamed = services.save_site(site_id=site.pk, name="Autre", **ALWAYS)
        assert (renamed.lat, renamed.lon) == (46.61, -1.61)

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": ""}, "name"),
            ({"kind": "château"}, "kind"),
            ({"postal_code": "8543"}, "postal_code"),
            ({"postal_code": "8543O"}, "postal_code"),
            ({"lat": 91.0, "lon": 0.0}, "lat"),
            ({"lat": 46.0, "lon": -181.0}, "lon"),
            ({"lat": 46.0}, "lat"),
            ({"lon": -1.0}, "lat"),
            ({"lat": float("nan"), "lon": 0.0}, "lat"),
            ({"time_zone": "Europe/Nieul"}, "time_zone"),
            ({"finess": "12345"}, "finess"),
            ({"siret": "73282932000079"}, "siret"),
            ({"closed_weekdays": [7]}, "closed_weekdays"),
            ({"closed_weekdays": ["x"]}, "closed_weekdays"),
            ({"closed_weekdays": range(7)}, "closed_weekdays"),
            ({"commune_code": "99999"}, "commune"),
        ],
    )
    def test_refusals(self, fields, field):
        site = make_site()
        with pytest.raises(Invalid) as refusal:
            services.save_site(site_id=site.pk, **fields, **ALWAYS)
        assert refusal.value.field == field
        assert Site.objects.get(pk=site.pk).version == 1

    def test_a_commune_without_a_point_asks_for_one(self):
        nowhere = make_commune("85999", name="Perdue", lat=None, lon=None)
        with pytest.raises(Invalid) as refusal:
            make_site(commune=nowhere)
        assert refusal.value.code == "point-missing"
        assert make_site(commune=nowhere, lat=46.0, lon=-1.0).lat == 46.0

    def test_identifiers_are_kept_compact_and_a_doubtful_finess_is_kept(self):
        site = make_site(finess="85 000 12 34", siret="732 829 320 00074")
        assert (site.finess, site.siret) == ("850001234", "73282932000074")

    def test_stale_form_is_refused(self):
        site = make_site()
        services.save_site(site_id=site.pk, expected_version=1, name="Premier", **ALWAYS)
        with pytest.raises(Conflict):
            services.save_site(site_id=site.pk, expected_version=1, name="Second", **ALWAYS)
        assert Site.objects.get(pk=site.pk).name == "Premier"

    def test_unknown_practice_or_site(self):
        with pytest.raises(NotFound):
            services.save_site(site_id=999, name="x", **ALWAYS)
        with pytest.raises(NotFound):
            services.add_site(practice_id=999, name="x", kind="municipal", commune_code="85161", **ALWAYS)


class TestRoomsAndEquipment:
    def test_two_rooms_of_one_name(self):
        site = make_site(rooms=0)
        make_room(site, name="Salle 1")
        with pytest.raises(Conflict) as refusal:
            services.add_room(site_id=site.pk, name=" Salle  1 ", **ALWAYS)
        assert refusal.value.code == "room-exists"
        other = make_room(site, name="Salle 2")
        with pytest.raises(Conflict):
            services.rename_room(room_id=other.pk, name="Salle 1", **ALWAYS)
        assert services.rename_room(room_id=other.pk, name="Salle verte", **ALWAYS).name == "Salle verte"
        make_room(make_site(rooms=0), name="Salle 1")

    def test_a_room_is_removed_unless_shifts_took_place_in_it(self, monkeypatch):
        room = make_room(make_site(rooms=0))
        services.remove_room(room_id=room.pk, **ALWAYS)
        assert not Room.objects.exists()
        used = make_room(make_site(rooms=0))

        def protected(self, *args, **kwargs):
            raise ProtectedError("used", set())

        monkeypatch.setattr(Room, "delete", protected)
        with pytest.raises(Conflict) as refusal:
            services.remove_room(room_id=used.pk, **ALWAYS)
        assert refusal.value.code == "room-used"

    def test_refusals(self):
        site = make_site(rooms=0)
        with pytest.raises(Invalid):
            services.add_room(site_id=site.pk, name=" ", **ALWAYS)
        with pytest.raises(NotFound):
            services.add_room(site_id=999, name="Salle", **ALWAYS)
        with pytest.raises(NotFound):
            services.rename_room(room_id=999, name="Salle", **ALWAYS)
        with pytest.raises(NotFound):
            queries.get_room(make_site(rooms=0), make_room(site).pk)

    def test_equipment_is_replaced_as_a_whole(self):
        site = make_site()
        services.set_equipment(site_id=site.pk, kinds={"ecg": " 12 pistes ", "printer": ""}, **ALWAYS)
        kept = services.set_equipment(site_id=site.pk, kinds={"ecg": "12 pistes"}, **ALWAYS)
        assert [(item.kind, item.note) for item in kept] == [("ecg", "12 pistes")]
        with pytest.raises(Invalid):
            services.set_equipment(site_id=site.pk, kinds={"scanner": ""}, **ALWAYS)
        assert queries.list_equipment(site.pk).count() == 1


class TestClosures:
    def close(self, site, first, last, **fields):
        return services.add_closure(site_id=site.pk, first_day=first, last_day=last, **fields, **ALWAYS)

    def test_a_closure_says_why_the_place_is_closed(self):
        site = make_site(closed_weekdays=[3], planned_end_on=date(2026, 12, 31))
        self.close(site, date(2026, 4, 6), date(2026, 4, 8), reason="Pont")
        assert queries.closed_on(site, date(2026, 4, 7)) == (
            "Ce lieu est fermé du 06/04/2026 au 08/04/2026 (Pont)."
        )
        assert queries.closed_on(site, date(2026, 4, 9)) == "Ce lieu est fermé le jeudi."
        assert queries.closed_on(site, date(2026, 4, 10)) is None
        assert "définitivement" in queries.closed_on(site, date(2027, 1, 1))

    @pytest.mark.parametrize(
        ("first", "last", "code"),
        [
            (date(2026, 4, 8), date(2026, 4, 6), "closure-reversed"),
            (date(2026, 2, 1), date(2026, 3, 1), "closure-past"),
            (date(2026, 4, 1), date(2027, 5, 1), "closure-too-long"),
        ],
    )
    def test_impossible_closures(self, first, last, code):
        with pytest.raises(Invalid) as refusal:
            self.close(make_site(), first, last)
        assert refusal.value.code == code
        assert not SiteClosure.objects.exists()

    def test_overlapping_closures_are_refused_with_the_dates(self):
        site = make_site()
        self.close(site, date(2026, 4, 6), date(2026, 4, 8))
        with pytest.raises(Conflict) as refusal:
            self.close(site, date(2026, 4, 8), date(2026, 4, 10))
        assert "06/04/2026" in refusal.value.message
        self.close(make_site(site.practice), date(2026, 4, 8), date(2026, 4, 10))
        self.close(site, date(2026, 4, 9), date(2026, 4, 9))

    def test_removing_opens_again(self):
        site = make_site()
        closure = self.close(site, date(2026, 4, 6), date(2026, 4, 8))
        services.remove_closure(closure_id=closure.pk, **ALWAYS)
        assert queries.closed_on(site, date(2026, 4, 7)) is None
        with pytest.raises(NotFound):
            services.remove_closure(closure_id=closure.pk, **ALWAYS)
        with pytest.raises(NotFound):
            queries.get_closure(make_site(), closure.pk)


def test_the_list_of_sites_costs_the_same_for_one_and_three(django_assert_num_queries):
    practice = make_practice()
    for _ in range(2):
        make_site(practice)
        with django_assert_num_queries(3):
            for site in queries.list_sites(practice.pk):
                list(site.rooms.all()), list(site.equipment.all()), site.commune.name
        make_site(practice)


def test_a_refusal_leaves_the_surrounding_transaction_usable():
    site = make_site(rooms=0)
    with transaction.atomic():
        make_room(site, name="Salle 1")
        with pytest.raises(Conflict):
            services.add_room(site_id=site.pk, name="Salle 1", **ALWAYS)
        make_room(site, name="Salle 2")
    assert Room.objects.count() == 2
