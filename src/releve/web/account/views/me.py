"""One's own places and account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.accounts import queries, services
from releve.contexts.practices.access import describe_scopes
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Invalid

from ..destinations import destinations
from ..errors import show_refusal
from ..forms import ProfileForm
from ..guards import staff_required


@require_safe
@staff_required
def home(request: HttpRequest) -> HttpResponse:
    """Straight to work when there is one place; the list when there are several, or when asked for."""
    places = destinations(request.user)
    work = [place for place in places if not place.beside]
    if len(work) == 1 and "liste" not in request.GET:
        return redirect(work[0].href)
    return render(request, "account/home.html", {"places": places})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def profile(request: HttpRequest) -> HttpResponse:
    user = queries.get_user(request.user.pk)
    form = ProfileForm(request.POST or None, initial={"full_name": user.full_name, "phone": user.phone})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.update_profile(
                    user_id=user.pk, by=Actor.user(user), now=clock.now(), **form.cleaned_data
                )
            except Invalid as error:
                show_refusal(form, error)
            else:
                messages.success(request, "Votre compte est à jour.")
                return redirect("account:profile")
    roles = list(queries.list_roles(user.pk))
    labels = describe_scopes((role.scope_kind, role.scope_ref) for role in roles)
    context = {
        "form": form,
        "person": user,
        "roles": [
            {"role": role.get_role_display(), "place": labels.get((role.scope_kind, role.scope_ref), "")}
            for role in roles
        ],
        "is_protected": queries.has_second_factor(user),
        "has_password": user.has_usable_password(),
        "idle_minutes": int(settings.SESSION_IDLE_LIMIT.total_seconds() // 60),
    }
    return render(request, "account/profile.html", context, status=status)


@require_POST
@staff_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out of every browser, this one included."""
    user = queries.get_user(request.user.pk)
    services.end_sessions(user_id=user.pk, by=Actor.user(request.user), now=clock.now())
    logout(request)
    messages.success(request, "Vous êtes déconnecté de tous vos appareils.")
    return redirect("account_login")
