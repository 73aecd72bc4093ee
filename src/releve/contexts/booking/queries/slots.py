"""Reads of free time: which starts are bookable, for one site or near a place. The only module that turns
occupation rows into offers; `queries` re-exports what delivery uses.

Few statements, plain tuples, no model instances on the hot path: a national database answers in milliseconds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from releve.contexts.practices.enums import PracticeStatus
from releve.contexts.practices.models import Site
from releve.contexts.rostering.enums import ShiftKind, ShiftStatus
from releve.contexts.rostering.models import Shift
from releve.contexts.territory.rules import distance_km
from releve.kernel.clock import LAST_YEAR

from ..enums import ReasonCategory, ResourceKind
from ..models import Occupation, VisitReason
from ..rules import (
    TICK_MINUTES,
    Slot,
    audience_may_book,
    booking_window,
    effective_minutes,
    free_gaps,
    instant_of,
    offered_starts,
    tick_ceil,
    tick_of,
)

# Up to this many slots, days are read one after the other until there are enough.
FEW_SLOTS = 20


class ShiftRow(NamedTuple):
    id: int
    site_id: int
    practitioner_id: int
    kind: str
    starts_at: datetime
    ends_at: datetime
    rhythm: int
    practice_id: int
    horizon_days: int


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """What the slot search needs of a reason."""

    id: int
    practice_id: int
    category: str
    duration_minutes: int
    shift_kinds: tuple[str, ...]
    patient_rule: str
    bookable_by: str
    min_notice_minutes: int
    max_notice_days: int | None


@dataclass(frozen=True, slots=True)
class SiteTimes:
    """A site near the patient and its next bookable times."""

    site: Site
    distance_km: float
    reason_id: int | None
    slots: list[Slot]


_SHIFT_FIELDS = (
    "id",
    "site_id",
    "practitioner_id",
    "kind",
    "starts_at",
    "ends_at",
    "practitioner__rhythm_minutes",
    "practice_id",
    "practice__booking_horizon_days",
)
_REASON_FIELDS = (
    "id",
    "practice_id",
    "category",
    "duration_minutes",
    "shift_kinds",
    "patient_rule",
    "bookable_by",
    "min_notice_minutes",
    "max_notice_days",
)


def bookable_shifts(
    *, starts: datetime, ends: datetime, site_ids: Iterable[int] | None = None, **filters: object
) -> list[ShiftRow]:
    """Confirmed, bookable shifts that overlap `[starts, ends)`, in time order (one statement)."""
    query = Shift.objects.filter(
        status=ShiftStatus.CONFIRMED,
        bookable=True,
        starts_at__lt=ends,
        # A shift lasts less than a day: bounding the start on both sides lets the index do the work.
        starts_at__gt=starts - timedelta(hours=24),
        ends_at__gt=starts,
        practice__status=PracticeStatus.OPEN,
        **filters,
    )
    if site_ids is not None:
        query = query.filter(site_id__in=list(site_ids))
    return [ShiftRow(*row) for row in query.order_by("starts_at", "id").values_list(*_SHIFT_FIELDS)]


def active_reasons(practice_ids: Iterable[int]) -> dict[int, list[ReasonRow]]:
    """Active reasons by practice, in the practice's order (one statement)."""
    found: dict[int, list[ReasonRow]] = defaultdict(list)
    rows = (
        VisitReason.objects.filter(practice_id__in=list(practice_ids), is_active=True)
        .order_by("position", "id")
        .values_list(*_REASON_FIELDS)
    )
    for pk, practice, category, minutes, kinds, *rest in rows:
        reason = ReasonRow(pk, practice, category, minutes, tuple(kinds or [ShiftKind.CONSULTATION]), *rest)
        found[reason.practice_id].append(reason)
    return found


def busy_ticks(practitioner_ids: Iterable[int], start: int, end: int, now: datetime) -> dict[int, set[int]]:
    """Ticks of `[start, end)` taken by a live appointment or hold, by practitioner (at most two statements).

    Every lane counts: time that was overbooked is not offered again when only one of the two patients cancels.
    """
    busy: dict[int, set[int]] = defaultdict(set)
    ids = list(practitioner_ids)
    if not ids:
        return busy
    mine = Q(resource_kind=ResourceKind.PRACTITIONER, resource_id__in=ids, tick__gte=start, tick__lt=end)
    for resource_id, tick in Occupation.objects.filter(mine).values_list("resource_id", "tick").order_by():
        busy[resource_id].add(tick)
    if busy:
        dead = (
            Occupation.objects.filter(mine, hold__expires_at__lte=now)
            .values_list("resource_id", "tick")
            .order_by()
        )
        for resource_id, tick in dead:
            busy[resource_id].discard(tick)
    return busy


def shortest_useful(reasons: Iterable[ReasonRow], kind: str, rhythm: int) -> int:
    """Ticks of the shortest visit that can be booked in such a shift."""
    minutes = [r.duration_minutes for r in reasons if kind in r.shift_kinds]
    return effective_minutes(min(minutes, default=15), rhythm) // TICK_MINUTES


def slots_of_shift(
    shift: ShiftRow,
    reason: ReasonRow,
    siblings: Sequence[ReasonRow],
    busy: set[int],
    *,
    now: datetime,
    audience: str,
    limit: int | None = None,
) -> list[Slot]:
    """Offers of one shift for one reason; `siblings`: all active reasons of the practice."""
    if shift.kind not in reason.shift_kinds or not audience_may_book(reason.bookable_by, audience):
        return []
    earliest, latest = booking_window(
        now=now,
        min_notice_minutes=reason.min_notice_minutes,
        max_notice_days=reason.max_notice_days,
        horizon_days=shift.horizon_days,
        audience=audience,
    )
    if shift.ends_at <= earliest or shift.starts_at > latest:
        return []
    need = effective_minutes(reason.duration_minutes, shift.rhythm) // TICK_MINUTES
    useful = shortest_useful(siblings, shift.kind, shift.rhythm)
    first, last = tick_ceil(earliest), tick_of(latest)
    found: list[Slot] = []
    for gap in free_gaps(tick_ceil(shift.starts_at), tick_of(shift.ends_at), busy):
        for offer in offered_starts(gap, need, useful):
            if first <= offer.start <= last:
                found.append(
                    Slot(
                        shift.id,
                        shift.site_id,
                        shift.practitioner_id,
                        reason.id,
                        instant_of(offer.start),
                        instant_of(offer.start + need),
                        offer.adjacent,
                    )
                )
        if limit is not None and len(found) >= limit:
            break
    found.sort(key=lambda slot: slot.starts_at)
    return found if limit is None else found[:limit]


def _busy_for(shifts: Sequence[ShiftRow], now: datetime) -> dict[int, set[int]]:
    if not shifts:
        return {}
    return busy_ticks(
        {s.practitioner_id for s in shifts},
        min(tick_of(s.starts_at) for s in shifts),
        max(tick_ceil(s.ends_at) for s in shifts),
        now,
    )


def find_slots(
    *,
    site_id: int,
    reason_id: int,
    first_day: date,
    days: int,
    now: datetime,
    audience: str = "public",
    practitioner_id: int | None = None,
    limit: int | None = None,
) -> list[Slot]:
    """Bookable starts at one site for one reason, over `days` local days from `first_day`, in time order."""
    zone = Site.objects.filter(pk=site_id).values_list("time_zone", flat=True).first()
    if zone is None or first_day.year > LAST_YEAR:
        return []
    starts = datetime.combine(first_day, time.min, tzinfo=ZoneInfo(zone))
    ends = datetime.combine(first_day + timedelta(days=days), time.min, tzinfo=ZoneInfo(zone))
    filters = {"practitioner_id": practitioner_id} if practitioner_id else {}
    shifts = bookable_shifts(starts=max(starts, now), ends=ends, site_ids=[site_id], **filters)
    if not shifts:
        return []
    siblings = active_reasons({shifts[0].practice_id})[shifts[0].practice_id]
    reason = next((r for r in siblings if r.id == reason_id), None)
    if reason is None:
        return []
    slots: list[Slot] = []
    for group in _in_portions(shifts, limit):
        busy = _busy_for(group, now)
        for shift in group:
            slots += slots_of_shift(
                shift, reason, siblings, busy.get(shift.practitioner_id, set()), now=now, audience=audience
            )
        if limit is not None and len(slots) >= limit:
            break
    slots.sort(key=lambda slot: (slot.starts_at, slot.practitioner_id))
    return slots if limit is None else slots[:limit]


def _in_portions(shifts: list[ShiftRow], limit: int | None) -> Iterable[list[ShiftRow]]:
    """The shifts at once, or by start day when only a few slots are wanted: the first days are usually enough."""
    if limit is None or limit > FEW_SLOTS:
        return [shifts]
    return [list(group) for _, group in groupby(shifts, key=lambda shift: shift.starts_at.date())]


def _default_reason(reasons: Sequence[ReasonRow], category: str | None, audience: str) -> ReasonRow | None:
    """The reason whose times are announced: the asked category, else a first visit, else the first offered."""
    open_to = [r for r in reasons if audience_may_book(r.bookable_by, audience)]
    for wanted in (category,) if category else (ReasonCategory.FIRST_VISIT, None):
        for reason in open_to:
            if wanted is None or reason.category == wanted:
                return reason
    return None


def sites_near(*, lat: float, lon: float, radius_km: float, limit: int) -> list[tuple[Site, float]]:
    """Public sites of open practices within `radius_km`, nearest first (one statement)."""
    d_lat = radius_km / 111.0
    d_lon = radius_km / max(111.0 * math.cos(math.radians(lat)), 1.0)
    box = Site.objects.filter(
        is_public=True,
        practice__status=PracticeStatus.OPEN,
        lat__range=(lat - d_lat, lat + d_lat),
        lon__range=(lon - d_lon, lon + d_lon),
    ).select_related("practice", "commune")
    ranked = [(site, distance_km(lat, lon, site.lat, site.lon)) for site in box]
    ranked = [pair for pair in ranked if pair[1] <= radius_km]
    ranked.sort(key=lambda pair: (pair[1], pair[0].pk))
    return ranked[:limit]


def next_times_near(
    *,
    lat: float,
    lon: float,
    now: datetime,
    radius_km: float = 40,
    days: int = 28,
    per_site: int = 3,
    max_sites: int = 12,
    category: str | None = None,
    audience: str = "public",
) -> list[SiteTimes]:
    """Sites by distance, each with its next bookable times.

    Looks at three days first, then widens for the sites that still lack times, so that a busy country stays cheap.
    """
    near = sites_near(lat=lat, lon=lon, radius_km=radius_km, limit=max_sites)
    reasons = active_reasons({site.practice_id for site, _ in near})
    chosen = {site.pk: _default_reason(reasons[site.practice_id], category, audience) for site, _ in near}
    found: dict[int, list[Slot]] = {site.pk: [] for site, _ in near}
    waiting = {site_id for site_id, reason in chosen.items() if reason is not None}
    done_days = 0
    for span in (3, 10, days):
        span = min(span, days)
        if not waiting or span <= done_days:
            continue
        shifts = [
            shift
            for shift in bookable_shifts(
                starts=now + timedelta(days=done_days), ends=now + timedelta(days=span), site_ids=waiting
            )
            # A shift that straddles two windows was read with the first one.
            if done_days == 0 or shift.starts_at >= now + timedelta(days=done_days)
        ]
        done_days = span
        busy = _busy_for(shifts, now)
        for shift in shifts:
            slots = found[shift.site_id]
            reason = chosen[shift.site_id]
            if reason is None or len(slots) >= 4 * per_site:
                continue
            slots += slots_of_shift(
                shift,
                reason,
                reasons[shift.practice_id],
                busy.get(shift.practitioner_id, set()),
                now=now,
                audience=audience,
                limit=per_site,
            )
        waiting = {site_id for site_id in waiting if len(found[site_id]) < per_site}
    results = []
    for site, distance in near:
        slots = sorted(found[site.pk], key=lambda slot: slot.starts_at)
        unique = list({slot.starts_at: slot for slot in reversed(slots)}.values())[::-1]
        reason = chosen[site.pk]
        results.append(SiteTimes(site, distance, reason.id if reason else None, unique[:per_site]))
    return results


def practitioner_slots(
    *, rpps_list: Sequence[str], starts: datetime, ends: datetime, now: datetime, audience: str = "public"
) -> list[Slot]:
    """Bookable starts of named practitioners over a period (national aggregation: 25 RPPS, 3 days)."""
    shifts = bookable_shifts(
        starts=max(starts, now), ends=ends, practitioner__rpps__in=list(rpps_list), site__is_public=True
    )
    reasons = active_reasons({s.practice_id for s in shifts})
    busy = _busy_for(shifts, now)
    slots: list[Slot] = []
    for shift in shifts:
        fitting = [r for r in reasons[shift.practice_id] if shift.kind in r.shift_kinds]
        reason = _default_reason(fitting, None, audience)
        if reason is not None:
            slots += slots_of_shift(
                shift,
                reason,
                reasons[shift.practice_id],
                busy.get(shift.practitioner_id, set()),
                now=now,
                audience=audience,
            )
    return [slot for slot in slots if starts <= slot.starts_at <= ends]
