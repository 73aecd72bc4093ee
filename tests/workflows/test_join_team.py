"""From the invitation of a member to the account that is theirs."""

from datetime import UTC, datetime

import pytest

from releve.contexts.accounts import services as accounts
from releve.contexts.accounts.models import Invitation
from releve.contexts.practitioners import queries
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from releve.workflows.join_team import accept_and_join, invite_member, link_practitioner
from tests.factories.accounts import PASSWORD, make_staff, make_user
from tests.factories.practices import make_practice
from tests.factories.practitioners import make_practitioner

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def practice():
    return make_practice()


@pytest.fixture
def lead(practice):
    return Actor.user(make_staff("project_lead", practice=practice))


def invite(practice, person, by):
    return invite_member(practice_id=practice.pk, practitioner_id=person.pk, by=by, now=NOW)


@pytest.mark.parametrize(
    ("fields", "role"),
    [
        ({}, "practitioner"),
        ({"profession": "asalee_nurse", "status": "employee", "rpps": ""}, "practitioner"),
        ({"profession": "pharmacist", "status": "employee", "rpps": ""}, "paramedical"),
    ],
)
def test_the_role_follows_the_profession(practice, lead, fields, role):
    person = make_practitioner(practice=practice, email="claire@exemple.fr", **fields)
    assert invite(practice, person, lead) == "claire@exemple.fr"
    assert Invitation.objects.get().role == role


def test_refusals(practice, lead):
    without_mail = make_practitioner(practice=practice)
    with pytest.raises(Invalid) as refusal:
        invite(practice, without_mail, lead)
    assert refusal.value.field == "email"
    linked = make_practitioner(practice=practice, email="a@exemple.fr", user_id=make_user().pk)
    with pytest.raises(Conflict):
        invite(practice, linked, lead)
    with pytest.raises(NotFound):
        invite(practice, make_practitioner(email="b@exemple.fr"), lead)
    secretary = Actor.user(make_staff("secretary", practice=practice))
    with pytest.raises(Forbidden):
        invite(practice, make_practitioner(practice=practice, email="c@exemple.fr"), secretary)
    assert not Invitation.objects.exists()


def test_accepting_links_the_sheet(practice, lead):
    person = make_practitioner(practice=practice, email="claire@exemple.fr")
    invited = accounts.invite_person(
        email="claire@exemple.fr",
        role="practitioner",
        scope_kind="practice",
        scope_ref=str(practice.pk),
        by=lead,
        now=NOW,
    )
    user = accept_and_join(token=invited.token, full_name="Claire Martin", password=PASSWORD, now=NOW)
    assert queries.practitioner_of(user).pk == person.pk


def test_nothing_is_linked_when_nobody_can_tell(practice):
    user = make_user(email="claire@exemple.fr")
    assert link_practitioner(practice_id=practice.pk, user=user, now=NOW) is None
    make_practitioner(email="claire@exemple.fr")  # in no team of this practice
    assert link_practitioner(practice_id=practice.pk, user=user, now=NOW) is None
    first = make_practitioner(practice=practice, email="claire@exemple.fr")
    second = make_practitioner(practice=practice, email="claire@exemple.fr")
    assert link_practitioner(practice_id=practice.pk, user=user, now=NOW) is None
    assert first.user_id is None
    assert second.user_id is None


def test_a_person_has_one_sheet(practice):
    user = make_user(email="claire@exemple.fr")
    make_practitioner(user_id=user.pk)
    make_practitioner(practice=practice, email="claire@exemple.fr")
    assert link_practitioner(practice_id=practice.pk, user=user, now=NOW) is None
