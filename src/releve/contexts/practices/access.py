"""The only road from a practice's or a site's slug to the object, for a given user.

A practice that none of the user's roles reaches does not exist for that user (404); one that is reached
without the capability asked for is refused (403). A territory reaches the practices having a site in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from releve.contexts.accounts import rules as account_rules
from releve.contexts.accounts.enums import Capability, ScopeKind
from releve.contexts.accounts.queries import user_grants, user_scopes
from releve.contexts.accounts.rules import Scopes
from releve.contexts.territory.models import Departement, Epci, Region
from releve.kernel.errors import Forbidden, NotFound

from .models import Practice, Site

PRACTICE_UNKNOWN = "Ce cabinet n’existe pas, ou vous n’y avez pas accès."
SITE_UNKNOWN = "Ce lieu n’existe pas, ou vous n’y avez pas accès."


def _territory_q(scopes: Scopes, prefix: str = "") -> Q:
    return (
        Q(**{f"{prefix}commune__epci__in": scopes.epci_codes})
        | Q(**{f"{prefix}commune__departement__in": scopes.departement_codes})
        | Q(**{f"{prefix}commune__departement__region__in": scopes.region_codes})
    )


def _in_scopes(scopes: Scopes) -> QuerySet[Practice]:
    if not scopes:
        return Practice.objects.none()
    if scopes.platform:
        return Practice.objects.all()
    reach = Q(pk__in=scopes.practice_ids)
    if scopes.has_territory:
        reach |= Q(pk__in=Site.objects.filter(_territory_q(scopes)).values("practice"))
    return Practice.objects.filter(reach)


def list_practices(user: Any, capability: Capability | None = None) -> QuerySet[Practice]:
    """The practices where `user` holds `capability` (None: any role), by name."""
    return _in_scopes(user_scopes(user, capability)).order_by("name", "pk")


def access_practice(user: Any, slug: str, capability: Capability) -> Practice:
    """The practice of this slug. NotFound when no role reaches it, Forbidden without the capability."""
    practice = _in_scopes(user_scopes(user)).filter(slug=slug).first()
    if practice is None:
        raise NotFound(PRACTICE_UNKNOWN)
    require_capability(user, practice, capability)
    return practice


def access_site(user: Any, practice_slug: str, site_slug: str, capability: Capability) -> Site:
    """The site of this slug in a practice that `user` reaches. Same refusals as `access_practice`."""
    practice = access_practice(user, practice_slug, capability)
    site = Site.objects.filter(practice=practice, slug=site_slug).first()
    if site is None:
        raise NotFound(SITE_UNKNOWN)
    site.practice = practice
    return site


def practice_capabilities(user: Any, practice: Practice) -> frozenset[Capability]:
    """Everything `user` may do in `practice`; empty when no role reaches it."""
    grants = user_grants(user)
    # Asking where a practice lies costs a query: only those who hold a territory pay it.
    held: set[Capability] = set()
    areas: set[tuple[str, str]] | None = None
    for grant in grants:
        if grant.scope_kind == ScopeKind.PLATFORM:
            reached = True
        elif grant.scope_kind == ScopeKind.PRACTICE:
            reached = grant.scope_ref == str(practice.pk)
        else:
            areas = _areas(practice) if areas is None else areas
            reached = (grant.scope_kind, grant.scope_ref) in areas
        if reached:
            held |= account_rules.ROLE_CAPABILITIES[grant.role]
    return frozenset(held)


def require_capability(user: Any, practice: Practice, capability: Capability) -> None:
    """For objects of a practice: NotFound when `user` does not reach it, Forbidden without `capability`."""
    grants = user_grants(user)
    if not grants:
        raise NotFound(PRACTICE_UNKNOWN)
    held = practice_capabilities(user, practice)
    if not held:
        raise NotFound(PRACTICE_UNKNOWN)
    if capability not in held:
        raise Forbidden(
            f"Votre rôle ne permet pas cette action : « {capability.label} ». "
            "La personne qui gère les accès de ce cabinet peut vous l’ouvrir.",
            details={"capability": capability.value},
        )


def describe_scopes(scopes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """French names of scopes given as (kind, ref), for lists of roles. An unknown scope is absent."""
    wanted: dict[str, set[str]] = {}
    for kind, ref in scopes:
        wanted.setdefault(str(kind), set()).add(ref)
    names: dict[tuple[str, str], str] = {}
    if ScopeKind.PLATFORM in wanted:
        names[(ScopeKind.PLATFORM.value, "")] = ScopeKind.PLATFORM.label
    ids = [int(ref) for ref in wanted.get(ScopeKind.PRACTICE, ()) if ref.isdecimal()]
    if ids:
        for pk, name in Practice.objects.filter(pk__in=ids).values_list("pk", "name"):
            names[(ScopeKind.PRACTICE.value, str(pk))] = name
    for kind, model in (
        (ScopeKind.EPCI, Epci),
        (ScopeKind.DEPARTEMENT, Departement),
        (ScopeKind.REGION, Region),
    ):
        if kind in wanted:
            rows = model.objects.filter(pk__in=wanted[kind]).values_list("pk", "name")
            names |= {(kind.value, str(code)): name for code, name in rows}
    return names


def practices_by_id(practice_ids: Iterable[int]) -> dict[int, Practice]:
    """Practices a person's roles name, by primary key. For the list of one's own roles: no check of the
    reader."""
    return Practice.objects.in_bulk(list(practice_ids))


def _areas(practice: Practice) -> set[tuple[str, str]]:
    rows = Site.objects.filter(practice=practice).values_list(
        "commune__epci_id", "commune__departement_id", "commune__departement__region_id"
    )
    areas: set[tuple[str, str]] = set()
    for epci, departement, region in rows:
        areas |= {
            (ScopeKind.EPCI.value, epci),
            (ScopeKind.DEPARTEMENT.value, departement),
            (ScopeKind.REGION.value, region),
        }
    return areas
