"""From the id of a role or an invitation to the object, within the scope whose access is being managed."""

from __future__ import annotations

from releve.kernel.errors import NotFound

from .models import Invitation, RoleAssignment


def access_assignment(assignment_id: int, *, scope_kind: str, scope_ref: str) -> RoleAssignment:
    """The role given on this very scope. NotFound otherwise, whatever else the id names."""
    rows = RoleAssignment.objects.select_related("user")
    found = rows.filter(pk=assignment_id, scope_kind=scope_kind, scope_ref=scope_ref).first()
    if found is None:
        raise NotFound("Cet accès n’existe pas, ou il a déjà été retiré.")
    return found


def access_invitation(invitation_id: int, *, scope_kind: str, scope_ref: str) -> Invitation:
    """The invitation on this very scope. NotFound otherwise."""
    found = Invitation.objects.filter(pk=invitation_id, scope_kind=scope_kind, scope_ref=scope_ref).first()
    if found is None:
        raise NotFound("Cette invitation n’existe pas.")
    return found
