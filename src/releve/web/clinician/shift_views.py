"""« Mes prochaines vacations » and « On a besoin de vous »: read, come, give back, one tap each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from releve.contexts.rostering import access, queries, services
from releve.contexts.rostering.enums import ShiftKind, ShiftStatus
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import DomainError
from releve.web.account.guards import staff_required
from releve.workflows import shift_changes

SHOWN_SHIFTS = 40
NEEDS_DAYS = 60
HOME_ZONE = "Europe/Paris"


@dataclass(frozen=True)
class ShiftCard:
    """One of my shifts, ready to print."""

    shift: Any
    colleagues: list[str]
    can_give_back: bool
    phone: str

    @property
    def map_href(self) -> str:
        site = self.shift.site
        return f"https://www.openstreetmap.org/directions?to={site.lat:.5f}%2C{site.lon:.5f}"


def _cards(shifts: list[Any], now: Any) -> list[ShiftCard]:
    others = queries.colleagues_of(shifts)
    return [
        ShiftCard(
            shift=shift,
            # A morning and an afternoon of the same person are one colleague.
            colleagues=list(
                dict.fromkeys(
                    other.practitioner.display_name
                    + ("" if other.kind == ShiftKind.CONSULTATION else f" ({other.get_kind_display()})")
                    for other in others.get(shift.pk, [])
                    if other.practitioner is not None
                )
            ),
            can_give_back=shift.status in (ShiftStatus.CONFIRMED, ShiftStatus.PROPOSED)
            and shift.starts_at > now,
            phone=shift.site.phone or shift.practice.phone,
        )
        for shift in shifts
    ]


@staff_required
@require_safe
def my_shifts(request: HttpRequest) -> HttpResponse:
    """The next shifts: when, where, how to come, where to sleep, who else is there."""
    return _render_shifts(request, access.own_practitioner(request.user))


def _render_shifts(
    request: HttpRequest, person: Any, *, refusal: DomainError | None = None, refused: Any = None
) -> HttpResponse:
    now = clock.now()
    today = clock.local_day(now, HOME_ZONE)
    shifts = [
        shift for shift in queries.shifts_of(person, first=today, limit=SHOWN_SHIFTS) if shift.ends_at > now
    ]
    cards = _cards(shifts, now)
    asked = request.GET.get("nouvelle", "")
    return render(
        request,
        "clinician/shifts.html",
        {
            "nav_current": "shifts",
            "person": person,
            "cards": cards,
            "first": cards[0] if cards else None,
            "others": cards[1:],
            "fresh": next((card for card in cards if str(card.shift.pk) == asked), None),
            "refusal": refusal,
            "refused": refused,
            "today": today,
            "need_count": len(queries.open_needs_for(person, now=now, days=NEEDS_DAYS)),
        },
        status=refusal.status if refusal else 200,
    )


@staff_required
@require_safe
def needs(request: HttpRequest) -> HttpResponse:
    """Open needs, the ones that fit best first; those that cannot be taken follow, with the reasons."""
    return _render_needs(request, access.own_practitioner(request.user))


def _render_needs(
    request: HttpRequest, person: Any, *, refusal: DomainError | None = None, refused: Any = None
) -> HttpResponse:
    now = clock.now()
    found = queries.open_needs_for(person, now=now, days=NEEDS_DAYS, include_blocked=True)
    possible = [need for need in found if not need.reasons_against]
    return render(
        request,
        "clinician/needs.html",
        {
            "nav_current": "needs",
            "person": person,
            "possible": possible,
            "blocked": [need for need in found if need.reasons_against],
            "refusal": refusal,
            "refused": refused,
            "today": clock.local_day(now, HOME_ZONE),
            "days": NEEDS_DAYS,
        },
        status=refusal.status if refusal else 200,
    )


@staff_required
@require_POST
def take(request: HttpRequest, shift_id: int) -> HttpResponse:
    """« Je viens »."""
    person = access.own_practitioner(request.user)
    shift = access.access_need(request.user, shift_id)
    try:
        services.take_shift(
            shift_id=shift.pk, practitioner_id=person.pk, by=Actor.user(request.user), now=clock.now()
        )
    except DomainError as error:
        return _render_needs(request, person, refusal=error, refused=shift)
    return redirect(f"{reverse('clinician:shifts')}?nouvelle={shift.pk}")


@staff_required
@require_POST
def give_back(request: HttpRequest, shift_id: int) -> HttpResponse:
    """« Je ne peux plus venir »: the shift becomes an open need, unless patients are expected."""
    person = access.own_practitioner(request.user)
    shift = access.access_own_shift(request.user, shift_id)
    try:
        shift_changes.release_shift_safely(shift_id=shift.pk, by=Actor.user(request.user), now=clock.now())
    except DomainError as error:
        return _render_shifts(request, person, refusal=error, refused=shift)
    return redirect(f"{reverse('clinician:needs')}?rendue=1")
