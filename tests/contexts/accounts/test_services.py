"""People, roles and invitations: every rule, every refusal."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from releve.contexts.accounts import queries, services
from releve.contexts.accounts.enums import Role, ScopeKind
from releve.contexts.accounts.models import Invitation, RoleAssignment, User
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from releve.kernel.models import AuditEvent, OutboxMessage
from tests.factories.accounts import PASSWORD, grant, make_staff, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PRACTICE_1 = {"scope_kind": ScopeKind.PRACTICE, "scope_ref": "1"}
PRACTICE_2 = {"scope_kind": ScopeKind.PRACTICE, "scope_ref": "2"}


def make_lead(ref="1"):
    user = make_user("Paul Lead")
    grant(user, Role.PROJECT_LEAD, scope_kind=ScopeKind.PRACTICE, scope_ref=ref)
    return user


def invite(by, **fields):
    values = {"email": "Nadia@Exemple.fr", "role": Role.SECRETARY, **PRACTICE_1, **fields}
    return services.invite_person(**values, by=Actor.user(by), now=NOW)


# --- People ---------------------------------------------------------------------------------------------------


def test_create_user_normalises_and_records():
    user = services.create_user(
        email=" Nadia@Exemple.FR ", full_name=" Nadia  Petit ", password=PASSWORD, phone="06 39 98 12 34",
        by=SYSTEM, now=NOW,
    )  # fmt: skip
    assert (user.email, user.full_name, user.phone) == ("nadia@exemple.fr", "Nadia Petit", "+33639981234")
    assert user.check_password(PASSWORD)
    assert AuditEvent.objects.get().action == "user.created"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "pas une adresse"}, "email"),
        ({"full_name": "  "}, "full_name"),
        ({"full_name": "x" * 121}, "full_name"),
        ({"password": "1234"}, "password"),
        ({"phone": "12"}, "phone"),
    ],
)
def test_create_user_names_the_faulty_field(fields, field):
    values = {"email": "a@exemple.fr", "full_name": "A", "password": PASSWORD, **fields}
    with pytest.raises(Invalid) as refused:
        services.create_user(**values, by=SYSTEM, now=NOW)
    assert refused.value.field == field
    assert not User.objects.exists()


def test_one_account_per_address():
    services.create_user(email="a@exemple.fr", full_name="A", by=SYSTEM, now=NOW)
    with pytest.raises(Conflict):
        services.create_user(email="A@exemple.fr", full_name="B", by=SYSTEM, now=NOW)


# --- Roles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.PRACTITIONER])
def test_nobody_opens_patients_data_to_themselves(role):
    lead = make_lead()
    with pytest.raises(Forbidden) as refusal:
        services.grant_role(user_id=lead.pk, role=role, **PRACTICE_1, by=Actor.user(lead), now=NOW)
    assert refusal.value.code == "own-reading"
    with pytest.raises(Forbidden):
        invite(lead, email=lead.email.upper(), role=role)
    assert not Invitation.objects.exists()
    assert invite(lead, role=role).invitation.pk


def test_project_lead_grants_in_own_practice_only():
    lead, person = make_lead(), make_user()
    services.grant_role(user_id=person.pk, role=Role.SECRETARY, **PRACTICE_1, by=Actor.user(lead), now=NOW)
    assert queries.has_role(person, Role.SECRETARY)
    with pytest.raises(Forbidden):
        services.grant_role(
            user_id=person.pk, role=Role.SECRETARY, **PRACTICE_2, by=Actor.user(lead), now=NOW
        )
    with pytest.raises(Forbidden):
        services.grant_role(
            user_id=lead.pk, role=Role.ADMINISTRATOR, scope_kind="platform", by=Actor.user(lead), now=NOW
        )


def test_same_role_twice_is_a_conflict_and_changes_nothing():
    person = make_user()
    for _ in range(1):
        services.grant_role(user_id=person.pk, role=Role.SECRETARY, **PRACTICE_1, by=SYSTEM, now=NOW)
    with pytest.raises(Conflict):
        services.grant_role(user_id=person.pk, role=Role.SECRETARY, **PRACTICE_1, by=SYSTEM, now=NOW)
    assert RoleAssignment.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "kind", "ref"),
    [
        ("chief", "practice", "1"),
        ("secretary", "planet", "1"),
        ("secretary", "departement", "85"),
        ("administrator", "practice", "1"),
        ("coordinator", "practice", "1"),
        ("coordinator", "departement", ""),
        ("administrator", "platform", "1"),
        ("secretary", "practice", "abc"),
    ],
)
def test_impossible_roles_are_refused(role, kind, ref):
    with pytest.raises(Invalid):
        services.grant_role(
            user_id=make_user().pk, role=role, scope_kind=kind, scope_ref=ref, by=SYSTEM, now=NOW
        )


def test_revoked_role_is_gone_at_once():
    lead = make_lead()
    person = make_user()
    held = grant(person, Role.SECRETARY, **PRACTICE_1)
    services.revoke_role(assignment_id=held.pk, by=Actor.user(lead), now=NOW)
    assert not queries.user_scopes(User.objects.get(pk=person.pk))
    with pytest.raises(NotFound):
        services.revoke_role(assignment_id=held.pk, by=Actor.user(lead), now=NOW)


def test_lead_of_another_practice_cannot_revoke():
    held = grant(make_user(), Role.SECRETARY, **PRACTICE_1)
    with pytest.raises(Forbidden):
        services.revoke_role(assignment_id=held.pk, by=Actor.user(make_lead("2")), now=NOW)
    assert RoleAssignment.objects.filter(pk=held.pk).exists()


def test_last_administrator_stays():
    admin = make_staff(Role.ADMINISTRATOR)
    held = admin.assignments.get()
    with pytest.raises(Conflict):
        services.revoke_role(assignment_id=held.pk, by=Actor.user(admin), now=NOW)
    second = make_staff(Role.ADMINISTRATOR)
    services.revoke_role(assignment_id=held.pk, by=Actor.user(second), now=NOW)


def test_inactive_person_holds_nothing():
    user = make_staff(Role.ADMINISTRATOR, is_active=False)
    assert not queries.user_scopes(user)


# --- Invitations ----------------------------------------------------------------------------------------------


def test_invitation_goes_out_by_mail_and_only_its_fingerprint_is_kept():
    invited = invite(make_lead(), scope_label="Cabinet de Nieul")
    row = Invitation.objects.get()
    assert row.email == "nadia@exemple.fr"
    assert row.token_sha256 == services.fingerprint(invited.token)
    assert invited.token not in str(Invitation.objects.values())
    assert invited.token not in str(AuditEvent.objects.values())
    mail = OutboxMessage.objects.get()
    assert mail.to == "nadia@exemple.fr"
    assert f"/invitation/{invited.token}/" in mail.body
    assert "Cabinet de Nieul" in mail.body
    assert mail.useful_until == row.expires_at


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.PRACTITIONER, Role.PARAMEDICAL, Role.COORDINATOR])
def test_roles_without_users_manage_cannot_invite(role):
    user = make_user()
    kind = ScopeKind.DEPARTEMENT if role == Role.COORDINATOR else ScopeKind.PRACTICE
    grant(user, role, scope_kind=kind, scope_ref="1")
    with pytest.raises(Forbidden):
        invite(user)
    assert not OutboxMessage.objects.exists()


def test_invitation_elsewhere_or_above_is_refused():
    lead = make_lead()
    with pytest.raises(Forbidden):
        invite(lead, **PRACTICE_2)
    with pytest.raises(Forbidden):
        invite(lead, role=Role.ADMINISTRATOR, scope_kind="platform", scope_ref="")


def test_accepting_opens_the_account_with_the_role_once():
    token = invite(make_lead()).token
    user = services.accept_invitation(token=token, full_name="Nadia Petit", password=PASSWORD, now=NOW)
    assert user.check_password(PASSWORD)
    assert queries.user_scopes(user).practice_ids == {1}
    with pytest.raises(Gone):
        services.accept_invitation(token=token, full_name="X", password=PASSWORD, now=NOW)
    assert User.objects.filter(email="nadia@exemple.fr").count() == 1


def test_weak_password_keeps_the_invitation_usable():
    token = invite(make_lead()).token
    with pytest.raises(Invalid) as refused:
        services.accept_invitation(token=token, full_name="Nadia", password="azerty", now=NOW)
    assert refused.value.field == "password"
    services.accept_invitation(token=token, full_name="Nadia", password=PASSWORD, now=NOW)


def test_person_with_an_account_keeps_name_and_password():
    person = make_user("Nadia Petit", email="nadia@exemple.fr")
    services.accept_invitation(
        token=invite(make_lead()).token, full_name="Pirate", password="Autre-Nuage-88-Lent", now=NOW
    )
    person.refresh_from_db()
    assert person.full_name == "Nadia Petit"
    assert person.check_password(PASSWORD)
    assert queries.user_scopes(person).practice_ids == {1}


def test_forged_expired_revoked_replaced_links():
    lead = make_lead()
    with pytest.raises(NotFound):
        services.invitation_by_token(token="forge", now=NOW)
    first = invite(lead)
    second = invite(lead)
    with pytest.raises(Gone) as replaced:
        services.invitation_by_token(token=first.token, now=NOW)
    assert replaced.value.code == "invitation-revoked"
    with pytest.raises(Gone) as expired:
        services.accept_invitation(
            token=second.token, full_name="N", password=PASSWORD, now=NOW + timedelta(days=7)
        )
    assert expired.value.code == "invitation-expired"
    services.revoke_invitation(invitation_id=second.invitation.pk, by=Actor.user(lead), now=NOW)
    with pytest.raises(Gone):
        services.invitation_by_token(token=second.token, now=NOW)
    with pytest.raises(Conflict):
        services.revoke_invitation(invitation_id=second.invitation.pk, by=Actor.user(lead), now=NOW)


def test_invitation_dies_with_the_right_of_its_author():
    lead = make_lead()
    token = invite(lead).token
    lead.assignments.all().delete()
    with pytest.raises(Forbidden):
        services.accept_invitation(token=token, full_name="N", password=PASSWORD, now=NOW)
    assert not User.objects.filter(email="nadia@exemple.fr").exists()


def test_inviting_somebody_who_already_has_the_role():
    person = make_user(email="nadia@exemple.fr")
    grant(person, Role.SECRETARY, **PRACTICE_1)
    with pytest.raises(Conflict):
        invite(make_lead())


def test_mail_dates_are_readable_in_french():
    body = None
    invite(make_lead())
    body = OutboxMessage.objects.get().body
    assert re.search(r"09/03/2026 à 09\u00a0h\u00a000", body)


# --- Accounts -------------------------------------------------------------------------------------------------


def test_only_administration_closes_accounts_and_never_its_own():
    admin, person = make_staff(Role.ADMINISTRATOR), make_user()
    with pytest.raises(Forbidden):
        services.set_user_active(user_id=person.pk, active=False, by=Actor.user(make_lead()), now=NOW)
    with pytest.raises(Conflict):
        services.set_user_active(user_id=admin.pk, active=False, by=Actor.user(admin), now=NOW)
    services.set_user_active(user_id=person.pk, active=False, by=Actor.user(admin), now=NOW)
    assert not User.objects.get(pk=person.pk).is_active


def test_sessions_of_somebody_else_are_not_ended_by_a_colleague():
    person = make_user()
    with pytest.raises(Forbidden):
        services.end_sessions(user_id=person.pk, by=Actor.user(make_lead()), now=NOW)
    services.end_sessions(user_id=person.pk, by=Actor.user(person), now=NOW)
    person.refresh_from_db()
    assert person.sessions_ended_at == NOW


def test_roles_are_read_once_per_person(django_assert_num_queries):
    person = make_staff(Role.SECRETARY, practice=type("P", (), {"pk": 1}))
    with django_assert_num_queries(1):
        queries.user_scopes(person)
        queries.has_role(person, Role.SECRETARY)
