"""Reads: what a person may do and where, who has access to a scope, invitations."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator

from . import rules
from .enums import Capability, Role, ScopeKind
from .models import RoleAssignment
from .rules import Grant, Scopes


def user_grants(user: Any) -> tuple[Grant, ...]:
    """The roles `user` holds, read once per user object, so once per request. None for an inactive person."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return ()
    known: tuple[Grant, ...] | None = getattr(user, "_releve_grants", None)
    if known is None:
        rows = RoleAssignment.objects.filter(user_id=user.pk).order_by("pk")
        known = tuple(
            Grant(Role(role), ScopeKind(kind), ref)
            for role, kind, ref in rows.values_list("role", "scope_kind", "scope_ref")
        )
        user._releve_grants = known
    return known


def forget_grants(user: Any) -> None:
    """Drop what `user_grants` remembers on this object; services call it after a change."""
    user.__dict__.pop("_releve_grants", None)


def user_scopes(user: Any, capability: Capability | None = None) -> Scopes:
    """Where `user` holds `capability` (None: any role). Empty, so false, for an anonymous visitor."""
    return rules.scopes_of(user_grants(user), capability)


def has_capability(user: Any, capability: Capability) -> bool:
    """Whether `user` holds `capability` somewhere. To act on an object, ask its access function instead."""
    return bool(user_scopes(user, capability))


def has_role(user: Any, role: Role) -> bool:
    return any(grant.role == role for grant in user_grants(user))


def has_second_factor(user: Any) -> bool:
    """Whether `user` holds a passkey or a TOTP application (recovery codes alone are not a factor)."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists()


def second_factor_compulsory(user: Any, *, required: bool, demo: bool) -> bool:
    """Fictional people of the demonstration need none, and only there."""
    return required and not (demo and user.is_demo)


def lacks_second_factor(user: Any, *, required: bool, demo: bool) -> bool:
    """Whether `user` must set up a second factor before going on."""
    return second_factor_compulsory(user, required=required, demo=demo) and not has_second_factor(user)
