"""The typical week of a site, and the generation of dated shifts from it: shown before it is done."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.practices.access import access_practice, access_site
from releve.contexts.rostering import access, queries, services
from releve.contexts.rostering.enums import ShiftStatus
from releve.contexts.rostering.rules import monday_of
from releve.kernel import clock, french
from releve.kernel.audit import Actor
from releve.kernel.errors import DomainError, NotFound
from releve.web.account.guards import staff_required

from .roster_forms import WEEKDAYS, GenerateForm, TemplateLineForm, add_refusal

DEFAULT_WEEKS = 6


def _line_text(line: Any) -> dict[str, Any]:
    cadence = {1: "toutes les semaines", 2: "une semaine sur deux"}.get(
        line.every_weeks, f"une semaine sur {line.every_weeks}"
    )
    return {
        "line": line,
        "hours": f"{french_time(line.starts)} – {french_time(line.ends)}",
        "kind": line.get_kind_display(),
        "person": line.practitioner.display_name if line.practitioner else "À pourvoir",
        "room": line.room.name if line.room else "",
        "cadence": cadence,
    }


def french_time(wall: Any) -> str:
    """`9 h`, `14 h 30`."""
    space = french.NBSP
    return f"{wall.hour}{space}h{space}{wall.minute:02d}" if wall.minute else f"{wall.hour}{space}h"


@staff_required
@require_safe
def typical_week(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """The typical week of every site of the practice, day by day."""
    practice = access_practice(request.user, practice_slug, Capability.ROSTER_MANAGE)
    today = clock.local_day(clock.now(), "Europe/Paris")
    sites = []
    for site in queries.roster_view(practice.pk, today, today).sites:
        by_day: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for line in queries.template_lines(site.pk):
            by_day[line.weekday].append(_line_text(line))
        sites.append(
            {
                "site": site,
                "days": [(label, by_day.get(number, [])) for number, label in WEEKDAYS],
                "empty": not by_day,
            }
        )
    return render(
        request,
        "desk/roster/templates.html",
        {"practice": practice, "nav_current": "roster", "sites": sites},
    )


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def line(
    request: HttpRequest, practice_slug: str, site_slug: str, template_id: int | None = None
) -> HttpResponse:
    """Add a line to the typical week, or change one."""
    site = access_site(request.user, practice_slug, site_slug, Capability.ROSTER_MANAGE)
    now = clock.now()
    today = clock.local_day(now, site.time_zone)
    found = _line(request, template_id, site) if template_id is not None else None
    people = [(p.pk, p.display_name) for p in queries.assignable_practitioners(site.practice_id, today)]
    if found is not None and found.practitioner and found.practitioner_id not in dict(people):
        people.append((found.practitioner_id, found.practitioner.display_name))
    view = queries.roster_view(site.practice_id, today, today)
    form = TemplateLineForm(
        request.POST if request.method == "POST" else None,
        initial=_line_initial(found, request),
        rooms=[(room.pk, room.name) for room in view.rooms if room.site_id == site.pk],
        people=people,
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            try:
                services.save_template_line(
                    site_id=site.pk,
                    template_id=template_id,
                    room_id=data.pop("room"),
                    practitioner_id=data.pop("practitioner"),
                    by=Actor.user(request.user),
                    now=now,
                    **data,
                )
            except DomainError as error:
                add_refusal(form, error)
                status = error.status
            else:
                messages.success(request, "La semaine type est enregistrée.")
                return redirect("roster:templates", practice_slug)
    return render(
        request,
        "desk/roster/template_line.html",
        {"practice": site.practice, "nav_current": "roster", "site": site, "form": form, "line": found},
        status=status,
    )


def _line(request: HttpRequest, template_id: int, site: Any) -> Any:
    found = access.access_template(request.user, template_id, Capability.ROSTER_MANAGE)
    if found.site_id != site.pk:
        raise NotFound(access.TEMPLATE_UNKNOWN)
    return found


def _line_initial(found: Any, request: HttpRequest) -> dict[str, Any]:
    if found is None:
        day = request.GET.get("jour", "")
        weekday = int(day) if day in {"0", "1", "2", "3", "4", "5", "6"} else 0
        return {"weekday": weekday, "starts": "09:00", "ends": "12:30", "every_weeks": 1}
    return {
        "weekday": found.weekday,
        "starts": found.starts,
        "ends": found.ends,
        "kind": found.kind,
        "room": found.room_id or "",
        "practitioner": found.practitioner_id or "",
        "every_weeks": found.every_weeks,
        "first_day": found.first_day,
        "last_day": found.last_day,
    }


@staff_required
@require_POST
def delete_line(request: HttpRequest, practice_slug: str, site_slug: str, template_id: int) -> HttpResponse:
    """Forget a line; the shifts it generated stay."""
    site = access_site(request.user, practice_slug, site_slug, Capability.ROSTER_MANAGE)
    found = _line(request, template_id, site)
    services.delete_template_line(template_id=found.pk, by=Actor.user(request.user), now=clock.now())
    messages.success(request, "La ligne est supprimée. Les vacations déjà créées restent au calendrier.")
    return redirect("roster:templates", practice_slug)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def generate(request: HttpRequest, practice_slug: str, site_slug: str) -> HttpResponse:
    """Choose a period (GET), see what would be created and skipped (GET with dates), confirm (POST)."""
    site = access_site(request.user, practice_slug, site_slug, Capability.ROSTER_MANAGE)
    now = clock.now()
    today = clock.local_day(now, site.time_zone)
    start = monday_of(today) + timedelta(days=7)
    asked = request.method == "POST" or "first_day" in request.GET
    source = request.POST if request.method == "POST" else request.GET
    form = GenerateForm(
        source if asked else None,
        initial={
            "first_day": start,
            "last_day": start + timedelta(days=7 * DEFAULT_WEEKS - 1),
            "skip_public_holidays": True,
        },
    )
    status, preview = 200, None
    if asked:
        status = 422
        if form.is_valid():
            work = services.generate_shifts if request.method == "POST" else services.preview_generation
            try:
                report = work(site_id=site.pk, by=Actor.user(request.user), now=now, **form.cleaned_data)
            except DomainError as error:
                add_refusal(form, error)
                status = error.status
            else:
                if request.method == "POST":
                    messages.success(request, _done(report))
                    first = form.cleaned_data["first_day"]
                    return redirect(
                        reverse("roster:calendar", args=[practice_slug])
                        + f"?site={site.slug}&mois={first:%Y-%m}"
                    )
                status, preview = 200, _preview(report, site)
    return render(
        request,
        "desk/roster/generate.html",
        {
            "practice": site.practice,
            "nav_current": "roster",
            "site": site,
            "form": form,
            "preview": preview,
            "line_count": len(queries.template_lines(site.pk)),
        },
        status=status,
    )


def _done(report: Any) -> str:
    count = len(report.created)
    text = f"{count} vacations créées" if count > 1 else f"{count} vacation créée"
    if report.skipped:
        text += f", {len(report.skipped)} non créées"
    return text + "."


def _preview(report: Any, site: Any) -> dict[str, Any]:
    by_day: dict[Any, list[dict[str, str]]] = defaultdict(list)
    for shift in report.created:
        hours = (
            f"{french.hour(shift.starts_at, site.time_zone)} – {french.hour(shift.ends_at, site.time_zone)}"
        )
        person = shift.practitioner.display_name if shift.practitioner else "À pourvoir"
        by_day[shift.day].append({"hours": hours, "kind": shift.get_kind_display(), "person": person})
    return {
        "days": [(french.long_date(day), rows) for day, rows in sorted(by_day.items(), key=lambda i: i[0])],
        "created": len(report.created),
        "open": sum(1 for s in report.created if s.status == ShiftStatus.OPEN),
        "skipped": [(french.long_date(day), reason.message) for day, reason in report.skipped],
        "skipped_by_reason": Counter(reason.message for _, reason in report.skipped).most_common(4),
        "left_open": [(french.long_date(day), reason.message) for day, reason in report.left_open],
    }
