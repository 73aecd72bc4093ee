"""The typical week of a site, line by line. Changing a line never touches the shifts it has generated."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction

from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid, NotFound, Reason

from .. import queries, rules
from ..models import ShiftTemplate
from .edition import checked_kind
from .guards import find_practitioner, find_room, find_site

MAX_EVERY_WEEKS = 12


@transaction.atomic
def save_template_line(
    *,
    site_id: int,
    template_id: int | None = None,
    weekday: int,
    starts: time,
    ends: time,
    kind: str,
    room_id: int | None = None,
    practitioner_id: int | None = None,
    every_weeks: int = 1,
    first_day: date | None = None,
    last_day: date | None = None,
    by: Actor,
    now: datetime,
) -> ShiftTemplate:
    """Create a line, or change the one of `template_id` (which must be of that site)."""
    site = find_site(site_id)
    faults = rules.hours_faults(starts, ends)
    if not 0 <= weekday <= 6:
        faults.append(Reason("unknown-weekday", "Ce jour de la semaine n’existe pas."))
    if not 1 <= every_weeks <= MAX_EVERY_WEEKS:
        faults.append(Reason("cadence", f"Une ligne revient toutes les 1 à {MAX_EVERY_WEEKS}\u00a0semaines."))
    if first_day and last_day and last_day < first_day:
        faults.append(Reason("days-order", "La ligne finit avant de commencer."))
    if faults:
        raise Invalid(" ".join(f.message for f in faults), code=faults[0].code, reasons=faults)
    room = find_room(room_id, site.pk)
    person = find_practitioner(practitioner_id) if practitioner_id is not None else None
    if person is not None:
        misfit = rules.wrong_profession(checked_kind(kind), queries.person_facts(person))
        if misfit:
            raise Conflict(misfit[0].message, code=misfit[0].code, reasons=misfit)
    if template_id is None:
        line = ShiftTemplate(site=site)
    else:
        found = ShiftTemplate.objects.select_for_update().filter(pk=template_id, site=site).first()
        if found is None:
            raise NotFound("Cette ligne de la semaine type n’existe pas.")
        line = found
    line.weekday, line.starts, line.ends = weekday, starts, ends
    line.kind, line.room, line.practitioner = checked_kind(kind), room, person
    line.every_weeks, line.first_day, line.last_day = every_weeks, first_day, last_day
    line.save()
    audit.record(
        by=by,
        action="template.saved",
        target_kind="shift_template",
        target_id=line.pk,
        practice_id=site.practice_id,
        now=now,
    )
    return line


@transaction.atomic
def delete_template_line(*, template_id: int, by: Actor, now: datetime) -> None:
    """Forget a line. The shifts it generated stay, each living alone."""
    line = (
        ShiftTemplate.objects.select_for_update(of=("self",))
        .select_related("site")
        .filter(pk=template_id)
        .first()
    )
    if line is None:
        raise NotFound("Cette ligne de la semaine type n’existe pas.")
    practice_id = line.site.practice_id
    line.delete()
    audit.record(
        by=by,
        action="template.deleted",
        target_kind="shift_template",
        target_id=template_id,
        practice_id=practice_id,
        now=now,
    )
