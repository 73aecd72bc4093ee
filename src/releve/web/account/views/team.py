"""Who has access to a practice: the list, invitations, withdrawals."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from releve.contexts.accounts import access, queries, services
from releve.contexts.accounts.enums import Capability, ScopeKind
from releve.contexts.practices.access import access_practice
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid

from ..errors import show_refusal
from ..forms import InviteForm
from ..guards import staff_required


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def team_access(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """People with access; a POST invites one more."""
    practice = access_practice(request.user, practice_slug, Capability.USERS_MANAGE)
    scope = {"scope_kind": ScopeKind.PRACTICE, "scope_ref": str(practice.pk)}
    now = clock.now()
    form = InviteForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.invite_person(
                    scope_label=practice.name,
                    by=Actor.user(request.user),
                    now=now,
                    **form.cleaned_data,
                    **scope,
                )
            except (Invalid, Conflict) as error:
                show_refusal(form, error)
                status = error.status
            else:
                messages.success(request, f"Invitation envoyée à {form.cleaned_data['email']}.")
                return redirect("account:team", practice_slug=practice.slug)
    context = {
        "practice": practice,
        "nav_current": "",
        "form": form,
        "people": queries.list_access(**scope),
        "invitations": queries.list_pending_invitations(now=now, **scope),
    }
    return render(request, "account/team.html", context, status=status)


@require_POST
@staff_required
def revoke_access(request: HttpRequest, practice_slug: str, assignment_id: int) -> HttpResponse:
    practice = access_practice(request.user, practice_slug, Capability.USERS_MANAGE)
    assignment = access.access_assignment(
        assignment_id, scope_kind=ScopeKind.PRACTICE, scope_ref=str(practice.pk)
    )
    services.revoke_role(assignment_id=assignment.pk, by=Actor.user(request.user), now=clock.now())
    messages.success(request, f"{assignment.user} n’a plus ce rôle dans le cabinet.")
    # Somebody who withdraws their own role may no longer see this page.
    if assignment.user_id == request.user.pk:
        return redirect("account:home")
    return redirect("account:team", practice_slug=practice.slug)


@require_POST
@staff_required
def revoke_invitation(request: HttpRequest, practice_slug: str, invitation_id: int) -> HttpResponse:
    practice = access_practice(request.user, practice_slug, Capability.USERS_MANAGE)
    invitation = access.access_invitation(
        invitation_id, scope_kind=ScopeKind.PRACTICE, scope_ref=str(practice.pk)
    )
    services.revoke_invitation(invitation_id=invitation.pk, by=Actor.user(request.user), now=clock.now())
    messages.success(request, "L’invitation est annulée : son lien ne fonctionne plus.")
    return redirect("account:team", practice_slug=practice.slug)
