"""Open needs as one practitioner sees them: what fits first, and why the others do not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q

from releve.contexts.practices.enums import PracticeStatus
from releve.contexts.practitioners.models import Practitioner, TeamMember
from releve.contexts.territory.rules import distance_km
from releve.kernel.errors import Reason

from .. import rules
from ..enums import TAKEN_STATUSES, AvailabilityState, HalfDay, ShiftStatus
from ..models import Availability, Shift
from ..rules import BusyTime, TeamWindow
from .facts import person_facts, shift_facts, site_days
from .roster import shift_rows


@dataclass(frozen=True)
class Need:
    """An open shift for one practitioner. Empty `reasons_against`: it can be taken in one tap.

    `asks` True: outside the practitioner's teams, so the tap asks and the secretary confirms.
    `distance_km` from the home commune, None when it is unknown. `availability`: what the person said of that
    time.
    """

    shift: Shift
    distance_km: float | None
    reasons_against: list[Reason]
    availability: str | None
    asks: bool
    reasons_for: list[str]


def needs_radius_km() -> float:
    """How far from home needs outside one's teams are shown (setting `ROSTER_NEEDS_RADIUS_KM`)."""
    return float(settings.ROSTER_NEEDS_RADIUS_KM)


def open_needs_for(
    practitioner: Practitioner, *, now: datetime, days: int = 60, include_blocked: bool = False
) -> list[Need]:
    """Open shifts to come, best first: availability, distance by steps of 10 km, date.

    In the practitioner's teams, and for people who come where they are needed (volunteers, replacements,
    retired) in any running practice within `needs_radius_km()`. Those that cannot be taken are left out
    unless `include_blocked`, which puts them last with their reasons. Five statements at most, whatever the
    number of needs.
    """
    first = now.date()
    last = first + timedelta(days=days)
    windows: dict[int, list[TeamWindow]] = defaultdict(list)
    members = TeamMember.objects.filter(practitioner=practitioner).values_list(
        "practice_id", "since", "until"
    )
    for practice_id, since, until in members:
        windows[practice_id].append(TeamWindow(since, until))
    rows = shift_rows().filter(status=ShiftStatus.OPEN, day__range=(first, last), starts_at__gt=now)
    rows = rows.exclude(practice__status=PracticeStatus.CLOSED)
    home = practitioner.home_commune
    reachable = Q(practice_id__in=list(windows))
    roaming = practitioner.status in rules.ROAMING_STATUSES
    if roaming and home is not None and home.lat is not None and home.lon is not None:
        reachable |= _around(home.lat, home.lon)
    rows = rows.filter(reachable)
    shifts = list(rows.prefetch_related("site__closures"))
    busy = [
        BusyTime(start, end, name)
        for start, end, name in Shift.objects.filter(
            practitioner=practitioner,
            status__in=TAKEN_STATUSES,
            day__range=(first - timedelta(days=1), last + timedelta(days=1)),
        )
        .order_by("starts_at")
        .values_list("starts_at", "ends_at", "site__name")
    ]
    said: dict[date, dict[HalfDay, str]] = defaultdict(dict)
    answers = Availability.objects.filter(practitioner=practitioner, day__range=(first, last))
    for day, half, state in answers.values_list("day", "half_day", "state"):
        said[day][HalfDay(half)] = state
    needs = []
    for shift in shifts:
        need = _judge(shift, practitioner, windows.get(shift.practice_id, []), busy, said.get(shift.day, {}))
        if need.asks and (need.distance_km is None or need.distance_km > needs_radius_km()):
            # Team of another time: not a member that day, too far to be shown as a neighbour.
            continue
        if need.reasons_against and not include_blocked:
            continue
        needs.append(need)
    needs.sort(
        key=lambda n: (
            bool(n.reasons_against),
            rules.need_rank(n.availability, n.distance_km, n.shift.day),
            n.shift.starts_at,
            n.shift.pk,
        )
    )
    return needs


def may_see_need(practitioner: Practitioner, shift: Shift) -> bool:
    """Whether a shift is, or was, published to this practitioner: their team, or around their home."""
    if TeamMember.objects.filter(practitioner=practitioner, practice_id=shift.practice_id).exists():
        return True
    home = practitioner.home_commune
    if practitioner.status not in rules.ROAMING_STATUSES or home is None or home.lat is None:
        return False
    if shift.practice.status == PracticeStatus.CLOSED or home.lon is None:
        return False
    return distance_km(home.lat, home.lon, shift.site.lat, shift.site.lon) <= needs_radius_km()


def _around(lat: float, lon: float) -> Q:
    """A box that holds the circle; exact distances are measured afterwards."""
    reach = needs_radius_km()
    d_lat = reach / 111.0
    # One degree of longitude is at least 55 km up to latitude 60; French places stay below 52.
    d_lon = reach / 55.0
    return Q(site__lat__range=(lat - d_lat, lat + d_lat), site__lon__range=(lon - d_lon, lon + d_lon))


def _judge(
    shift: Shift,
    practitioner: Practitioner,
    windows: list[TeamWindow],
    busy: list[BusyTime],
    said: dict[HalfDay, str],
) -> Need:
    home = practitioner.home_commune
    distance = None
    if home is not None and home.lat is not None and home.lon is not None:
        distance = distance_km(home.lat, home.lon, shift.site.lat, shift.site.lon)
    person, facts, days = person_facts(practitioner), shift_facts(shift), site_days(shift.site)
    outside = bool(rules.not_in_team(shift.day, person, windows))
    against = [
        *rules.site_closed(shift.day, days),
        *rules.practice_ended(shift.day, days),
        *rules.already_elsewhere(facts, busy),
        *rules.licence_ended(shift.day, person),
        *rules.wrong_profession(shift.kind, person),
    ]
    # Asking is for people who roam; for the others a practice whose team they left is closed.
    asks = outside and practitioner.status in rules.ROAMING_STATUSES
    if outside and not asks:
        against += rules.not_in_team(shift.day, person, windows)
    availability = rules.availability_of(shift.half_day, said)
    if availability == AvailabilityState.UNAVAILABLE:
        against.append(Reason("said-unavailable", "Vous vous êtes dit indisponible à ce moment-là."))
    reasons_for = []
    if availability == AvailabilityState.AVAILABLE:
        reasons_for.append("Vous êtes disponible")
    elif availability == AvailabilityState.IF_NEEDED:
        reasons_for.append("Disponible si besoin")
    if not outside:
        reasons_for.append("Votre équipe")
    if distance is not None:
        reasons_for.append(f"à {distance:.0f}\u00a0km")
    return Need(
        shift=shift,
        distance_km=distance,
        reasons_against=against,
        availability=availability,
        asks=asks,
        reasons_for=reasons_for,
    )
