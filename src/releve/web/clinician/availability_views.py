"""« Mes disponibilités »: six weeks by half-day. Lists without JavaScript, taps with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from releve.contexts.rostering import access, queries, services
from releve.contexts.rostering.enums import AvailabilityState, HalfDay
from releve.contexts.rostering.rules import halves_of, monday_of
from releve.kernel import clock, french
from releve.kernel.audit import Actor
from releve.kernel.errors import DomainError, Invalid
from releve.web.account.guards import staff_required

from .shift_views import HOME_ZONE

WEEKS = 6
OPEN_WEEKS = 2  # the next ones are folded: one thumb's worth of page
HALVES = (HalfDay.MORNING, HalfDay.AFTERNOON)
CHOICES = [("", "Rien dit"), *AvailabilityState.choices]


@dataclass(frozen=True)
class Half:
    """One half-day of the grid."""

    name: str  # of the form field
    label: str
    state: str
    shift: str  # place of the shift already held then
    error: bool = False


@dataclass(frozen=True)
class Day:
    day: date
    title: str
    past: bool
    halves: list[Half]


def _field(day: date, half: HalfDay) -> str:
    return f"{day.isoformat()}-{half.value}"


def _weeks(person: Any, today: date, typed: dict[str, str]) -> list[dict[str, Any]]:
    first = monday_of(today)
    rows = queries.availabilities_of(person, first, first + timedelta(days=7 * WEEKS - 1))
    days = []
    for row in rows:
        busy = {half: shift.site.name for shift in row.shifts for half in halves_of(shift.half_day)}
        said = {HalfDay.MORNING: row.morning, HalfDay.AFTERNOON: row.afternoon}
        days.append(
            Day(
                day=row.day,
                title=french.long_date(row.day),
                past=row.day < today,
                halves=[
                    Half(
                        name=_field(row.day, half),
                        label=half.label,
                        state=typed.get(_field(row.day, half), said[half] or ""),
                        shift=busy.get(half, ""),
                    )
                    for half in HALVES
                ],
            )
        )
    weeks = []
    for i in range(0, len(days), 7):
        kept = [day for day in days[i : i + 7] if not day.past]
        count = sum(bool(half.state) for day in kept for half in day.halves if not half.shift)
        weeks.append({"monday": days[i].day, "days": kept, "said": count, "folded": i >= 7 * OPEN_WEEKS})
    return weeks


def _entries(request: HttpRequest, person: Any, today: date) -> tuple[list[Any], dict[str, str]]:
    """What changed, as (day, half-day, state or None), and everything typed. Raises Invalid."""
    first = monday_of(today)
    last = first + timedelta(days=7 * WEEKS - 1)
    known = {
        (row.day, half): said
        for row in queries.availabilities_of(person, first, last)
        for half, said in ((HalfDay.MORNING, row.morning), (HalfDay.AFTERNOON, row.afternoon))
    }
    typed: dict[str, str] = {}
    entries = []
    for (day, half), said in known.items():
        name = _field(day, half)
        if name not in request.POST or day < today:
            continue
        value = request.POST[name]
        if value and value not in AvailabilityState.values:
            raise Invalid("Cette réponse n’existe pas.", code="unknown-state", field=name)
        typed[name] = value
        if value != (said or ""):
            entries.append((day, half.value, value or None))
    return entries, typed


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def availability(request: HttpRequest) -> HttpResponse:
    """Say when one can come, for six weeks."""
    person = access.own_practitioner(request.user)
    now = clock.now()
    today = clock.local_day(now, HOME_ZONE)
    refusal: DomainError | None = None
    typed: dict[str, str] = {}
    if request.method == "POST":
        entries, typed = _entries(request, person, today)
        try:
            services.set_availability(
                practitioner_id=person.pk, entries=entries, by=Actor.user(request.user), now=now
            )
        except DomainError as error:
            refusal = error
        else:
            count = len(entries)
            messages.success(
                request,
                "Rien n’avait changé."
                if not count
                else f"C’est enregistré\u00a0: {count} demi-journée{'s' if count > 1 else ''}.",
            )
            return redirect("clinician:availability")
    return render(
        request,
        "clinician/availability.html",
        {
            "nav_current": "availability",
            "weeks": _weeks(person, today, typed),
            "choices": CHOICES,
            "refusal": refusal,
        },
        status=refusal.status if refusal else 200,
    )
