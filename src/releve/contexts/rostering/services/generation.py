"""From the typical week to dated shifts. Running again creates nothing twice and resurrects nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from releve.contexts.practices.models import Room, Site
from releve.contexts.practitioners.models import Practitioner, TeamMember
from releve.contexts.territory import queries as territory
from releve.kernel import audit, clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, DomainError, Invalid, NotFound, Reason

from .. import queries, rules
from ..enums import TAKEN_STATUSES, ShiftStatus
from ..models import Shift, ShiftTemplate
from ..rules import BusyTime, CadenceLine, SiteDays, TeamWindow
from .edition import place_in_time
from .guards import find_site, guarded


@dataclass(frozen=True)
class SkipReason(Reason):
    """Why a line gave no shift, or an open one instead of a confirmed one."""

    template_id: int | None = None

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class GenerationReport:
    """What a generation did. Every day that gave nothing is in `skipped` with its reason.

    `left_open`: days whose line names somebody who cannot come; the shift exists as an open need.
    """

    created: list[Shift] = field(default_factory=list)
    skipped: list[tuple[date, SkipReason]] = field(default_factory=list)
    left_open: list[tuple[date, SkipReason]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what the person should know of the whole period

    @property
    def created_count(self) -> int:
        return len(self.created)


@dataclass
class _World:
    """Everything one generation needs to know, read once."""

    site: Site
    days: SiteDays
    today: date
    existing: set[tuple[int, date]]
    loose: Counter[tuple[date, datetime, datetime, str]]  # live shifts that no line claims
    rooms: dict[int, list[BusyTime]]
    people: dict[int, list[BusyTime]]
    windows: dict[int, list[TeamWindow]]


@transaction.atomic
def generate_shifts(
    *,
    site_id: int,
    first_day: date,
    last_day: date,
    skip_public_holidays: bool = True,
    skip_school_holidays: bool = False,
    template_ids: Sequence[int] | None = None,
    by: Actor,
    now: datetime,
) -> GenerationReport:
    """Create the shifts of a site's typical week from `first_day` to `last_day` (included).

    A line gives at most one shift a day, for ever: the key is (line, day), so a shift that was moved to other
    hours or cancelled is not made again. A line deleted and typed again recognises an identical shift that no
    line claims. Lines with a practitioner give confirmed shifts, or open ones when that person cannot come
    (`left_open`). Raises Invalid for an impossible period.
    """
    site, pending, report = _plan(
        site_id, first_day, last_day, skip_public_holidays, skip_school_holidays, template_ids, by=by, now=now
    )
    _write(pending, report)
    audit.record(
        by=by,
        action="shifts.generated",
        target_kind="site",
        target_id=site.pk,
        practice_id=site.practice_id,
        now=now,
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
        created=len(report.created),
        skipped=len(report.skipped),
    )
    return report


def preview_generation(
    *,
    site_id: int,
    first_day: date,
    last_day: date,
    skip_public_holidays: bool = True,
    skip_school_holidays: bool = False,
    template_ids: Sequence[int] | None = None,
    by: Actor,
    now: datetime,
) -> GenerationReport:
    """What `generate_shifts` would do now, writing nothing: `created` holds unsaved shifts. Same refusals."""
    _, pending, report = _plan(
        site_id,
        first_day,
        last_day,
        skip_public_holidays,
        skip_school_holidays,
        template_ids,
        by=by,
        now=now,
        locked=False,
    )
    report.created.extend(pending)
    return report


def _plan(
    site_id: int,
    first_day: date,
    last_day: date,
    skip_public_holidays: bool,
    skip_school_holidays: bool,
    template_ids: Sequence[int] | None,
    *,
    by: Actor,
    now: datetime,
    locked: bool = True,
) -> tuple[Site, list[Shift], GenerationReport]:
    """The shifts to create, and the report of the days that give none."""
    if last_day < first_day:
        raise Invalid("La période finit avant de commencer.", code="days-order", field="last_day")
    if (last_day - first_day).days > rules.MAX_GENERATION_DAYS:
        raise Invalid(
            f"La période ne dépasse pas {rules.MAX_GENERATION_DAYS} jours.",
            code="period-too-long",
            field="last_day",
        )
    site = find_site(site_id)
    # Two people who generate at once wait for each other here instead of colliding shift by shift.
    # (no_key: bookings, which only reference the site, go on meanwhile.)
    Site.objects.select_for_update(of=("self",), no_key=True).filter(pk=site.pk).first()
    lines = queries.template_lines(site.pk)
    if template_ids is not None:
        wanted = set(template_ids)
        lines = [line for line in lines if line.pk in wanted]
        if len(lines) != len(wanted):
            raise NotFound("Cette ligne de la semaine type n’existe pas.")
    _queue_for(lines)
    report = GenerationReport()
    world = _look_around(site, lines, first_day, last_day, now)
    departement = site.commune.departement_id or ""
    if skip_school_holidays and not territory.school_calendar_known(departement, last_day):
        report.notes.append(
            "Les dates des congés scolaires ne sont pas encore connues pour toute la période\u00a0: "
            "les jours inconnus ne sont pas sautés."
        )
    pending: list[Shift] = []
    for offset in range((last_day - first_day).days + 1):
        day = first_day + timedelta(days=offset)
        due = [line for line in lines if rules.falls_on(_cadence(line), day)]
        if not due:
            continue
        closed = _day_reason(day, world, departement, skip_public_holidays, skip_school_holidays)
        for line in due:
            if closed is not None:
                report.skipped.append((day, SkipReason(closed.code, closed.message, line.pk)))
                continue
            shift = _draft(line, day, world, report, by=by, now=now)
            if shift is not None:
                pending.append(shift)
    return site, pending, report


def _queue_for(lines: Sequence[ShiftTemplate]) -> None:
    """Lock the rooms and people of these lines, in the order every service locks them (see guards)."""
    rooms = sorted({line.room_id for line in lines if line.room_id})
    people = sorted({line.practitioner_id for line in lines if line.practitioner_id})
    list(Room.objects.select_for_update(no_key=True).filter(pk__in=rooms).order_by("pk"))
    list(Practitioner.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))


def _cadence(line: ShiftTemplate) -> CadenceLine:
    return CadenceLine(line.weekday, line.every_weeks, line.first_day, line.last_day)


def _day_reason(
    day: date, world: _World, departement: str, skip_public: bool, skip_school: bool
) -> Reason | None:
    """The first reason why nothing is generated that day."""
    found = (
        rules.past_day(day, world.today)
        or rules.site_closed(day, world.days)
        or rules.practice_ended(day, world.days)
    )
    if found:
        return found[0]
    if skip_public and departement and territory.is_public_holiday(day, departement):
        return Reason("public-holiday", f"Le {rules.day_text(day)} est férié.")
    if skip_school and departement:
        name = territory.school_holiday(day, departement)
        if name:
            return Reason("school-holiday", f"Congés scolaires\u00a0: {name}.")
    return None


def _look_around(
    site: Site, lines: Sequence[ShiftTemplate], first_day: date, last_day: date, now: datetime
) -> _World:
    """Seven statements at most, whatever the length of the period."""
    margin = timedelta(days=1)
    span = (first_day - margin, last_day + margin)
    line_ids = [line.pk for line in lines]
    existing = set(
        Shift.objects.filter(template_id__in=line_ids, day__range=(first_day, last_day))
        .order_by()
        .values_list("template_id", "day")
    )
    loose: Counter[tuple[date, datetime, datetime, str]] = Counter()
    rooms: dict[int, list[BusyTime]] = defaultdict(list)
    here = Shift.objects.filter(site=site, day__range=span).exclude(status=ShiftStatus.CANCELLED)
    for day, start, end, kind, room_id, template_id in here.order_by("starts_at").values_list(
        "day", "starts_at", "ends_at", "kind", "room_id", "template_id"
    ):
        if template_id is None:
            loose[(day, start, end, kind)] += 1
        if room_id is not None:
            rooms[room_id].append(BusyTime(start, end))
    person_ids = {line.practitioner_id for line in lines if line.practitioner_id}
    people: dict[int, list[BusyTime]] = defaultdict(list)
    windows: dict[int, list[TeamWindow]] = defaultdict(list)
    if person_ids:
        taken = Shift.objects.filter(
            practitioner_id__in=person_ids, status__in=TAKEN_STATUSES, day__range=span
        ).order_by("starts_at")
        for who, start, end, name, practice_id in taken.values_list(
            "practitioner_id", "starts_at", "ends_at", "site__name", "practice_id"
        ):
            # Another practice's place is not named to whoever generates.
            place = name if practice_id == site.practice_id else None
            people[who].append(BusyTime(start, end, place))
        team = TeamMember.objects.filter(practice_id=site.practice_id, practitioner_id__in=person_ids)
        for who, since, until in team.values_list("practitioner_id", "since", "until"):
            windows[who].append(TeamWindow(since, until))
    return _World(
        site=site,
        days=queries.site_days(site),
        today=clock.local_day(now, site.time_zone),
        existing=existing,
        loose=loose,
        rooms=rooms,
        people=people,
        windows=windows,
    )


def _draft(
    line: ShiftTemplate, day: date, world: _World, report: GenerationReport, *, by: Actor, now: datetime
) -> Shift | None:
    """The shift a line asks for on a day, or None with the reason in the report."""

    def skip(reason: Reason) -> None:
        report.skipped.append((day, SkipReason(reason.code, reason.message, line.pk)))

    if (line.pk, day) in world.existing:
        skip(Reason("already-generated", "Déjà créée pour ce jour."))
        return None
    shift = Shift(
        practice_id=world.site.practice_id,
        site=world.site,
        room=line.room,
        kind=line.kind,
        template=line,
        created_at=now,
        updated_at=now,
        changed_by_id=by.id if by.kind == "user" else None,
    )
    try:
        place_in_time(shift, day, line.starts, line.ends)
    except DomainError as error:
        skip(Reason(error.code, error.message))
        return None
    key = (day, shift.starts_at, shift.ends_at, shift.kind)
    if world.loose[key]:
        world.loose[key] -= 1
        skip(Reason("already-there", "Une vacation identique existe déjà ce jour-là."))
        return None
    facts = queries.shift_facts(shift)
    if line.room is not None:
        blocked = rules.room_taken(facts, line.room.name, world.rooms[line.room.pk])
        if blocked:
            skip(blocked[0])
            return None
        world.rooms[line.room.pk].append(BusyTime(shift.starts_at, shift.ends_at))
    if line.practitioner is not None:
        person = queries.person_facts(line.practitioner)
        against = rules.person_reasons(
            shift=facts,
            person=person,
            windows=world.windows[person.practitioner_id],
            busy=world.people[person.practitioner_id],
        )
        if against:
            report.left_open.append((day, SkipReason(against[0].code, against[0].message, line.pk)))
        else:
            shift.practitioner, shift.status = line.practitioner, ShiftStatus.CONFIRMED
            world.people[person.practitioner_id].append(
                BusyTime(shift.starts_at, shift.ends_at, world.site.name)
            )
    return shift


def _write(pending: list[Shift], report: GenerationReport) -> None:
    """All at once; one by one only when the database refuses, to say which and why."""
    if not pending:
        return
    try:
        with transaction.atomic():
            Shift.objects.bulk_create(pending)
        report.created.extend(pending)
        return
    except IntegrityError:
        pass
    for shift in pending:
        shift.pk = None
        try:
            with guarded(shift, by=audit.SYSTEM):
                shift.save(force_insert=True)
            report.created.append(shift)
        except Conflict as error:
            if error.code == "already-elsewhere":
                # Somebody took that person's time while we worked: the need stays, open.
                shift.practitioner, shift.status = None, ShiftStatus.OPEN
                shift.save(force_insert=True)
                report.created.append(shift)
                report.left_open.append((shift.day, SkipReason(error.code, error.message, shift.template_id)))
            else:
                report.skipped.append((shift.day, SkipReason(error.code, error.message, shift.template_id)))
