"""Sign-in: allauth's screen, with the fictional identities of the demonstration; the end of a session."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_POST

from releve.contexts.accounts import queries
from releve.contexts.practices.access import describe_scopes
from releve.contexts.practitioners.queries import trades_by_user

from ..destinations import role_words


class SignInView(LoginView):
    """allauth's sign-in. In the demonstration only, one button per fictional identity."""

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.fields["login"].widget.attrs["placeholder"] = "Adresse mail"  # the word used everywhere else
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["demo_identities"] = demo_identities() if settings.RELEVE_MODE == "demo" else []
        return context


def demo_identities() -> list[dict[str, Any]]:
    """Fictional people with what they do, for the buttons of the sign-in page."""
    users = list(queries.list_demo_users())
    roles = {user.pk: list(user.assignments.all()) for user in users}
    trades = trades_by_user(user.pk for user in users)
    labels = describe_scopes((role.scope_kind, role.scope_ref) for held in roles.values() for role in held)
    return [
        {
            "id": user.pk,
            "name": user.full_name,
            "roles": sorted({role_words(role, trades) for role in roles[user.pk]}),
            "places": sorted(
                {labels.get((role.scope_kind, role.scope_ref), role.scope_ref) for role in roles[user.pk]}
            ),
        }
        for user in users
        if roles[user.pk]
    ]


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as a fictional identity: in the demonstration only, 404 anywhere else."""
    if settings.RELEVE_MODE != "demo":
        raise Http404
    number = request.POST.get("identity", "")
    user = queries.get_demo_user(int(number) if number.isdecimal() and len(number) < 12 else 0)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    target = request.POST.get("next", "")
    if target and url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return redirect(target)
    return redirect("account:home")


def session_ended(request: HttpRequest) -> HttpResponse:
    """Why one has to sign in again, and the way back to where one was."""
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = ""
    sign_in_href = reverse("account_login") + (f"?{urlencode({'next': target})}" if target else "")
    return render(
        request,
        "account/session_ended.html",
        {
            "sign_in_href": sign_in_href,
            "form_was_sent": False,
            "idle_minutes": int(settings.SESSION_IDLE_LIMIT.total_seconds() // 60),
            "hours": int(settings.SESSION_ABSOLUTE_LIMIT.total_seconds() // 3600),
        },
    )
