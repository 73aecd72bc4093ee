"""« Placer plusieurs personnes »: every open shift of a period on one page, one choice per line."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from releve.contexts.accounts.enums import Capability
from releve.contexts.indicators.rules import monday_of
from releve.contexts.practices.access import access_practice
from releve.contexts.rostering import queries, services
from releve.contexts.rostering.enums import AvailabilityState, ShiftStatus
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Invalid
from releve.web.account.guards import staff_required

from . import roster_grid as grid
from .roster_calendar_views import DEFAULT_ZONE

WEEKS_SHOWN = 6
MAX_LINES = 300


def _first_day(request: HttpRequest, today: date) -> date:
    text = request.GET.get("du", "")
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid("Le jour s’écrit AAAA-MM-JJ, par exemple 2026-03-02.", field="du") from None
    clock.check_year(day)
    return max(day, today)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def place_people(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """Choose a practitioner for each open shift; each line is saved or refused alone, with its reasons."""
    practice = access_practice(request.user, practice_slug, Capability.ROSTER_MANAGE)
    now = clock.now()
    today = clock.local_day(now, DEFAULT_ZONE)
    first = _first_day(request, today)
    last = monday_of(first) + timedelta(days=7 * WEEKS_SHOWN - 1)
    shifts = [s for s in queries.shifts_between(practice.pk, first, last) if s.status == ShiftStatus.OPEN]
    results: dict[int, Any] = {}
    chosen: dict[int, str] = {}
    placed: list[Any] = []
    status = 200
    if request.method == "POST":
        chosen = _choices(request, {s.pk for s in shifts})
        mode = ShiftStatus.PROPOSED if request.POST.get("mode") == "proposer" else ShiftStatus.CONFIRMED
        pairs = [(shift_id, int(person)) for shift_id, person in chosen.items()]
        found = services.assign_many(pairs=pairs, status=mode, by=Actor.user(request.user), now=now)
        results = {result.shift_id: result for result in found}
        by_id = {s.pk: s for s in shifts}
        names = dict(_names(practice.pk, first, last))
        placed = [
            (grid.card_of(by_id[r.shift_id], today=today), names.get(r.practitioner_id, ""))
            for r in found
            if r.ok
        ]
        shifts = [s for s in shifts if not (s.pk in results and results[s.pk].ok)]
        status = 200 if all(r.ok for r in found) else 409
    options = queries.staffing_options(practice.pk, shifts) if shifts else {}
    return render(
        request,
        "desk/roster/place.html",
        {
            "practice": practice,
            "nav_current": "roster",
            "lines": [
                {
                    "card": grid.card_of(s, today=today),
                    "site": s.site,
                    "options": [_option(o) for o in options.get(s.pk, [])],
                    "chosen": chosen.get(s.pk, ""),
                    "reasons": results[s.pk].reasons if s.pk in results else [],
                }
                for s in shifts
            ],
            "placed": placed,
            "refused": sum(1 for r in results.values() if not r.ok),
            "nothing_chosen": request.method == "POST" and not chosen,
            "first": first,
            "last": last,
            "following": last + timedelta(days=1),
            "mode": request.POST.get("mode", "confirmer"),
        },
        status=status,
    )


def _option(option: Any) -> dict[str, str]:
    """One line of the list: the name, what the person said, what stands against."""
    said = AvailabilityState(option.availability).label.lower() if option.availability else "n’a rien dit"
    text = f"{option.name}\u00a0: {said}"
    if option.reasons:
        text += f" ({option.reasons[0].message.rstrip('.')})"
    return {"id": str(option.practitioner_id), "text": text}


def _names(practice_id: int, first: date, last: date) -> list[tuple[int, str]]:
    people = queries.assignable_practitioners(practice_id, first)
    people += queries.assignable_practitioners(practice_id, last)
    return [(person.pk, person.display_name) for person in people]


def _choices(request: HttpRequest, known: set[int]) -> dict[int, str]:
    """`vacation-<id>` = practitioner id. Only shifts of this practice, open when the page is read."""
    found: dict[int, str] = {}
    for name, value in request.POST.items():
        if not name.startswith("vacation-") or not value:
            continue
        shift_text = name.removeprefix("vacation-")
        if not (shift_text.isdecimal() and str(value).isdecimal()):
            raise Invalid("Cette ligne est illisible.", field=name)
        if int(shift_text) in known:
            found[int(shift_text)] = str(value)
    if len(found) > MAX_LINES:
        raise Invalid(f"Pas plus de {MAX_LINES} vacations à la fois.")
    return found
