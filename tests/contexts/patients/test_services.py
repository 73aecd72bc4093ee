"""One person, one row; two statements; corrections; the journal of readings."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from releve.contexts.accounts.enums import Capability
from releve.contexts.patients import services
from releve.contexts.patients.access import access_patient
from releve.contexts.patients.models import Patient
from releve.contexts.patients.queries import get_patient, search_patients
from releve.contexts.patients.rules import Contact, PatientIdentity
from releve.kernel.audit import PATIENT, SYSTEM
from releve.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from releve.kernel.models import AuditEvent
from tests.factories.accounts import make_staff, make_user
from tests.factories.patients import make_contact, make_identity, make_patient
from tests.factories.practices import make_practice

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def find(practice, identity, contact=None, **options):
    return services.find_or_create_patient(
        practice_id=practice.pk,
        identity=identity,
        contact=contact or make_contact(),
        by=PATIENT,
        now=NOW,
        **options,
    )


CLAIRE = PatientIdentity("Martin", "Claire", date(1950, 3, 12))


def test_a_new_patient_costs_two_statements_a_known_one_a_single_one(django_assert_num_queries):
    practice = make_practice()
    contact = make_contact()
    with django_assert_num_queries(2), transaction.atomic(savepoint=False):
        patient, created = find(practice, CLAIRE, contact)
    assert created
    assert patient.pk
    with django_assert_num_queries(1):
        again, created = find(practice, CLAIRE, contact)
    assert (again.pk, created) == (patient.pk, False)


def test_spelling_does_not_make_a_second_patient():
    practice = make_practice()
    first, _ = find(practice, PatientIdentity("d’Ornano-Lévêque", "Anne Marie", date(1961, 1, 2)))
    same, created = find(practice, PatientIdentity("D'ORNANO LEVEQUE", "anne-marie", date(1961, 1, 2)))
    assert (same.pk, created) == (first.pk, False)
    assert get_patient(practice.pk, first.pk).family_name == "d’Ornano-Lévêque"


def test_birth_date_and_practice_tell_homonyms_apart():
    here, there = make_practice(), make_practice()
    mother, _ = find(here, CLAIRE)
    daughter, created = find(here, PatientIdentity("Martin", "Claire", date(1980, 1, 1)))
    assert created
    assert daughter.pk != mother.pk
    elsewhere, created = find(there, CLAIRE)
    assert created
    assert elsewhere.pk != mother.pk


def test_without_birth_date_the_phone_tells_people_apart():
    practice = make_practice()
    unknown = PatientIdentity("Martin", "Claire", None)
    options = {"birth_date_required": False}
    first, _ = find(practice, unknown, Contact(phone="0639980001"), **options)
    same, created = find(practice, unknown, Contact(phone="06 39 98 00 01"), **options)
    assert (same.pk, created) == (first.pk, False)
    other, created = find(practice, unknown, Contact(phone="0639980002"), **options)
    assert created
    assert other.pk != first.pk


def test_without_birth_date_a_dated_patient_with_this_phone_is_the_same_person():
    practice = make_practice()
    dated, _ = find(practice, CLAIRE, Contact(phone="0639980001"))
    found, created = find(
        practice,
        PatientIdentity("Martin", "Claire", None),
        Contact(phone="0639980001"),
        birth_date_required=False,
    )
    assert (found.pk, created) == (dated.pk, False)


@pytest.mark.parametrize(
    ("identity", "contact", "field"),
    [
        (PatientIdentity("", "Claire", date(1950, 3, 12)), Contact(phone="0639980001"), "family_name"),
        (PatientIdentity("Martin", "", date(1950, 3, 12)), Contact(phone="0639980001"), "given_name"),
        (PatientIdentity("Martin", "Claire", None), Contact(phone="0639980001"), "birth_date"),
        (PatientIdentity("Martin", "Claire", date(2050, 3, 12)), Contact(phone="0639980001"), "birth_date"),
        (CLAIRE, Contact(), "phone"),
        (CLAIRE, Contact(phone="12"), "phone"),
        (CLAIRE, Contact(email="claire"), "email"),
    ],
)
def test_refusals_name_the_field_and_write_nothing(identity, contact, field):
    practice = make_practice()
    with pytest.raises(Invalid) as refusal:
        find(practice, identity, contact)
    assert refusal.value.field == field
    assert not Patient.objects.exists()


def test_a_refusal_leaves_the_surrounding_transaction_usable():
    practice = make_practice()
    with transaction.atomic():
        with pytest.raises(Invalid):
            find(practice, CLAIRE, Contact())
        _, created = find(practice, CLAIRE)
    assert created


def test_the_database_refuses_the_same_person_twice():
    patient = make_patient(birth_date=date(1950, 3, 12))
    patient.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        patient.save(force_insert=True)


def test_the_database_refuses_the_same_undated_person_twice():
    patient = make_patient(birth_date=None)
    patient.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        patient.save(force_insert=True)


def test_somebody_inserted_between_the_look_and_the_write_is_found(monkeypatch):
    """The race, made certain: the SELECT sees nobody, the INSERT meets the row."""
    practice = make_practice()
    winner, _ = find(practice, CLAIRE)
    monkeypatch.setattr(services, "_same_person", lambda *args: None)
    loser, _ = find(practice, CLAIRE)
    assert loser.pk == winner.pk
    undated = PatientIdentity("Martin", "Luc", None)
    first, _ = find(practice, undated, Contact(phone="0639980001"), birth_date_required=False)
    second, created = find(practice, undated, Contact(phone="0639980001"), birth_date_required=False)
    assert (second.pk, created) == (first.pk, False)


@pytest.mark.django_db(transaction=True)
def test_two_bookings_of_the_same_person_at_once_end_as_one_patient():
    practice = make_practice()
    start = threading.Barrier(6)
    found, failed = [], []

    def book():
        try:
            start.wait(10)
            found.append(find(practice, CLAIRE, Contact(phone="0639980001"))[0].pk)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=book) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed
    assert len(found) == 6
    assert len(set(found)) == 1
    assert Patient.objects.count() == 1


def test_a_known_patient_keeps_their_own_contact():
    practice = make_practice()
    patient, _ = find(practice, CLAIRE, Contact(phone="0639980001"))
    find(practice, CLAIRE, Contact(phone="0639980002", name="Paul Martin"))
    assert get_patient(practice.pk, patient.pk).phone == "+33639980001"


def correct(patient, **fields):
    identity = PatientIdentity(patient.family_name, patient.given_name, patient.birth_date, patient.sex)
    values = {"identity": identity, "contact": Contact(patient.phone, patient.email), **fields}
    return services.correct_identity(patient_id=patient.pk, by=SYSTEM, now=NOW, **values)


def test_a_correction_is_found_again_and_journaled_without_values():
    patient = make_patient(family_name="Martn")
    correct(patient, identity=PatientIdentity("Martin", "Claire", date(1950, 3, 13), used_name="Durand"))
    patient.refresh_from_db()
    assert patient.display_name == "DURAND Claire"
    assert [p.pk for p in search_patients(patient.practice_id, "durand cl")] == [patient.pk]
    event = AuditEvent.objects.get(action="patient.corrected")
    assert event.details == {"fields": ["birth_date", "family_name", "sex", "used_name"]}
    assert "Martin" not in str(event.details)


def test_an_unchanged_correction_writes_nothing():
    patient = make_patient()
    correct(patient)
    assert not AuditEvent.objects.filter(action="patient.corrected").exists()


def test_a_correction_that_meets_another_patient_is_refused_whole():
    practice = make_practice()
    make_patient(practice, family_name="Martin", given_name="Claire")
    patient = make_patient(practice, family_name="Martinez", given_name="Claire")
    with pytest.raises(Conflict) as refusal:
        correct(patient, identity=PatientIdentity("MARTIN", "claire", date(1950, 3, 12)))
    assert refusal.value.code == "patient-exists"
    patient.refresh_from_db()
    assert patient.family_name == "Martinez"


def test_a_correction_of_nobody():
    with pytest.raises(NotFound):
        services.correct_identity(
            patient_id=999, identity=make_identity(), contact=Contact(), by=SYSTEM, now=NOW
        )


def test_first_seen_keeps_the_first_day_and_can_be_forgotten():
    patient = make_patient()
    for day in (date(2026, 3, 2), date(2026, 3, 9)):
        services.set_first_seen(patient_id=patient.pk, day=day, by=SYSTEM, now=NOW)
    patient.refresh_from_db()
    assert patient.first_seen_on == date(2026, 3, 2)
    services.set_first_seen(patient_id=patient.pk, day=None, by=SYSTEM, now=NOW)
    patient.refresh_from_db()
    assert patient.first_seen_on is None


def test_search_by_any_part_accents_used_name_date_and_phone():
    practice = make_practice()
    zoe = make_patient(
        practice,
        family_name="de La Tour",
        given_name="Zoé",
        used_name="Lefèvre",
        birth_date=date(1950, 3, 12),
        contact=Contact(phone="0639981234"),
    )
    make_patient(practice, family_name="Martin", given_name="Claire", birth_date=date(1971, 5, 6))
    elsewhere = make_patient(family_name="de La Tour", given_name="Zoé")

    def found(text):
        return [patient.pk for patient in search_patients(practice.pk, text)]

    for text in ("tour zo", "ZOE", "latour"[2:], "lefevre", "lefev zo", "12/03/1950", "tour 12/03/1950"):
        assert found(text) == [zoe.pk], text
    for text in ("06 39 98 12 34", "0639981", "tour 0639"):
        assert found(text) == [zoe.pk], text
    for text in ("", "  ", "tour 01/01/2000", "xyz", "%", "06 39 98 99 99", "'; drop table"):
        assert found(text) == [], text
    assert elsewhere.pk not in found("tour")


def test_search_puts_beginnings_first_and_stops_at_the_limit():
    practice = make_practice()
    make_patient(practice, family_name="Lemartin", given_name="Paul")
    first = make_patient(practice, family_name="Martin", given_name="Paul")
    assert search_patients(practice.pk, "martin")[0].pk == first.pk
    assert len(search_patients(practice.pk, "martin", limit=1)) == 1


def test_search_statements_do_not_grow_with_rows(django_assert_max_num_queries):
    practice = make_practice()
    for _ in range(12):
        make_patient(practice)
    with django_assert_max_num_queries(2):
        assert len(search_patients(practice.pk, "essai")) == 10


class TestAccess:
    """Alice is a secretary here, Bob leads the project here, Charlie works elsewhere."""

    def test_a_secretary_reads_and_the_reading_is_journaled(self):
        patient = make_patient()
        alice = make_staff("secretary", practice=patient.practice)
        assert access_patient(alice, patient.pk, Capability.PATIENTS_READ, NOW).pk == patient.pk
        event = AuditEvent.objects.get(action="patient.read")
        assert (event.actor_id, event.target_id, event.practice_id) == (
            alice.pk,
            patient.pk,
            patient.practice_id,
        )

    def test_a_project_lead_of_the_practice_is_refused(self):
        patient = make_patient()
        bob = make_staff("project_lead", practice=patient.practice)
        with pytest.raises(Forbidden):
            access_patient(bob, patient.pk, Capability.PATIENTS_READ, NOW)
        assert not AuditEvent.objects.filter(action="patient.read").exists()

    @pytest.mark.parametrize("role", ["secretary", "practitioner"])
    def test_for_another_practice_the_patient_does_not_exist(self, role):
        patient = make_patient()
        charlie = make_staff(role, practice=make_practice())
        with pytest.raises(NotFound) as refusal:
            access_patient(charlie, patient.pk, Capability.PATIENTS_READ, NOW)
        assert refusal.value.message.startswith("Ce patient")

    def test_nobody_without_a_role_nor_an_unknown_patient(self):
        patient = make_patient()
        with pytest.raises(NotFound):
            access_patient(make_user(), patient.pk, Capability.PATIENTS_READ, NOW)
        alice = make_staff("secretary", practice=patient.practice)
        with pytest.raises(NotFound):
            access_patient(alice, patient.pk + 1, Capability.PATIENTS_READ, NOW)

    def test_an_administrator_reads_no_patient(self):
        patient = make_patient()
        with pytest.raises(Forbidden):
            access_patient(make_staff("administrator"), patient.pk, Capability.PATIENTS_READ, NOW)
