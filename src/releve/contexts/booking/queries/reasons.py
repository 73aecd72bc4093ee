"""Every reason of a practice, proposed or not: what its settings show."""

from __future__ import annotations

from releve.kernel.errors import NotFound

from ..models import VisitReason


def all_reasons(practice_id: int) -> list[VisitReason]:
    """In the order patients see them, those no longer proposed last."""
    return list(VisitReason.objects.filter(practice_id=practice_id).order_by("-is_active", "position", "id"))


def get_reason(practice_id: int, reason_id: int) -> VisitReason:
    """A reason of this very practice. NotFound."""
    reason = VisitReason.objects.filter(practice_id=practice_id, pk=reason_id).first()
    if reason is None:
        raise NotFound("Ce motif n’existe pas dans ce cabinet.")
    return reason
