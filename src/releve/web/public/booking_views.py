"""Taking an appointment, steps 1 and 2: what for, then when. The address carries the choices, never a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from releve.contexts.booking import queries as booking
from releve.contexts.booking import services as booking_services
from releve.contexts.practices import queries as practices
from releve.contexts.practices.enums import PracticeStatus
from releve.kernel import clock
from releve.kernel.audit import PATIENT
from releve.kernel.errors import DomainError, Gone, Invalid, NotFound

from .booking_guard import count_hold, private_page
from .booking_memory import Remembered, remember
from .booking_times import build_week, places_nearby, read_day, read_instant, read_time_button

_WHOM = {"moi": False, "proche": True}
_KNOWN = {"oui": True, "non": False}


@dataclass(frozen=True)
class Choices:
    """What the address says so far; empty strings and None: not asked yet."""

    whom: str
    known: str
    reason_id: int | None
    wanted: datetime | None

    def query(self, **changes: Any) -> str:
        """Query string of these choices with some changed (None or empty removes)."""
        values: dict[str, Any] = {
            "pour": self.whom,
            "deja": self.known,
            "motif": self.reason_id,
            "debut": f"{self.wanted:%Y-%m-%dT%H:%M:%SZ}" if self.wanted else "",
            **changes,
        }
        return urlencode({key: value for key, value in values.items() if value not in (None, "")})


def read_choices(query: QueryDict, *, time_zone: str) -> Choices:
    """Raises Invalid on a value that no page of ours offers."""
    whom, known = query.get("pour", ""), query.get("deja", "")
    if (whom and whom not in _WHOM) or (known and known not in _KNOWN):
        raise Invalid("Cette réponse n’est pas proposée. Recommencez depuis la première question.")
    wanted = query.get("debut", "")
    return Choices(
        whom=whom,
        known=known,
        reason_id=read_id(query.get("motif", "")),
        wanted=read_instant(wanted, time_zone=time_zone) if wanted else None,
    )


def read_id(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise Invalid("Ce motif de consultation n’existe pas.", field="motif")
    return int(text)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, site_slug: str) -> HttpResponse:
    """One question at a time: for whom, already known, what for, when. A POST takes the time for ten minutes."""
    site = practices.get_public_site(site_slug)
    choices = read_choices(request.GET, time_zone=site.time_zone)
    context = {
        "site": site,
        "practice": site.practice,
        "phone_number": site.phone or site.practice.phone,
        "choices": choices,
        "reason": None,
        "here": reverse("public:booking", args=[site.slug]),
    }
    if site.practice.status != PracticeStatus.OPEN:
        if request.method == "POST":
            raise Gone(
                "Ce cabinet ne prend pas de rendez-vous en ligne en ce moment.", code="practice-closed"
            )
        context["nearby"] = places_nearby(site, category="", now=clock.now())
        return render(request, "public/booking/closed.html", context)
    question = _question(request, context, choices)
    if question is not None:
        return question
    if request.method == "POST":
        return _take_time(request, context, choices)
    return _times_page(request, context, choices)


def _question(request: HttpRequest, context: dict[str, Any], choices: Choices) -> HttpResponse | None:
    """The first question that has no answer yet; None when only the time is left to choose."""
    site = context["site"]
    if not choices.whom:
        return render(request, "public/booking/ask_whom.html", context)
    if not choices.known:
        return render(request, "public/booking/ask_known.html", context)
    reasons = booking.list_reasons(site.practice_id)
    offered = [r for r in reasons if booking.reason_suits(r, patient_is_known=_KNOWN[choices.known])]
    chosen = next((r for r in reasons if r.pk == choices.reason_id), None)
    if choices.reason_id is not None and chosen is None:
        raise NotFound("Ce motif de consultation n’est pas proposé ici.", code="unknown-reason")
    if chosen is None or chosen not in offered:
        context |= {"reasons": offered, "unsuited": chosen}
        return render(request, "public/booking/ask_reason.html", context)
    context["reason"] = chosen
    return None


def _take_time(request: HttpRequest, context: dict[str, Any], choices: Choices) -> HttpResponse:
    site, reason, now = context["site"], context["reason"], clock.now()
    try:
        starts_at, practitioner_id = read_time_button(
            request.POST.get("horaire", ""), time_zone=site.time_zone
        )
    except Invalid as refusal:
        return _times_page(request, context, choices, refusal=refusal)
    count_hold(request, now)
    try:
        placed = booking_services.place_hold(
            site_id=site.pk,
            reason_id=reason.pk,
            starts_at=starts_at,
            practitioner_id=practitioner_id,
            audience="public",
            by=PATIENT,
            now=now,
        )
    except (booking_services.SlotTaken, Gone, Invalid) as refusal:
        return _times_page(request, context, choices, refusal=refusal)
    remember(
        request,
        placed.token,
        Remembered(
            back=f"{context['here']}?{choices.query(debut=None)}",
            for_relative=_WHOM[choices.whom],
            known=_KNOWN[choices.known],
        ),
    )
    return redirect("public:hold", hold_token=placed.token)


def _times_page(
    request: HttpRequest, context: dict[str, Any], choices: Choices, *, refusal: DomainError | None = None
) -> HttpResponse:
    site, reason, now = context["site"], context["reason"], clock.now()
    today = clock.local_day(now, site.time_zone)
    first_day = read_day(request.GET.get("du", ""), today=today)
    wanted = choices.wanted if choices.wanted and choices.wanted > now else None
    if first_day is None and wanted is not None:
        first_day = clock.local_day(wanted, site.time_zone)
    week = build_week(site=site, reason_id=reason.pk, first_day=first_day, now=now)
    offered = {offer.starts_at: offer for day in week.days for offer in day.times}
    context |= {
        "week": week,
        "refusal": refusal,
        "wanted": choices.wanted if refusal is None else None,
        "wanted_offer": offered.get(choices.wanted) if choices.wanted and refusal is None else None,
        "action": f"{context['here']}?{choices.query()}",
        "days_href": f"{context['here']}?{choices.query(debut=None)}&du=",
        "nearby": [] if week.days else places_nearby(site, category=reason.category, now=now),
    }
    status = refusal.status if refusal else 200
    return render(request, "public/booking/times.html", context, status=status)
