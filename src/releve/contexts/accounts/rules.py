"""What each role may do, on which kind of scope it is held, who may grant what. No query, no clock."""

from __future__ import annotations

from dataclasses import dataclass

from .enums import Capability, Role, ScopeKind

# Least privilege on health data: only the secretary and the practitioner read patients' sheets.
ROLE_CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.SECRETARY: frozenset(
        {
            Capability.DESK_VIEW,
            Capability.DESK_MANAGE,
            Capability.PATIENTS_READ,
            Capability.ROSTER_VIEW,
            Capability.ROSTER_MANAGE,
            Capability.PRACTICE_SETTINGS,
            Capability.MESSAGES_VIEW,
        }
    ),
    Role.PRACTITIONER: frozenset({Capability.DESK_VIEW, Capability.PATIENTS_READ, Capability.ROSTER_VIEW}),
    Role.PARAMEDICAL: frozenset({Capability.REFER_PATIENTS, Capability.ROSTER_VIEW}),
    Role.PROJECT_LEAD: frozenset(
        {
            Capability.ROSTER_VIEW,
            Capability.ROSTER_MANAGE,
            Capability.PRACTICE_SETTINGS,
            Capability.USERS_MANAGE,
        }
    ),
    Role.COORDINATOR: frozenset(
        {Capability.TERRITORY_VIEW, Capability.ROSTER_VIEW, Capability.ROSTER_MANAGE}
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Capability.PRACTICE_CREATE,
            Capability.PRACTICE_SETTINGS,
            Capability.ROSTER_VIEW,
            Capability.TERRITORY_VIEW,
            Capability.USERS_MANAGE,
            Capability.MESSAGES_VIEW,
        }
    ),
}

TERRITORY_KINDS: frozenset[ScopeKind] = frozenset({ScopeKind.EPCI, ScopeKind.DEPARTEMENT, ScopeKind.REGION})

ROLE_SCOPE_KINDS: dict[Role, frozenset[ScopeKind]] = {
    Role.SECRETARY: frozenset({ScopeKind.PRACTICE}),
    Role.PRACTITIONER: frozenset({ScopeKind.PRACTICE}),
    Role.PARAMEDICAL: frozenset({ScopeKind.PRACTICE}),
    Role.PROJECT_LEAD: frozenset({ScopeKind.PRACTICE}),
    Role.COORDINATOR: TERRITORY_KINDS | {ScopeKind.PLATFORM},
    Role.ADMINISTRATOR: frozenset({ScopeKind.PLATFORM}),
}


@dataclass(frozen=True)
class Grant:
    """A role held on a scope."""

    role: Role
    scope_kind: ScopeKind
    scope_ref: str = ""


@dataclass(frozen=True)
class Scopes:
    """Where a person holds something: everywhere, or on named practices and territories."""

    platform: bool = False
    practice_ids: frozenset[int] = frozenset()
    epci_codes: frozenset[str] = frozenset()
    departement_codes: frozenset[str] = frozenset()
    region_codes: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.platform or self.has_territory or bool(self.practice_ids)

    @property
    def has_territory(self) -> bool:
        return bool(self.epci_codes or self.departement_codes or self.region_codes)


def role_has(role: str, capability: Capability) -> bool:
    return capability in ROLE_CAPABILITIES[Role(role)]


def scopes_of(grants: tuple[Grant, ...], capability: Capability | None = None) -> Scopes:
    """The scopes on which `grants` give `capability` (None: any role at all)."""
    kept = [g for g in grants if capability is None or role_has(g.role, capability)]
    refs = {kind: frozenset(g.scope_ref for g in kept if g.scope_kind == kind) for kind in ScopeKind}
    return Scopes(
        platform=any(g.scope_kind == ScopeKind.PLATFORM for g in kept),
        practice_ids=frozenset(int(ref) for ref in refs[ScopeKind.PRACTICE]),
        epci_codes=refs[ScopeKind.EPCI],
        departement_codes=refs[ScopeKind.DEPARTEMENT],
        region_codes=refs[ScopeKind.REGION],
    )


def may_grant(granter: tuple[Grant, ...], *, scope_kind: str, scope_ref: str) -> bool:
    """Nobody grants above their own scope: users_manage on that very scope or on the platform."""
    holds = [g for g in granter if role_has(g.role, Capability.USERS_MANAGE)]
    return any(
        g.scope_kind == ScopeKind.PLATFORM or (g.scope_kind == scope_kind and g.scope_ref == scope_ref)
        for g in holds
    )
