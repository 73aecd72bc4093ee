"""Settings of the team: who may consult here, between which dates, and their invitation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.practices import queries as practices
from releve.contexts.practices.access import require_capability
from releve.contexts.practitioners import queries, rules, services
from releve.contexts.practitioners.access import access_member
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import DomainError, NotFound
from releve.kernel.identifiers import check_rpps
from releve.web.account.guards import staff_required
from releve.workflows.join_team import add_new_member, invite_member

from .settings_base import page, practice_of, refuse
from .settings_forms import DatesForm, NewPractitionerForm, PractitionerForm, commune_label

_FIELDS = (
    "title",
    "given_name",
    "family_name",
    "profession",
    "specialty",
    "status",
    "rpps",
    "licence_ends_on",
    "rhythm_minutes",
    "name_is_public",
    "email",
    "phone",
)


@staff_required
@require_safe
def team_list(request: HttpRequest, practice_slug: str) -> HttpResponse:
    practice = practice_of(request, practice_slug)
    today = _today(practice)
    members = list(queries.list_team(practice.pk))
    return page(
        request,
        "team",
        practice,
        "team",
        present=[m for m in members if rules.is_active(m.since, m.until, today)],
        coming=[m for m in members if m.since > today],
        gone=[m for m in members if m.until is not None and m.until < today],
        today=today,
    )


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_member(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """Look for a practitioner already known (GET `q`) and add them (POST `practitioner`)."""
    practice = practice_of(request, practice_slug)
    today = _today(practice)
    text = (request.GET.get("q") or "").strip()[:80]
    form = DatesForm(request.POST or None, initial={"since": today})
    found = queries.search_practitioners(text, outside_practice_id=practice.pk)
    status = 200
    if request.method == "POST":
        status = 422
        chosen = request.POST.get("practitioner", "")
        # Only what the search shows can be added: a number out of the blue is nobody.
        person = next((p for p in found if str(p.pk) == chosen), None)
        if person is None:
            raise NotFound("Ce praticien n’est pas dans les résultats : refaites la recherche.")
        if form.is_valid():
            try:
                services.add_to_team(
                    practice_id=practice.pk,
                    practitioner_id=person.pk,
                    since=form.cleaned_data["since"],
                    until=form.cleaned_data["until"],
                    by=Actor.user(request.user),
                    now=clock.now(),
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                messages.success(request, f"{person.display_name} est dans l’équipe.")
                return redirect("settings:team", practice_slug)
    return page(request, "member_add", practice, "team", status=status, form=form, q=text, found=found)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_member(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """Create a practitioner and add them to the team."""
    practice = practice_of(request, practice_slug)
    initial = {
        "title": "Dr",
        "specialty": "Médecine générale",
        "status": "replacement",
        "rhythm_minutes": 15,
        "name_is_public": True,
        "since": _today(practice),
    }
    form = NewPractitionerForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                person = add_new_member(
                    practice_id=practice.pk,
                    since=data["since"],
                    until=data["until"],
                    by=Actor.user(request.user),
                    now=clock.now(),
                    **_typed(form),
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                _warn(request, person)
                messages.success(request, f"{person.display_name} est dans l’équipe.")
                return redirect("settings:member", practice_slug, person.pk)
    return page(request, "member_new", practice, "team", status=status, form=form)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, practice_slug: str, practitioner_id: int) -> HttpResponse:
    """The sheet of a member of the team."""
    practice = practice_of(request, practice_slug)
    membership = access_member(request.user, practice, practitioner_id, Capability.PRACTICE_SETTINGS)
    person = membership.practitioner
    home = person.home_commune
    initial: dict[str, Any] = {name: getattr(person, name) for name in _FIELDS}
    form = PractitionerForm(
        request.POST or None, initial={**initial, "home_commune": commune_label(home) if home else ""}
    )
    own_email = not queries.may_change_email(person, practice.pk)
    if own_email:
        form.fields["email"].disabled = True
        form.fields["email"].help_text = "Seule cette personne peut la changer."
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = services.save_practitioner(
                    practitioner_id=person.pk,
                    practice_id=practice.pk,
                    by=Actor.user(request.user),
                    now=clock.now(),
                    **_typed(form),
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                _warn(request, saved)
                messages.success(request, f"La fiche de {saved.display_name} est enregistrée.")
                return redirect("settings:member", practice_slug, person.pk)
    return _member_page(request, practice, membership, form=form, status=status)


def _member_page(
    request: HttpRequest,
    practice: Any,
    membership: Any,
    *,
    form: PractitionerForm,
    dates: DatesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    if dates is None:
        dates = DatesForm(initial={"since": membership.since, "until": membership.until})
    return page(
        request,
        "member",
        practice,
        "team",
        status=status,
        form=form,
        dates=dates,
        member=membership,
        person=membership.practitioner,
    )


@staff_required
@require_POST
def member_dates(request: HttpRequest, practice_slug: str, practitioner_id: int) -> HttpResponse:
    """Change the stay of a member; an end date takes them out of the team after it."""
    practice = practice_of(request, practice_slug)
    membership = access_member(request.user, practice, practitioner_id, Capability.PRACTICE_SETTINGS)
    dates = DatesForm(request.POST)
    status = 422
    if dates.is_valid():
        try:
            services.add_to_team(
                practice_id=practice.pk,
                practitioner_id=practitioner_id,
                by=Actor.user(request.user),
                now=clock.now(),
                **dates.cleaned_data,
            )
        except DomainError as error:
            status = refuse(dates, error)
        else:
            messages.success(request, "Les dates dans l’équipe sont enregistrées.")
            return redirect("settings:team", practice_slug)
    person = membership.practitioner
    home = person.home_commune
    form = PractitionerForm(
        initial={
            **{name: getattr(person, name) for name in _FIELDS},
            "home_commune": commune_label(home) if home else "",
        }
    )
    return _member_page(request, practice, membership, form=form, dates=dates, status=status)


@staff_required
@require_POST
def invite(request: HttpRequest, practice_slug: str, practitioner_id: int) -> HttpResponse:
    practice = practice_of(request, practice_slug)
    require_capability(request.user, practice, Capability.USERS_MANAGE)
    membership = access_member(request.user, practice, practitioner_id, Capability.PRACTICE_SETTINGS)
    try:
        invite_member(
            practice_id=practice.pk,
            practitioner_id=membership.practitioner_id,
            by=Actor.user(request.user),
            now=clock.now(),
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "L’invitation est partie par mail.")
    return redirect("settings:member", practice_slug, practitioner_id)


def _typed(form: PractitionerForm) -> dict[str, Any]:
    typed = {name: form.cleaned_data[name] for name in _FIELDS}
    return {**typed, "home_commune_code": form.cleaned_data["home_commune"]}


def _warn(request: HttpRequest, person: Any) -> None:
    if person.rpps:
        for warning in check_rpps(person.rpps).warnings:
            messages.warning(request, warning)


def _today(practice: Any) -> Any:
    return clock.local_day(clock.now(), practices.zone_of(practice.pk))
