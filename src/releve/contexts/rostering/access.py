"""The only road from an id in a request to a shift, a template line or a feed, for a given user."""

from __future__ import annotations

from typing import Any

from releve.contexts.accounts.enums import Capability
from releve.contexts.practices.access import list_practices, require_capability
from releve.contexts.practitioners.models import Practitioner
from releve.kernel.errors import Forbidden, NotFound

from . import queries
from .models import CalendarFeed, Shift, ShiftTemplate

SHIFT_UNKNOWN = "Cette vacation n’existe pas, ou vous n’y avez pas accès."
TEMPLATE_UNKNOWN = "Cette ligne de la semaine type n’existe pas, ou vous n’y avez pas accès."
FEED_UNKNOWN = "Ce calendrier n’existe pas, ou vous n’y avez pas accès."
NO_PROFILE = "Cette page est réservée aux professionnels qui consultent."


def own_practitioner(user: Any) -> Practitioner:
    """The practitioner's profile of a signed-in user. Forbidden when the user has none."""
    profile = (
        Practitioner.objects.select_related("home_commune").filter(user_id=user.pk).first()
        if getattr(user, "is_authenticated", False)
        else None
    )
    if profile is None:
        raise Forbidden(NO_PROFILE)
    return profile


def access_shift(user: Any, shift_id: int, capability: Capability) -> Shift:
    """The shift. NotFound when no role reaches its practice, Forbidden without the capability."""
    shift = queries.shift_rows().filter(pk=shift_id).first()
    if shift is None:
        raise NotFound(SHIFT_UNKNOWN)
    _require(user, shift.practice, capability, SHIFT_UNKNOWN)
    return shift


def access_own_shift(user: Any, shift_id: int) -> Shift:
    """A shift of the signed-in practitioner, wherever it is; NotFound for anybody else's."""
    shift = queries.shift_rows().filter(pk=shift_id, practitioner=own_practitioner(user)).first()
    if shift is None:
        raise NotFound(SHIFT_UNKNOWN)
    return shift


def access_need(user: Any, shift_id: int) -> Shift:
    """A shift the signed-in practitioner may ask for: in a practice of their teams, or published around them.

    A shift that was open and has just been taken is still returned, so that the refusal can say so.
    """
    person = own_practitioner(user)
    shift = queries.shift_rows().filter(pk=shift_id).first()
    if shift is None or not queries.may_see_need(person, shift):
        raise NotFound(SHIFT_UNKNOWN)
    return shift


def access_template(user: Any, template_id: int, capability: Capability) -> ShiftTemplate:
    """A line of a site's typical week. Same refusals as `access_shift`."""
    line = (
        ShiftTemplate.objects.select_related("site__practice", "room", "practitioner")
        .filter(pk=template_id)
        .first()
    )
    if line is None:
        raise NotFound(TEMPLATE_UNKNOWN)
    _require(user, line.site.practice, capability, TEMPLATE_UNKNOWN)
    return line


def access_feed(user: Any, feed_id: int) -> CalendarFeed:
    """A feed its owner may revoke: the practitioner's own, or a site's for who manages the roster there."""
    feed = CalendarFeed.objects.select_related("site__practice", "practitioner").filter(pk=feed_id).first()
    if feed is None:
        raise NotFound(FEED_UNKNOWN)
    if feed.practitioner is not None:
        if feed.practitioner.user_id is None or feed.practitioner.user_id != user.pk:
            raise NotFound(FEED_UNKNOWN)
        return feed
    assert feed.site is not None  # database constraint feed_one_owner
    _require(user, feed.site.practice, Capability.ROSTER_MANAGE, FEED_UNKNOWN)
    return feed


def _require(user: Any, practice: Any, capability: Capability, unknown: str) -> None:
    try:
        require_capability(user, practice, capability)
    except NotFound:
        # Same words as for an id that does not exist: nothing tells them apart.
        raise NotFound(unknown) from None


def list_roster_practices(user: Any, *, manage: bool = False) -> Any:
    """The practices whose roster `user` may see (or change)."""
    return list_practices(user, Capability.ROSTER_MANAGE if manage else Capability.ROSTER_VIEW)
