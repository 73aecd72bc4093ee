"""Administration of the platform: practices, people, roles beyond one practice."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.accounts import queries, services
from releve.contexts.accounts.enums import Capability
from releve.contexts.practices.access import describe_scopes, list_practices
from releve.contexts.practitioners.queries import trades_by_user
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Forbidden, Invalid
from releve.workflows.found_practice import found_practice

from ..destinations import role_words
from ..errors import show_refusal
from ..forms import InviteAnywhereForm, NewPracticeForm, SearchForm
from ..guards import staff_required

PEOPLE_PER_PAGE = 30


def admin_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Only for the administration of the platform; anyone else signed in is refused (403)."""

    @staff_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not queries.has_capability(request.user, Capability.PRACTICE_CREATE):
            raise Forbidden("Cette page est réservée à l’administration de la plateforme.")
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@admin_required
def practices(request: HttpRequest) -> HttpResponse:
    found = list_practices(request.user, Capability.PRACTICE_CREATE)
    page = Paginator(found, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "account/practices.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def new_practice(request: HttpRequest) -> HttpResponse:
    """Create a practice and invite its first project lead: both or neither."""
    form = NewPracticeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                practice = found_practice(
                    name=form.cleaned_data["name"],
                    lead_email=form.cleaned_data["email"],
                    lead_name=form.cleaned_data["full_name"],
                    by=Actor.user(request.user),
                    now=clock.now(),
                )
            except (Invalid, Conflict) as error:
                show_refusal(form, error)
                status = error.status
            else:
                messages.success(request, f"« {practice.name} » est créé et l’invitation est partie.")
                return redirect("account:team", practice_slug=practice.slug)
    return render(request, "account/new_practice.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, searchable; a POST invites a coordinator or an administrator."""
    search = SearchForm(request.GET or None)
    text = search.cleaned_data["q"] if search.is_valid() else ""
    form = InviteAnywhereForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _invite_anywhere(request, form.cleaned_data)
            except (Invalid, Conflict) as error:
                show_refusal(form, error)
                status = error.status
            else:
                messages.success(request, f"Invitation envoyée à {form.cleaned_data['email']}.")
                return redirect("account:people")
    page = Paginator(queries.search_users(text), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    held = [role for person in page for role in person.assignments.all()]
    labels = describe_scopes((role.scope_kind, role.scope_ref) for role in held)
    trades = trades_by_user(person.pk for person in page)
    rows = [
        {
            "person": person,
            "roles": [
                f"{role_words(role, trades)}, {labels.get((role.scope_kind, role.scope_ref), role.scope_ref)}"
                for role in person.assignments.all()
            ],
        }
        for person in page
    ]
    context = {"page": page, "rows": rows, "search": search, "text": text, "form": form}
    return render(request, "account/people.html", context, status=status)


def _invite_anywhere(request: HttpRequest, data: dict[str, str]) -> None:
    kind, ref = data["scope_kind"], data["scope_ref"].strip()
    label = describe_scopes([(kind, ref)]).get((kind, ref))
    if label is None:
        raise Invalid("Ce territoire n’existe pas : vérifiez son code.", field="scope_ref")
    services.invite_person(scope_label=label, by=Actor.user(request.user), now=clock.now(), **data)


@require_safe
@admin_required
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One person: roles, state of the account."""
    found = queries.get_user(user_id)
    roles = list(queries.list_roles(found.pk))
    trades = trades_by_user([found.pk])
    labels = describe_scopes((role.scope_kind, role.scope_ref) for role in roles)
    context = {
        "person": found,
        "is_protected": queries.has_second_factor(found),
        "roles": [
            {
                "held": role,
                "words": role_words(role, trades),
                "place": labels.get((role.scope_kind, role.scope_ref), role.scope_ref),
            }
            for role in roles
        ],
    }
    return render(request, "account/person.html", context)


@require_POST
@admin_required
def revoke_role(request: HttpRequest, user_id: int, assignment_id: int) -> HttpResponse:
    _do(
        request,
        "Le rôle est retiré.",
        lambda: services.revoke_role(
            assignment_id=assignment_id, by=Actor.user(request.user), now=clock.now()
        ),
    )
    return redirect("account:person", user_id=user_id)


@require_POST
@admin_required
def set_active(request: HttpRequest, user_id: int) -> HttpResponse:
    active = request.POST.get("active") == "1"
    _do(
        request,
        "Le compte est rouvert." if active else "Le compte est fermé : cette personne ne peut plus entrer.",
        lambda: services.set_user_active(
            user_id=user_id, active=active, by=Actor.user(request.user), now=clock.now()
        ),
    )
    return redirect("account:person", user_id=user_id)


def _do(request: HttpRequest, done: str, action: Callable[[], object]) -> None:
    """A refusal that the page can show beside its buttons is a message; the others are error pages."""
    try:
        action()
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
