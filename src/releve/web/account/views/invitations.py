"""The page behind the link of an invitation. A bad link raises: the error page says what to do (404, 410)."""

from __future__ import annotations

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from releve.contexts.accounts import queries, services
from releve.contexts.practices.access import describe_scopes
from releve.kernel import clock
from releve.kernel.errors import Invalid
from releve.workflows.join_team import accept_and_join

from ..errors import show_refusal
from ..forms import AcceptInvitationForm


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.now()
    invitation = services.invitation_by_token(token=token, now=now)
    known = queries.has_account(invitation.email)
    form = AcceptInvitationForm(request.POST or None, initial={"full_name": invitation.full_name})
    status = 200
    if request.method == "POST" and known:
        accept_and_join(token=token, now=now)
        messages.success(request, "Invitation acceptée. Connectez-vous pour retrouver ce nouvel accès.")
        return redirect("account:home")
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                user = accept_and_join(token=token, now=now, **form.cleaned_data)
            except Invalid as error:
                show_refusal(form, error)
            else:
                # Somebody else may be signed in on this computer: their session ends here.
                logout(request)
                login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
                # The password was typed a second ago: do not ask for it again to set up the second factor.
                reauthenticate_by_password(request)
                messages.success(request, "Bienvenue ! Votre compte est ouvert.")
                return redirect("account:home")
    place = describe_scopes([(invitation.scope_kind, invitation.scope_ref)])
    context = {
        "form": form,
        "invitation": invitation,
        "known": known,
        "place": place.get((invitation.scope_kind, invitation.scope_ref), ""),
    }
    return render(request, "account/invitation.html", context, status=status)
