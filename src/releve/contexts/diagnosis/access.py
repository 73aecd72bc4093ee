"""Who may speak for a place: open a survey there, add a fact, save a group of communes. Reading is for everybody.

The administration everywhere; a coordination where all the communes are in its territory; a project lead where
one of the communes has a site of their practice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from releve.contexts.accounts.enums import Capability, Role
from releve.contexts.accounts.queries import user_grants, user_scopes
from releve.contexts.accounts.rules import Scopes, scopes_of
from releve.contexts.practices.models import Site
from releve.contexts.territory.models import Commune
from releve.kernel.errors import Forbidden, NotFound

from .models import LocalKnowledge, Perimeter, Survey, SurveyResponse
from .report import Place
from .territories import resolve

REFUSED = (
    "Cette page est ouverte à la coordination de ce territoire, aux porteurs d’un projet qui y ont un lieu de "
    "consultation, et à l’administration."
)


@dataclass(frozen=True)
class Reach:
    """Where a person may speak: everywhere, in territories, in the communes of the sites of their practices."""

    territories: Scopes
    commune_codes: frozenset[str] = frozenset()
    practice_by_commune: tuple[tuple[str, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.territories) or bool(self.commune_codes)


def reach_of(user: Any) -> Reach:
    """Read once per user object, so once per request; empty for an anonymous visitor."""
    if not getattr(user, "is_authenticated", False):
        return Reach(Scopes())
    known: Reach | None = getattr(user, "_releve_voices", None)
    if known is None:
        # A secretary also holds the settings of the practice, but does not speak for the town.
        leads = tuple(grant for grant in user_grants(user) if grant.role == Role.PROJECT_LEAD)
        ids = scopes_of(leads, Capability.PRACTICE_SETTINGS).practice_ids
        rows = (
            Site.objects.filter(practice_id__in=ids).order_by("pk").values_list("commune_id", "practice_id")
            if ids
            else []
        )
        by_commune = tuple(rows)
        known = Reach(
            user_scopes(user, Capability.TERRITORY_VIEW),
            frozenset(code for code, _ in by_commune),
            by_commune,
        )
        user._releve_voices = known
    return known


def covers(reach: Reach, codes: Collection[str]) -> bool:
    """Whether this reach may speak for the territory made of these communes."""
    if not codes or not reach:
        return False
    if reach.territories.platform or not reach.commune_codes.isdisjoint(codes):
        return True
    return len(_inside(reach.territories, codes)) == len(set(codes))


def touches(reach: Reach, codes: Collection[str]) -> bool:
    """Whether one at least of these communes is in this reach: enough to save a group that has it."""
    if covers(reach, codes):
        return True
    return bool(reach) and bool(_inside(reach.territories, codes))


def _inside(scopes: Scopes, codes: Iterable[str]) -> set[str]:
    """The communes of `codes` that these territories hold (one statement)."""
    if not scopes.has_territory:
        return set()
    rows = Commune.objects.filter(pk__in=list(codes)).values_list(
        "pk", "epci_id", "departement_id", "departement__region_id"
    )
    return {
        code
        for code, epci, departement, region in rows
        if epci in scopes.epci_codes
        or departement in scopes.departement_codes
        or region in scopes.region_codes
    }


def require_voice(user: Any) -> Reach:
    """Forbidden for whoever may speak for no place at all."""
    reach = reach_of(user)
    if not reach:
        raise Forbidden(REFUSED)
    return reach


def may_speak(user: Any, place: Place) -> bool:
    return covers(reach_of(user), place.commune_codes)


def access_place(user: Any, code: str) -> Place:
    """The territory of this code, to speak for it. NotFound or Invalid as `resolve`, Forbidden without the right."""
    place = resolve(code)
    if not may_speak(user, place):
        raise Forbidden(REFUSED)
    return place


def practice_here(user: Any, place: Place) -> int | None:
    """The practice of this person that has a site in the territory: its journal tells what they do."""
    codes = set(place.commune_codes)
    return next((pk for code, pk in reach_of(user).practice_by_commune if code in codes), None)


def access_survey(user: Any, survey_id: int) -> Survey:
    """A survey of a territory one may speak for. NotFound otherwise."""
    survey = Survey.objects.filter(pk=survey_id).first()
    if survey is None or not _reaches_territory(user, survey.territory_code):
        raise NotFound("Cette enquête n’existe pas, ou vous n’y avez pas accès.")
    return survey


def _reaches_territory(user: Any, code: str) -> bool:
    reach = reach_of(user)
    if not reach:
        return False
    if reach.territories.platform:
        return True
    try:
        return covers(reach, resolve(code).commune_codes)
    except NotFound:  # the territory is no longer known: the administration alone still reaches it
        return False


def access_response(user: Any, survey_id: int, response_id: int) -> SurveyResponse:
    """An answer to that very survey. NotFound otherwise."""
    survey = access_survey(user, survey_id)
    found = SurveyResponse.objects.filter(pk=response_id, survey=survey).first()
    if found is None:
        raise NotFound("Cette réponse n’existe pas dans cette enquête.")
    found.survey = survey
    return found


def list_surveys(user: Any) -> list[Survey]:
    """The surveys of the territories one may speak for, the last opened first."""
    if not reach_of(user):
        return []
    rows = Survey.objects.order_by("-opens_on", "-pk")
    codes = set(rows.values_list("territory_code", flat=True))
    reached = {code for code in codes if _reaches_territory(user, code)}
    return [row for row in rows if row.territory_code in reached]


def access_knowledge(user: Any, knowledge_id: int) -> LocalKnowledge:
    """A fact about a commune one may speak for. NotFound otherwise."""
    row = LocalKnowledge.objects.select_related("commune").filter(pk=knowledge_id).first()
    if row is None or not covers(reach_of(user), {row.commune_id}):
        raise NotFound("Cette information n’existe pas, ou vous n’y avez pas accès.")
    return row


def spoken_communes(user: Any, codes: Collection[str]) -> set[str]:
    """Those of these communes that one may speak for, one by one."""
    reach = reach_of(user)
    if reach.territories.platform:
        return set(codes)
    return _inside(reach.territories, codes) | (reach.commune_codes & set(codes))


def access_perimeter(user: Any, slug: str) -> Perimeter:
    """A saved group of communes, to change it. NotFound when it does not exist, Forbidden without the right."""
    perimeter = Perimeter.objects.filter(slug=slug).first()
    if perimeter is None:
        raise NotFound("Ce périmètre n’existe pas, ou a été supprimé.")
    if not may_change_perimeter(user, perimeter):
        raise Forbidden(REFUSED)
    return perimeter


def may_change_perimeter(user: Any, perimeter: Perimeter) -> bool:
    return perimeter.pk in changeable_perimeters(user, [perimeter])


def changeable_perimeters(user: Any, perimeters: Iterable[Perimeter]) -> set[int]:
    """Keys of those that a person may change: theirs, while they may speak for one of its communes; and those
    whose communes are all in their territory (two statements whatever their number)."""
    reach = reach_of(user)
    rows = list(perimeters)
    if reach.territories.platform:
        return {row.pk for row in rows}
    if not reach:
        return set()
    communes: dict[int, set[str]] = {row.pk: set() for row in rows}
    links = Perimeter.communes.through.objects.filter(perimeter_id__in=list(communes))
    for perimeter_id, code in links.values_list("perimeter_id", "commune_id"):
        communes[perimeter_id].add(code)
    inside = _inside(reach.territories, set().union(*communes.values()))
    mine = inside | reach.commune_codes
    return {
        row.pk
        for row in rows
        if (row.created_by_id == user.pk and mine & communes[row.pk])
        or (communes[row.pk] and communes[row.pk] <= inside)
    }


def require_touch(user: Any, codes: Collection[str]) -> None:
    """Forbidden when none of the communes of a group to save is in one's reach."""
    if not touches(require_voice(user), codes):
        raise Forbidden(
            "Aucune de ces communes n’est dans votre territoire\u00a0: un périmètre s’enregistre par quelqu’un qui agit "
            "dans l’une d’elles, au moins."
        )
