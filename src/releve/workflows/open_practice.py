"""Opening a practice: what is missing, said as a list with the next step, then the opening itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from releve.contexts.booking import queries as booking
from releve.contexts.practices import queries as practices
from releve.contexts.practices import services
from releve.contexts.practices.enums import PracticeStatus
from releve.contexts.practices.models import Practice, Site
from releve.contexts.practitioners import queries as practitioners
from releve.contexts.rostering import queries as rostering
from releve.kernel.audit import Actor
from releve.kernel.clock import local_day
from releve.kernel.errors import Invalid, Reason

_LOOK_AHEAD_DAYS = 42


@dataclass(frozen=True)
class Step:
    """One line of the checklist. `target`: what to open (a settings page, or the typical week)."""

    key: str
    label: str
    done: bool
    essential: bool
    detail: str
    target: str


def readiness(practice: Practice, *, now: datetime) -> list[Step]:
    """What a practice needs before it opens, in the order one does it; essential lines forbid opening."""
    sites = list(practices.list_sites(practice.pk))
    today = local_day(now, sites[0].time_zone if sites else "Europe/Paris")
    reasons = booking.list_reasons(practice.pk, audience="desk")
    team = practitioners.team_practitioners(practice.pk, day=today).count()
    lines = sum(len(rostering.template_lines(site.pk)) for site in sites)
    shifts = len(
        rostering.shifts_between(practice.pk, today, today + timedelta(days=_LOOK_AHEAD_DAYS))
        if sites
        else []
    )
    no_room = [site.name for site in sites if not site.rooms.all()]
    return [
        Step(
            "phone",
            "Un numéro de téléphone pour le secrétariat",
            bool(practice.phone),
            True,
            "Les patients sans internet n’ont que lui.",
            "practice",
        ),
        Step("site", "Un lieu de consultation", bool(sites), True, _sites_detail(sites), "sites"),
        Step(
            "rooms",
            "Au moins une salle par lieu",
            bool(sites) and not no_room,
            True,
            f"Sans salle : {', '.join(no_room)}."
            if no_room
            else "Deux praticiens n’y seront jamais ensemble.",
            "sites",
        ),
        Step(
            "reasons",
            "Des motifs de consultation",
            bool(reasons),
            True,
            f"{len(reasons)} proposés." if reasons else "Un jeu de départ est prêt : il se crée en un clic.",
            "reasons",
        ),
        Step(
            "team",
            "Une équipe de praticiens",
            team > 0,
            True,
            f"{team} dans l’équipe aujourd’hui." if team else "Ajoutez les médecins qui se relaieront.",
            "team",
        ),
        Step(
            "week",
            "Une semaine type ou des vacations",
            bool(lines or shifts),
            True,
            f"Lignes de la semaine type : {lines}. Vacations des six semaines à venir : {shifts}.",
            "week",
        ),
        Step(
            "notice",
            "L’information sur l’équipe médicale traitante",
            bool(practice.care_team_notice),
            False,
            "Donnée au patient à la réservation et à l’accueil.",
            "notice",
        ),
        Step(
            "public",
            "Un lieu visible du public",
            any(site.is_public for site in sites),
            False,
            "Tant qu’il est masqué, seul le secrétariat peut y donner des rendez-vous.",
            "sites",
        ),
        Step(
            "end",
            "Une date de fin prévue",
            practice.planned_end_on is not None,
            False,
            "Un cabinet éphémère se termine bien quand sa fin est préparée.",
            "practice",
        ),
        Step(
            "equipment",
            "Le matériel de chaque lieu",
            bool(sites) and all(site.equipment.all() for site in sites),
            False,
            "Les médecins savent quoi apporter.",
            "sites",
        ),
    ]


@transaction.atomic
def open_practice(*, practice_id: int, by: Actor, now: datetime) -> Practice:
    """Open to bookings. Raises Invalid (`not-ready`) with one reason per essential line still missing."""
    practice = practices.get_practice(practice_id)
    missing = [step for step in readiness(practice, now=now) if step.essential and not step.done]
    if missing:
        raise Invalid(
            "Le cabinet ne peut pas encore ouvrir. Il manque :",
            code="not-ready",
            reasons=[Reason(step.key, f"{step.label}.") for step in missing],
        )
    return services.set_practice_status(practice_id=practice_id, status=PracticeStatus.OPEN, by=by, now=now)


def _sites_detail(sites: list[Site]) -> str:
    if not sites:
        return "Une maison de santé, un local municipal, une étape d’un cabinet mobile…"
    return ", ".join(site.name for site in sites) + "."
