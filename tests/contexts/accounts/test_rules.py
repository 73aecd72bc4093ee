"""What each role may do, and who may grant where."""

import pytest

from releve.contexts.accounts import rules
from releve.contexts.accounts.enums import Capability, Role, ScopeKind
from releve.contexts.accounts.passwords import CommonPasswordValidator, StrengthValidator, estimate_bits
from releve.contexts.accounts.rules import Grant

PATIENT_DATA = {Capability.PATIENTS_READ, Capability.DESK_VIEW, Capability.DESK_MANAGE}


@pytest.mark.parametrize("role", [Role.PROJECT_LEAD, Role.COORDINATOR, Role.ADMINISTRATOR, Role.PARAMEDICAL])
def test_only_care_roles_touch_patient_data(role):
    assert not rules.ROLE_CAPABILITIES[role] & PATIENT_DATA


def test_every_role_has_capabilities_and_scopes():
    assert set(rules.ROLE_CAPABILITIES) == set(Role) == set(rules.ROLE_SCOPE_KINDS)


def test_scopes_keep_only_those_that_give_the_capability():
    grants = (
        Grant(Role.SECRETARY, ScopeKind.PRACTICE, "1"),
        Grant(Role.PROJECT_LEAD, ScopeKind.PRACTICE, "2"),
        Grant(Role.COORDINATOR, ScopeKind.DEPARTEMENT, "85"),
    )
    assert rules.scopes_of(grants, Capability.PATIENTS_READ).practice_ids == {1}
    assert rules.scopes_of(grants, Capability.USERS_MANAGE).practice_ids == {2}
    assert rules.scopes_of(grants, Capability.ROSTER_VIEW).departement_codes == {"85"}
    assert rules.scopes_of(grants).practice_ids == {1, 2}
    assert not rules.scopes_of(grants, Capability.PRACTICE_CREATE)


@pytest.mark.parametrize(
    ("grant", "kind", "ref", "allowed"),
    [
        (Grant(Role.PROJECT_LEAD, ScopeKind.PRACTICE, "1"), ScopeKind.PRACTICE, "1", True),
        (Grant(Role.PROJECT_LEAD, ScopeKind.PRACTICE, "1"), ScopeKind.PRACTICE, "2", False),
        (Grant(Role.PROJECT_LEAD, ScopeKind.PRACTICE, "1"), ScopeKind.PLATFORM, "", False),
        (Grant(Role.PROJECT_LEAD, ScopeKind.PRACTICE, "85"), ScopeKind.DEPARTEMENT, "85", False),
        (Grant(Role.SECRETARY, ScopeKind.PRACTICE, "1"), ScopeKind.PRACTICE, "1", False),
        (Grant(Role.COORDINATOR, ScopeKind.PLATFORM), ScopeKind.PRACTICE, "1", False),
        (Grant(Role.ADMINISTRATOR, ScopeKind.PLATFORM), ScopeKind.PRACTICE, "1", True),
        (Grant(Role.ADMINISTRATOR, ScopeKind.PLATFORM), ScopeKind.PLATFORM, "", True),
    ],
)
def test_nobody_grants_above_their_own_scope(grant, kind, ref, allowed):
    assert rules.may_grant((grant,), scope_kind=kind, scope_ref=ref) is allowed


def test_without_any_role_nothing_is_granted():
    assert not rules.may_grant((), scope_kind=ScopeKind.PRACTICE, scope_ref="1")


# --- Passwords (CNIL 2022-100) --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "bits"),
    [
        ("", 0),
        ("aaaaaaaaaaaaaaaaaaaa", 5),
        ("abcdefghijklmnop", 5),
        ("123456789012", 4),
        ("azertyuiop", 5),
        ("xK9!xK9!xK9!", 27),
        ("chat chat chat chat chat", 12),
        ("chat velo lune riz", 48),
        ("chat velo lune riz pont", 60),
        ("kT7!vQ2z", 53),
    ],
)
def test_bits(password, bits):
    assert estimate_bits(password) == pytest.approx(bits, abs=1.1)


@pytest.mark.parametrize("password", ["kT7!vQ2z", "chat velo lune riz pont", "gUhRwTbKxLm"])
def test_strong_enough_with_throttling(password):
    StrengthValidator(50).validate(password)


@pytest.mark.parametrize("password", ["Court1!", "aaaaaaaaaaaaaaaa", "1234567890123456", "chat velo lune"])
def test_weak_passwords_are_refused_with_advice(password):
    with pytest.raises(Exception, match="trop facile à deviner"):
        StrengthValidator(50).validate(password)


@pytest.mark.parametrize(
    "password", ["Motdepasse2026!", "S0leil!!!!2024", "azerty-2026-!!", "Password123!!!", "M0td3p4ss3*"]
)
def test_disguised_common_passwords_are_refused(password):
    with pytest.raises(Exception, match="essaie en premier"):
        CommonPasswordValidator().validate(password)


def test_eighty_bits_asks_more():
    with pytest.raises(Exception, match="13 caractères"):
        StrengthValidator(80).validate("kT7!vQ2z")
