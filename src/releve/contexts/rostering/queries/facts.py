"""Facts the rules judge: who is where, which room is taken, when a site is closed, who belongs to the
team."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from releve.contexts.accounts.enums import Capability
from releve.contexts.accounts.models import User
from releve.contexts.practices.access import list_practices
from releve.contexts.practices.models import Site
from releve.contexts.practitioners.models import Practitioner, TeamMember
from releve.kernel.audit import Actor

from ..enums import TAKEN_STATUSES, ShiftStatus
from ..models import Shift
from ..rules import BusyTime, PersonFacts, ShiftFacts, SiteDays, TeamWindow


def shift_facts(shift: Shift) -> ShiftFacts:
    """`shift.site` must be loaded."""
    return ShiftFacts(
        day=shift.day,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        kind=shift.kind,
        time_zone=shift.site.time_zone,
    )


def person_facts(practitioner: Practitioner) -> PersonFacts:
    return PersonFacts(
        practitioner_id=practitioner.pk,
        name=practitioner.display_name,
        profession=practitioner.profession,
        status=practitioner.status,
        licence_ends_on=practitioner.licence_ends_on,
    )


def site_days(site: Site) -> SiteDays:
    """Closed weekdays, closures, planned end. Uses prefetched closures when there are some."""
    ends = [day for day in (site.planned_end_on, site.practice.planned_end_on) if day]
    return SiteDays(
        closed_weekdays=frozenset(int(day) for day in site.closed_weekdays),
        closures=tuple((c.first_day, c.last_day, c.reason) for c in site.closures.all()),
        planned_end_on=min(ends, default=None),
    )


def team_windows(practice_id: int, practitioner_id: int) -> list[TeamWindow]:
    rows = TeamMember.objects.filter(practice_id=practice_id, practitioner_id=practitioner_id)
    return [TeamWindow(since, until) for since, until in rows.values_list("since", "until")]


def places_known_to(by: Actor, practice_ids: Iterable[int]) -> set[int]:
    """Among `practice_ids`, those whose roster the actor may see: only there is a place named in a
    refusal."""
    wanted = set(practice_ids)
    if by.kind != "user" or not wanted:
        return set()
    user = User.objects.filter(Q(pk=by.id), is_active=True).first()
    if user is None:
        return set()
    seen = list_practices(user, Capability.ROSTER_VIEW).filter(pk__in=wanted)
    return set(seen.values_list("pk", flat=True))


def busy_times(
    practitioner: Practitioner,
    *,
    starts_at: datetime,
    ends_at: datetime,
    by: Actor,
    practice_id: int | None,
    exclude_shift_id: int | None = None,
) -> list[BusyTime]:
    """The practitioner's taken shifts that overlap. One statement; two more only on a clash in another
    practice.

    A place is named when it belongs to `practice_id`, when the actor is that practitioner, or when the
    actor's roles let them see that other practice's roster.
    """
    rows = list(
        Shift.objects.filter(
            practitioner=practitioner,
            status__in=TAKEN_STATUSES,
            starts_at__lt=ends_at,
            ends_at__gt=starts_at,
        )
        .exclude(Q(pk=exclude_shift_id))
        .order_by("starts_at", "pk")
        .values_list("starts_at", "ends_at", "site__name", "practice_id")
    )
    own = by.kind == "user" and by.id is not None and by.id == practitioner.user_id
    known = {row[3] for row in rows} if own else {row[3] for row in rows if row[3] == practice_id}
    known |= places_known_to(by, {row[3] for row in rows} - known)
    return [BusyTime(start, end, name if where in known else None) for start, end, name, where in rows]


def room_busy_times(
    room_id: int, *, starts_at: datetime, ends_at: datetime, exclude_shift_id: int | None = None
) -> list[BusyTime]:
    """Live shifts of a room that overlap (an open need keeps its room)."""
    rows = (
        Shift.objects.filter(room_id=room_id, starts_at__lt=ends_at, ends_at__gt=starts_at)
        .exclude(status=ShiftStatus.CANCELLED)
        .exclude(Q(pk=exclude_shift_id))
        .order_by("starts_at", "pk")
    )
    return [BusyTime(start, end) for start, end in rows.values_list("starts_at", "ends_at")]
