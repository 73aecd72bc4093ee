"""The first administrator, named from the command line, reaches a password by mail."""

import pytest

from releve.cli import main as cli_main
from releve.contexts.accounts.enums import Role, ScopeKind
from releve.contexts.accounts.models import RoleAssignment, User
from releve.kernel import clock
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict
from releve.kernel.models import OutboxMessage
from releve.workflows.appoint_administrator import appoint_administrator
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


def _appoint(email="premiere@exemple.fr"):
    return appoint_administrator(email=email, full_name="Ondine Roseau", by=SYSTEM, now=clock.now())


def test_account_and_role_are_created():
    user = _appoint(" Premiere@Exemple.fr ")
    assert user.email == "premiere@exemple.fr"
    assert not user.has_usable_password()
    held = RoleAssignment.objects.get(user=user)
    assert (held.role, held.scope_kind, held.scope_ref) == (Role.ADMINISTRATOR, ScopeKind.PLATFORM, "")


def test_an_account_that_exists_keeps_its_name():
    user = make_user(email="premiere@exemple.fr", full_name="Nom Gardé")
    assert _appoint() == user
    assert User.objects.get().full_name == "Nom Gardé"


def test_twice_is_refused_and_changes_nothing():
    _appoint()
    with pytest.raises(Conflict):
        _appoint()
    assert RoleAssignment.objects.count() == 1


def test_command_then_forgotten_password_sends_the_way_in(capsys, client):
    with pytest.raises(SystemExit) as stopped:
        cli_main.main(["admin", "premiere@exemple.fr", "--name", "Ondine Roseau"])
    assert stopped.value.code == 0
    assert "/compte/mot-de-passe/oublie/" in capsys.readouterr().err.replace("\n", "")
    client.post("/compte/mot-de-passe/oublie/", {"email": "premiere@exemple.fr"})
    mail = OutboxMessage.objects.get(to="premiere@exemple.fr")
    assert "/compte/mot-de-passe/" in mail.body


def test_command_refuses_an_address_that_is_not_one(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli_main.main(["admin", "pas une adresse", "--name", "Ondine Roseau"])
    assert stopped.value.code == 2
    assert not User.objects.exists()
