"""Erasing the former demonstration, and nothing else: rows of practices and people marked `is_demo`.

The only place where rows of several contexts are deleted together; it goes from the top of the house down, so that no row
is left without what it refers to.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Model, Q

from releve.contexts.accounts.models import Invitation, RoleAssignment, User
from releve.contexts.booking.models import ApiClient, Appointment, Hold, Occupation, VisitReason
from releve.contexts.patients.models import Patient
from releve.contexts.practices.models import Practice
from releve.contexts.practitioners.models import Practitioner, TeamMember
from releve.contexts.rostering.models import Availability, CalendarFeed, Shift, ShiftTemplate
from releve.kernel.models import AuditEvent, OutboxMessage


def erase_demo() -> None:
    """Delete every fictional practice and person with all that hangs on them. Real ones beside them are kept."""
    practices = list(Practice.objects.filter(is_demo=True).values_list("pk", flat=True))
    people = list(Practitioner.objects.filter(is_demo=True).values_list("pk", flat=True))
    users = list(User.objects.filter(is_demo=True).values_list("pk", flat=True))
    if not (practices or people or users):
        return
    here = Q(practice_id__in=practices)
    appointments = Appointment.objects.filter(here)
    _delete(Occupation, Q(appointment__in=appointments) | Q(hold__in=Hold.objects.filter(here)))
    _delete(Hold, here)
    _delete(Appointment, here)
    _delete(VisitReason, here)
    ApiClient.objects.filter(name="Démonstration").delete()
    _delete(CalendarFeed, Q(practitioner_id__in=people) | Q(site__practice_id__in=practices))
    _delete(Availability, Q(practitioner_id__in=people))
    _delete(Shift, here)
    _delete(ShiftTemplate, Q(site__practice_id__in=practices))
    _delete(Patient, here)
    _delete(TeamMember, here | Q(practitioner_id__in=people))
    _delete(OutboxMessage, here)
    _delete(AuditEvent, here | Q(actor_kind="user", actor_id__in=users))
    Practitioner.objects.filter(pk__in=people).delete()
    Practice.objects.filter(pk__in=practices).delete()
    _delete(RoleAssignment, Q(user_id__in=users))
    _delete(Invitation, Q(invited_by_id__in=users))
    User.objects.filter(pk__in=users).delete()
    # Sessions name users that are gone.
    Session.objects.all().delete()


def _delete(model: type[Model], condition: Q) -> None:
    """One statement; what refers to these rows has been deleted just before."""
    rows: Any = model._default_manager.filter(condition)
    rows._raw_delete(rows.db)
