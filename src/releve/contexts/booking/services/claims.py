"""Taking time. Every write of `Occupation` goes through here.

No check-then-write: rows are inserted under the unique constraint `occupation_once`, and a refusal by the database
becomes `SlotTaken`. What is read first only decides *which* time to try and words the refusal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from releve.contexts.practitioners.models import Practitioner
from releve.contexts.rostering.enums import ShiftStatus
from releve.contexts.rostering.models import Shift
from releve.kernel.clock import check_year, local_day
from releve.kernel.errors import Conflict, Gone, Invalid, NotFound, Reason

from ..enums import ResourceKind
from ..models import Appointment, Hold, Occupation, VisitReason
from ..queries import hot_sql
from ..rules import (
    TICK_MINUTES,
    age_on,
    audience_may_book,
    booking_window,
    effective_minutes,
    free_gaps,
    gap_around,
    is_on_tick,
    leaves_no_sliver,
    offered_starts,
    tick_ceil,
    tick_of,
    ticks_between,
)


class SlotTaken(Conflict):
    """Somebody else has this time. `details["alternatives"]`: fresh slots, when delivery asked for them."""

    default_code = "slot-taken"


TAKEN_MESSAGE = "Cet horaire vient d’être pris. Voici d’autres horaires libres."
SHIFT_CLOSED_MESSAGE = "Ces consultations ne sont plus ouvertes à la réservation. Choisissez un autre jour."


def holder_of(shift: Shift) -> Practitioner:
    """Who holds a shift that patients may book: the database refuses a confirmed shift without anybody."""
    if shift.practitioner is None:
        raise LookupError(f"shift {shift.pk} has nobody")
    return shift.practitioner


@dataclass(frozen=True, slots=True)
class Target:
    """Where and when a visit is to take place, once verified."""

    shift: Shift
    reason: VisitReason
    starts_at: datetime
    ends_at: datetime

    @property
    def ticks(self) -> range:
        return ticks_between(self.starts_at, self.ends_at)


def find_target(
    *,
    site_id: int,
    reason_id: int,
    starts_at: datetime,
    audience: str,
    now: datetime,
    practitioner_id: int | None = None,
    shift_id: int | None = None,
    ignore_appointment_id: int | None = None,
    overbook: bool = False,
    duration_minutes: int | None = None,
) -> Target:
    """The shift and hours for a visit that starts at `starts_at`; any practitioner of the site unless one is named.

    The shift stays locked against change to the end of the transaction. Holds met that have expired are deleted. Raises
    Invalid for an impossible time, NotFound for a reason or shift of another practice, Gone when the shift is no longer
    open, SlotTaken when the time is not free.
    """
    check_year(starts_at)
    if not is_on_tick(starts_at):
        raise Invalid("L’heure doit tomber sur un multiple de 5 minutes.", field="starts_at")
    shifts = hot_sql.shifts_at(
        site_id=site_id,
        starts_at=starts_at,
        after=starts_at - timedelta(hours=24),
        shift_id=shift_id,
        practitioner_id=practitioner_id,
    )
    if not shifts:
        raise Gone(SHIFT_CLOSED_MESSAGE, code="shift-closed")
    reason, lengths = hot_sql.reason_among(shifts[0].practice_id, reason_id)
    if reason is None:
        raise NotFound("Ce motif de consultation n’est pas proposé ici.", code="unknown-reason")
    if not audience_may_book(reason.bookable_by, audience):
        raise Invalid("Ce motif se réserve auprès du secrétariat.", code="reason-not-open", field="reason")
    _check_window(reason, shifts[0], starts_at, audience, now)

    fitting = [s for s in shifts if audience == "desk" or (reason.fits_shift_kind(s.kind) and s.bookable)]
    busy = _busy_now(fitting, now, ignore_appointment_id)
    for shift in fitting:
        minutes = duration_minutes or effective_minutes(
            reason.duration_minutes, holder_of(shift).rhythm_minutes
        )
        target = Target(shift, reason, starts_at, starts_at + timedelta(minutes=minutes))
        if target.ends_at > shift.ends_at and not overbook:
            continue
        if overbook or _is_free(target, lengths, busy.get(holder_of(shift).pk, set()), audience):
            return target
    raise SlotTaken(TAKEN_MESSAGE)


def check_age(reason: VisitReason, birth_date: date | None, today: date) -> None:
    """Raises Invalid (`too-old`) when the reason is for younger patients."""
    limit = reason.max_age_years
    if limit is not None and birth_date and age_on(birth_date, today) > limit:
        raise Invalid(
            f"Ce motif est réservé aux patients de {limit} ans ou moins. Choisissez un autre motif.",
            code="too-old",
            field="birth_date",
        )


def _check_window(
    reason: VisitReason, shift: Shift, starts_at: datetime, audience: str, now: datetime
) -> None:
    earliest, latest = booking_window(
        now=now,
        min_notice_minutes=reason.min_notice_minutes,
        max_notice_days=reason.max_notice_days,
        horizon_days=shift.practice.booking_horizon_days,
        audience=audience,
    )
    if audience == "desk":
        # A visit that began without notice is written down the same day; yesterday belongs to history.
        zone = shift.site.time_zone
        past = local_day(starts_at, zone) < local_day(now, zone)
    else:
        past = starts_at < now
    if past:
        raise Invalid("Cet horaire est passé.", code="past", field="starts_at")
    if starts_at < earliest and audience != "desk":
        raise Invalid(
            "Il est trop tard pour réserver cet horaire en ligne. Appelez le secrétariat.",
            code="too-late",
            field="starts_at",
        )
    if starts_at > latest:
        raise Invalid(
            "Cet horaire n’est pas encore ouvert à la réservation.", code="too-early", field="starts_at"
        )


def _busy_now(shifts: list[Shift], now: datetime, ignore_appointment_id: int | None) -> dict[int, set[int]]:
    """Taken ticks of these shifts' practitioners; expired holds met on the way are deleted."""
    busy: dict[int, set[int]] = {}
    if not shifts:
        return busy
    rows = hot_sql.busy_rows(
        [s.practitioner_id for s in shifts if s.practitioner_id is not None],
        tick_of(min(s.starts_at for s in shifts)),
        tick_ceil(max(s.ends_at for s in shifts)),
    )
    held = {hold_id for _, _, hold_id, _ in rows if hold_id is not None}
    expired = _delete_expired(held, now) if held else held
    for resource_id, tick, hold_id, appointment_id in rows:
        if hold_id in expired or (appointment_id is not None and appointment_id == ignore_appointment_id):
            continue
        busy.setdefault(resource_id, set()).add(tick)
    return busy


@transaction.atomic
def _delete_expired(hold_ids: set[int], now: datetime) -> set[int]:
    if not Hold.objects.filter(pk__in=hold_ids, expires_at__lte=now).exists():
        return set()
    delete_holds(Q(pk__in=hold_ids, expires_at__lte=now))
    # Those that another booking has deleted meanwhile are gone too; one renewed meanwhile is not.
    return hold_ids - set(Hold.objects.filter(pk__in=hold_ids).values_list("pk", flat=True))


def _is_free(target: Target, lengths: list[tuple[int, list[str]]], busy: set[int], audience: str) -> bool:
    shift, need = target.shift, len(target.ticks)
    gaps = free_gaps(tick_ceil(shift.starts_at), tick_of(shift.ends_at), busy)
    start = tick_of(target.starts_at)
    gap = gap_around(gaps, start, need)
    if gap is None:
        return False
    if audience == "desk":
        return True
    # Outside the desk, a start that would waste time is refused unless it is among the offers of its gap.
    shortest = min((minutes for minutes, kinds in lengths if shift.kind in kinds), default=15)
    useful = effective_minutes(shortest, holder_of(shift).rhythm_minutes) // TICK_MINUTES
    return leaves_no_sliver(gap, start, need, useful) or any(
        offer.start == start for offer in offered_starts(gap, need, useful)
    )


def lock_open_shift(hold: Hold) -> None:
    """Share the shift that a hold was placed in, before the hold itself is locked (docs/architecture/locking.md).

    Raises Gone when, since the hold, the shift closed, changed practitioner or room, or no longer covers its time.
    """
    state = hot_sql.shift_state(hold.shift_id) if connection.features.has_select_for_update else hold.shift
    wanted = (ShiftStatus.CONFIRMED, hold.practitioner_id, hold.shift.room_id)
    if state is None or (state.status, state.practitioner_id, state.room_id) != wanted:
        raise Gone(SHIFT_CLOSED_MESSAGE, code="shift-closed")
    if not state.starts_at <= hold.starts_at < hold.ends_at <= state.ends_at:
        raise Gone(SHIFT_CLOSED_MESSAGE, code="shift-closed")


_OCCUPY = (
    "INSERT INTO booking_occupation (resource_kind, resource_id, lane, tick, hold_id, appointment_id) VALUES "
)


def _insert(
    rows: Iterable[tuple[int, int, int, int]], *, hold_id: int | None, appointment_id: int | None
) -> None:
    """Rows (resource kind, resource, lane, tick), in one statement written by hand (see queries/hot_sql.py)."""
    flat: list[int | None] = []
    count = 0
    for kind, resource_id, lane, tick in rows:
        flat += (int(kind), resource_id, lane, tick, hold_id, appointment_id)
        count += 1
    with connection.cursor() as cursor:
        cursor.execute(_OCCUPY + ", ".join(["(%s, %s, %s, %s, %s, %s)"] * count), flat)


def occupy(
    *,
    shift: Shift,
    ticks: range,
    lane: int = 0,
    hold: Hold | None = None,
    appointment: Appointment | None = None,
    patient_id: int | None = None,
) -> None:
    """Take the practitioner, the room and the patient for `ticks`, in one statement.

    Rows are in a fixed order (resource, tick), so two transactions that want the same time wait, never deadlock.
    Raises IntegrityError (`occupation_once`) when any of it is taken.
    """
    resources = [(ResourceKind.PRACTITIONER, holder_of(shift).pk, lane)]
    if shift.room_id is not None:
        resources.append((ResourceKind.ROOM, shift.room_id, lane))
    if patient_id is not None:
        resources.append((ResourceKind.PATIENT, patient_id, 0))
    _insert(
        (
            (kind, resource_id, resource_lane, tick)
            for kind, resource_id, resource_lane in resources
            for tick in ticks
        ),
        hold_id=hold.pk if hold else None,
        appointment_id=appointment.pk if appointment else None,
    )


def occupy_patient(*, appointment: Appointment) -> None:
    """Take the patient's own time (the practitioner's and the room's are already taken by the hold)."""
    _insert(
        (
            (ResourceKind.PATIENT, appointment.patient_id, 0, tick)
            for tick in ticks_between(appointment.starts_at, appointment.ends_at)
        ),
        hold_id=None,
        appointment_id=appointment.pk,
    )


def free_time_of(appointment_id: int) -> None:
    """Give back all the time of an appointment."""
    rows = Occupation.objects.filter(appointment_id=appointment_id)
    rows._raw_delete(rows.db)


def delete_holds(condition: Q) -> set[int]:
    """Delete holds and their time (nothing else refers to either); returns the keys of the holds deleted.

    The holds are locked first, as by whoever confirms or renews one: a hold that is given ten more minutes at this very
    instant no longer meets `condition` once its lock is obtained, and keeps its time. Without that, its time would go and
    the hold would stay, ready to be confirmed on top of somebody else.
    """
    found = Hold.objects.select_for_update().filter(condition).order_by("pk")
    ids = set(found.values_list("pk", flat=True))
    if not ids:
        return ids
    rows = Occupation.objects.filter(hold_id__in=ids)
    rows._raw_delete(rows.db)
    holds = Hold.objects.filter(pk__in=ids)
    holds._raw_delete(holds.db)
    return ids


def free_lane(shift: Shift, ticks: range) -> int:
    """Lowest lane from 1 in which the practitioner and the room are free: the place of an overbooked visit.

    The room too: a visit that runs past the end of its shift meets the overbooked visits of the next one there.
    """
    taken = Q(resource_kind=ResourceKind.PRACTITIONER, resource_id=shift.practitioner_id)
    if shift.room_id is not None:
        taken |= Q(resource_kind=ResourceKind.ROOM, resource_id=shift.room_id)
    used = set(Occupation.objects.filter(taken, tick__in=list(ticks)).values_list("lane", flat=True))
    return next(lane for lane in range(1, 100) if lane not in used)


def patient_is_busy(patient_id: int, ticks: range, *, except_appointment_id: int | None = None) -> bool:
    return (
        Occupation.objects.filter(
            resource_kind=ResourceKind.PATIENT, resource_id=patient_id, tick__in=list(ticks)
        )
        .exclude(Q(appointment=except_appointment_id))
        .exists()
    )


PATIENT_BUSY = Reason("patient-busy", "Ce patient a déjà un rendez-vous à cette heure-là.")
