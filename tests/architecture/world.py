"""Two practices, A in Vendée and B in Doubs, alike in everything; people of every role at A, and an
outsider of B.

A new kind of object that has a URL gets a field in `Place`, built the same way for A and for B.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from releve.contexts.accounts.enums import Role, ScopeKind
from releve.contexts.accounts.models import Invitation, RoleAssignment, User
from releve.contexts.booking import services as booking
from releve.contexts.booking.models import Appointment, VisitReason
from releve.contexts.diagnosis.models import LocalKnowledge, Parameter, Perimeter, Survey, SurveyResponse
from releve.contexts.diagnosis.services_parameters import add_parameter
from releve.contexts.patients.models import Patient
from releve.contexts.practices.models import Practice, Site, SiteClosure
from releve.contexts.practitioners.models import Practitioner
from releve.contexts.rostering.models import CalendarFeed, Shift, ShiftTemplate
from releve.kernel.audit import SYSTEM
from releve.kernel.clock import local_instant
from tests.factories.accounts import grant, make_user
from tests.factories.patients import make_contact, make_patient
from tests.factories.practices import make_closure, make_practice, make_site
from tests.factories.practitioners import make_practitioner
from tests.factories.rostering import make_feed, make_shift, make_template_line
from tests.factories.scenarios import make_scenario
from tests.factories.territory import make_commune, make_departement
from tests.factories.voices import make_fact, make_response, make_saved_perimeter, make_survey

# The instant at which every request of the matrix is made: a Monday morning in Paris.
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = date(2026, 3, 4)

ROLES = [
    "anonymous",
    "secretary",
    "practitioner",
    "paramedical",
    "project_lead",
    "coordinator",
    "administrator",
    "outsider",
]


@dataclass
class Place:
    """One practice and one of each object that a URL can name."""

    practice: Practice
    site: Site
    closure: SiteClosure
    practitioner: Practitioner
    shift: Shift
    open_shift: Shift
    template: ShiftTemplate
    feed: CalendarFeed
    feed_token: str
    reason: VisitReason
    patient: Patient
    appointment: Appointment
    manage_token: str
    hold_token: str
    scenario_token: str
    member: User
    assignment: RoleAssignment
    invitation: Invitation
    invitation_token: str
    survey: Survey
    response: SurveyResponse
    knowledge: LocalKnowledge
    perimeter: Perimeter
    parameter: Parameter

    @property
    def slug(self) -> dict[str, Any]:
        return {"practice_slug": self.practice.slug}


@dataclass
class World:
    a: Place
    b: Place
    people: dict[str, User | None] = field(default_factory=dict)


def _make_place(name: str, departement: str, commune: str) -> Place:
    area = make_departement(departement, name=f"Département {departement}", region_code=departement)
    town = make_commune(commune, name=f"Commune {name}", departement=area)
    practice = make_practice(name=f"Cabinet {name}")
    site = make_site(practice, commune=town, name=f"Lieu {name}")
    practitioner = make_practitioner(practice=practice)
    shift = make_shift(site, practitioner=practitioner, day=DAY)
    open_shift = make_shift(site, day=date(2026, 3, 5))
    feed, feed_token = make_feed(site_id=site.pk)
    booking.create_default_reasons(practice_id=practice.pk, by=SYSTEM, now=NOW)
    reason = VisitReason.objects.filter(practice=practice, category="follow_up").first()
    assert reason is not None
    patient = make_patient(practice)
    common = {"site_id": site.pk, "reason_id": reason.pk, "practitioner_id": practitioner.pk, "now": NOW}
    booked = booking.book_appointment(
        **common,
        starts_at=local_instant(DAY, time(9, 0), site.time_zone),
        patient_id=patient.pk,
        contact=make_contact(),
        booked_by="desk",
        by=SYSTEM,
    )
    held = booking.place_hold(
        **common, starts_at=local_instant(DAY, time(11, 0), site.time_zone), audience="desk", by=SYSTEM
    )
    member = make_user(f"Membre {name}")
    assignment = grant(member, Role.SECRETARY, practice=practice)
    token = f"invitation-{commune}-0123456789abcdef0123456789"
    invitation = _make_invitation(token, member, practice)
    return Place(
        practice=practice,
        site=site,
        closure=make_closure(site),
        practitioner=practitioner,
        shift=shift,
        open_shift=open_shift,
        template=make_template_line(site),
        feed=feed,
        feed_token=feed_token,
        reason=reason,
        patient=patient,
        appointment=booked.appointment,
        manage_token=booked.manage_token,
        hold_token=held.token if hasattr(held, "token") else held[1],
        scenario_token=make_scenario(commune).token,
        member=member,
        assignment=assignment,
        invitation=invitation,
        invitation_token=token,
        **_make_voices(commune, DAY + timedelta(days=int(commune) % 1000)),
    )


def _make_voices(commune: str, coming: date) -> dict[str, Any]:
    """What people of the commune said: a survey with an answer, a fact, a saved group, a value to come."""
    survey = make_survey(commune, today=NOW.date())
    return {
        "survey": survey,
        "response": make_response(survey, today=NOW.date()),
        "knowledge": make_fact(commune, today=NOW.date()),
        "perimeter": make_saved_perimeter(f"Communes autour de {commune}", [commune]),
        "parameter": add_parameter(
            key="visits_per_day",
            value=20,
            starts_on=coming,
            origin="Essai de la matrice",
            today=NOW.date(),
            by=SYSTEM,
            now=NOW,
        ),
    }


def _make_invitation(token: str, inviter: User, practice: Practice) -> Invitation:
    import hashlib

    return Invitation.objects.create(
        email=f"invite-{practice.pk}@exemple.fr",
        full_name="Personne invitée",
        role=Role.SECRETARY,
        scope_kind=ScopeKind.PRACTICE,
        scope_ref=str(practice.pk),
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        invited_by=inviter,
        created_at=NOW,
        expires_at=datetime(2026, 3, 8, tzinfo=UTC),
    )


def make_world() -> World:
    world = World(_make_place("A", "85", "85161"), _make_place("B", "25", "25462"))
    for role in (Role.SECRETARY, Role.PRACTITIONER, Role.PARAMEDICAL, Role.PROJECT_LEAD):
        user = make_user(f"Personne {role.value}")
        grant(user, role, practice=world.a.practice)
        world.people[role.value] = user
    doctor = world.people["practitioner"]
    Practitioner.objects.filter(pk=world.a.practitioner.pk).update(user=doctor)
    coordinator = make_user("Personne coordinator")
    grant(coordinator, Role.COORDINATOR, scope_kind=ScopeKind.DEPARTEMENT, scope_ref="85")
    administrator = make_user("Personne administrator")
    grant(administrator, Role.ADMINISTRATOR)
    outsider = make_user("Personne outsider")
    grant(outsider, Role.SECRETARY, practice=world.b.practice)
    world.people |= {
        "anonymous": None,
        "coordinator": coordinator,
        "administrator": administrator,
        "outsider": outsider,
    }
    return world
