"""Practitioners, teams, accounts: every rule and every refusal."""

from datetime import UTC, date, datetime

import pytest

from releve.contexts.accounts.enums import Capability
from releve.contexts.practitioners import queries, rules, services
from releve.contexts.practitioners.access import access_member, access_own_profile
from releve.contexts.practitioners.models import Practitioner, TeamMember
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.factories.accounts import make_staff, make_user
from tests.factories.practices import make_practice
from tests.factories.practitioners import make_member, make_practitioner, make_rpps
from tests.factories.territory import make_commune

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ALWAYS = {"by": SYSTEM, "now": NOW}
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "accepted"),
    [
        ({"status": "titulaire"}, False),
        ({"status": "replacement"}, False),
        ({"status": "replacement", "licence_ends_on": date(2026, 10, 31)}, True),
        ({"status": "retired"}, False),
        ({"status": "saspas_intern"}, True),
        ({"status": "assistant_doctor"}, True),
        ({"status": "employee", "profession": "asalee_nurse"}, True),
        ({"status": "employee", "profession": "doctor"}, False),
    ],
)
def test_a_doctor_has_an_rpps_unless_in_training(fields, accepted):
    if accepted:
        assert make_practitioner(rpps="", **fields).rpps is None
    else:
        with pytest.raises(Invalid) as refusal:
            make_practitioner(rpps="", **fields)
        assert refusal.value.field == "rpps"


def test_an_intern_is_a_doctor():
    with pytest.raises(Invalid) as refusal:
        make_practitioner(status="saspas_intern", profession="nurse")
    assert refusal.value.field == "status"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"family_name": " "}, "family_name"),
        ({"given_name": ""}, "given_name"),
        ({"rpps": "123"}, "rpps"),
        ({"profession": "mage"}, "profession"),
        ({"status": "mage"}, "status"),
        ({"rhythm_minutes": 25}, "rhythm_minutes"),
        ({"email": "claire"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"home_commune_code": "99999"}, "home_commune"),
    ],
)
def test_refusals_name_the_field_and_change_nothing(fields, field):
    person = make_practitioner(family_name="Martin")
    with pytest.raises(Invalid) as refusal:
        services.save_practitioner(practitioner_id=person.pk, **fields, **ALWAYS)
    assert refusal.value.field == field
    assert Practitioner.objects.get(pk=person.pk).family_name == "Martin"


def test_one_rpps_one_practitioner():
    rpps = make_rpps()
    make_practitioner(rpps=rpps)
    with pytest.raises(Conflict) as refusal:
        make_practitioner(rpps=f"8{rpps}")
    assert (refusal.value.code, refusal.value.field) == ("rpps-taken", "rpps")
    make_practitioner(rpps="", status="saspas_intern")
    make_practitioner(rpps="", status="saspas_intern")


def test_public_name_is_the_profession_when_the_name_is_kept():
    person = make_practitioner(given_name="Claire", family_name="Martin")
    assert person.public_name == "Dr Claire Martin"
    changed = services.save_practitioner_profile(practitioner_id=person.pk, name_is_public=False, **ALWAYS)
    assert changed.public_name == "Médecin"


def test_one_changes_ones_own_profile_but_not_status_nor_number():
    commune = make_commune()
    person = make_practitioner()
    changed = services.save_practitioner_profile(
        practitioner_id=person.pk, rhythm_minutes=30, home_commune_code=commune.code, **ALWAYS
    )
    assert (changed.rhythm_minutes, changed.home_commune_id) == (30, commune.code)
    cleared = services.save_practitioner_profile(practitioner_id=person.pk, home_commune_code="", **ALWAYS)
    assert cleared.home_commune_id is None
    with pytest.raises(TypeError):
        services.save_practitioner_profile(practitioner_id=person.pk, status="retired", **ALWAYS)


def test_membership_has_dates_and_is_renewed_not_doubled():
    practice, person = make_practice(), make_practitioner()
    make_member(practice, person, since=date(2026, 1, 1), until=date(2026, 1, 31))
    make_member(practice, person, since=date(2026, 3, 1))
    member = TeamMember.objects.get()
    assert (member.since, member.until) == (date(2026, 3, 1), None)
    services.end_membership(
        practice_id=practice.pk, practitioner_id=person.pk, until=date(2026, 3, 15), **ALWAYS
    )
    days = {
        day: queries.team_practitioners(practice.pk, day=date(2026, 3, day)).count() for day in (1, 15, 16)
    }
    assert days == {1: 1, 15: 1, 16: 0}
    assert queries.team_practitioners(practice.pk, day=date(2026, 2, 28)).count() == 0


def test_membership_refusals():
    practice, person = make_practice(), make_practitioner()
    with pytest.raises(Invalid):
        make_member(practice, person, since=date(2026, 3, 2), until=date(2026, 3, 1))
    with pytest.raises(NotFound):
        services.add_to_team(practice_id=practice.pk, practitioner_id=999, since=date(2026, 1, 1), **ALWAYS)
    with pytest.raises(NotFound):
        services.end_membership(
            practice_id=practice.pk, practitioner_id=person.pk, until=date(2026, 1, 1), **ALWAYS
        )
    make_member(practice, person, since=date(2026, 3, 2))
    with pytest.raises(Invalid):
        services.end_membership(
            practice_id=practice.pk, practitioner_id=person.pk, until=date(2026, 3, 1), **ALWAYS
        )


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [(2, None, True), (3, None, False), (1, 2, True), (1, 1, False)],
)
def test_is_active_includes_both_ends(since, until, expected):
    last = date(2026, 3, until) if until else None
    assert rules.is_active(date(2026, 3, since), last, date(2026, 3, 2)) is expected


def test_a_practice_changes_the_address_only_of_its_own_unlinked_people():
    here, there = make_practice(), make_practice()
    alone, shared = make_practitioner(practice=here), make_practitioner(practice=here)
    make_member(there, shared)
    linked = make_practitioner(practice=here, user_id=make_user().pk)

    def change(person):
        return services.save_practitioner(
            practitioner_id=person.pk, practice_id=here.pk, email="nouvelle@exemple.fr", **ALWAYS
        )

    assert change(alone).email == "nouvelle@exemple.fr"
    for person in (shared, linked):
        with pytest.raises(Forbidden) as refusal:
            change(person)
        assert refusal.value.field == "email"
        assert Practitioner.objects.get(pk=person.pk).email == ""


def test_an_account_is_given_once():
    person, other, user = make_practitioner(), make_practitioner(), make_user()
    services.link_account(practitioner_id=person.pk, user_id=user.pk, **ALWAYS)
    services.link_account(practitioner_id=person.pk, user_id=user.pk, **ALWAYS)
    assert access_own_profile(user).pk == person.pk
    with pytest.raises(Conflict):
        services.link_account(practitioner_id=person.pk, user_id=make_user().pk, **ALWAYS)
    with pytest.raises(Conflict):
        services.link_account(practitioner_id=other.pk, user_id=user.pk, **ALWAYS)


def test_an_account_without_practitioner_has_no_profile():
    with pytest.raises(NotFound):
        access_own_profile(make_user())


def test_search_of_people_known_elsewhere():
    here = make_practice()
    rpps = make_rpps()
    person = make_practitioner(given_name="Inès", family_name="Duval", rpps=rpps)
    make_practitioner(practice=here, given_name="Inès", family_name="Duvalier")

    def found(text):
        return [p.pk for p in queries.search_practitioners(text, outside_practice_id=here.pk)]

    assert found("duval") == found("inès duv") == found(rpps) == [person.pk]
    assert found("du") == found("") == found("12345678901") == []


def test_access_to_a_member():
    here, there = make_practice(), make_practice()
    person = make_practitioner(practice=here)
    lead = make_staff("project_lead", practice=here)
    outsider = make_staff("project_lead", practice=there)
    doctor = make_staff("practitioner", practice=here)
    assert access_member(lead, here, person.pk, Capability.PRACTICE_SETTINGS).practitioner == person
    with pytest.raises(NotFound):
        access_member(outsider, here, person.pk, Capability.PRACTICE_SETTINGS)
    with pytest.raises(NotFound):
        access_member(outsider, there, person.pk, Capability.PRACTICE_SETTINGS)
    with pytest.raises(Forbidden):
        access_member(doctor, here, person.pk, Capability.PRACTICE_SETTINGS)


def test_the_team_costs_one_statement(django_assert_num_queries):
    practice = make_practice()
    for _ in range(3):
        make_practitioner(practice=practice, home_commune_code=make_commune().code)
    with django_assert_num_queries(1):
        names = [
            (m.practitioner.display_name, m.practitioner.user, m.practitioner.home_commune)
            for m in queries.list_team(practice.pk, day=date(2026, 3, 2))
        ]
    assert len(names) == 3
