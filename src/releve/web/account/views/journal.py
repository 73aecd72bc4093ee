"""The access and change journal: the administration reads all of it, a project lead their own practices'."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from releve.contexts.accounts import queries
from releve.contexts.accounts.enums import Capability
from releve.contexts.practices.access import list_practices
from releve.kernel import clock
from releve.kernel.errors import Forbidden

from ..forms import JournalForm
from ..guards import staff_required

LINES_PER_PAGE = 50
LAST_PAGE = 200
DEFAULT_DAYS = 7

ACTORS = {"system": "Relève", "patient": "Un patient", "partner": "Un partenaire", "api": "Un logiciel relié"}
OTHER_ACTION = "Autre opération"
ACTIONS = {
    "account.closed": "Compte fermé",
    "account.reopened": "Compte rouvert",
    "appointment.arrived": "Patient noté arrivé",
    "appointment.book": "Rendez-vous pris",
    "appointment.booked": "Étape d’un rendez-vous annulée",
    "appointment.cancel": "Rendez-vous annulé",
    "appointment.fulfilled": "Patient noté vu",
    "appointment.in_progress": "Patient noté avec le médecin",
    "appointment.left": "Patient noté parti sans être vu",
    "appointment.move": "Rendez-vous déplacé",
    "appointment.noshow": "Patient noté absent",
    "appointment.overbook": "Rendez-vous ajouté en surnombre",
    "appointment.read": "Rendez-vous consulté",
    "availability.said": "Disponibilités données",
    "board.print": "Journée imprimée",
    "board.read": "Journée consultée",
    "feed.created": "Lien de calendrier créé",
    "feed.revoked": "Lien de calendrier retiré",
    "invitation.accepted": "Invitation acceptée",
    "invitation.revoked": "Invitation annulée",
    "journal_purged": "Journal purgé (durée de conservation)",
    "knowledge.added": "Fait local ajouté",
    "knowledge.withdrawn": "Fait local retiré",
    "parameter.added": "Paramètre daté ajouté",
    "parameter.withdrawn": "Paramètre à venir retiré",
    "patient.corrected": "Fiche d’un patient corrigée",
    "patient.read": "Fiche d’un patient lue",
    "patient.search": "Recherche d’un patient",
    "perimeter.changed": "Périmètre modifié",
    "perimeter.deleted": "Périmètre supprimé",
    "perimeter.saved": "Périmètre enregistré",
    "person.invited": "Personne invitée",
    "practice.changed": "Cabinet modifié",
    "practice.closed": "Cabinet fermé",
    "practice.created": "Cabinet créé",
    "practice.open": "Cabinet ouvert",
    "practice.preparing": "Cabinet remis en préparation",
    "practitioner.changed": "Fiche d’un praticien modifiée",
    "practitioner.created": "Praticien créé",
    "practitioner.linked": "Praticien relié à un compte",
    "reason.save": "Motif de consultation enregistré",
    "role.granted": "Rôle donné",
    "role.revoked": "Rôle retiré",
    "room.created": "Salle ajoutée",
    "room.removed": "Salle retirée",
    "room.renamed": "Salle renommée",
    "scenario_attached": "Scénario mis au dossier du cabinet",
    "scenario_changed": "Scénario modifié",
    "scenario_deleted": "Scénario supprimé",
    "scenario_detached": "Scénario retiré du dossier du cabinet",
    "scenario_saved": "Scénario enregistré",
    "sessions.ended": "Déconnexion de tous les appareils",
    "shift.assigned": "Vacation confiée à un praticien",
    "shift.cancelled": "Vacation annulée",
    "shift.created": "Vacation créée",
    "shift.edited": "Vacation modifiée",
    "shift.proposal_accepted": "Proposition acceptée",
    "shift.proposal_declined": "Proposition déclinée",
    "shift.released": "Vacation rendue",
    "shift.reopened": "Vacation rouverte",
    "shift.taken": "Vacation prise (« Je viens »)",
    "shifts.generated": "Vacations générées",
    "shifts.held": "Vacations marquées tenues",
    "site.changed": "Lieu modifié",
    "site.closure_added": "Fermeture ajoutée",
    "site.closure_removed": "Fermeture retirée",
    "site.created": "Lieu créé",
    "site.equipment": "Matériel modifié",
    "survey.answer_kept": "Réponse à une enquête gardée",
    "survey.answer_pending": "Réponse à une enquête remise à relire",
    "survey.answer_rejected": "Réponse à une enquête écartée",
    "survey.changed": "Enquête modifiée",
    "survey.opened": "Enquête ouverte",
    "team.added": "Soignant ajouté à l’équipe",
    "team.ended": "Soignant sorti de l’équipe",
    "template.deleted": "Ligne de semaine type supprimée",
    "template.saved": "Ligne de semaine type enregistrée",
    "territory.imported": "Territoire de référence importé",
    "territory.shapes-imported": "Contours des communes importés",
    "territory.statistics-imported": "Statistiques officielles importées",
    "territory.tiles-built": "Fond de carte préparé",
    "user.created": "Compte créé",
    "user.updated": "Compte modifié",
}


@require_safe
@staff_required
def journal(request: HttpRequest) -> HttpResponse:
    """Filters by practice and dates (at most a year); the last seven days by default."""
    allowed = list(list_practices(request.user, Capability.USERS_MANAGE))
    everywhere = queries.user_scopes(request.user, Capability.USERS_MANAGE).platform
    if not allowed and not everywhere:
        raise Forbidden("Le journal est réservé aux personnes qui gèrent les accès.")
    form = JournalForm(request.GET or None, practices=[(p.slug, p.name) for p in allowed])
    valid = form.is_valid() if form.is_bound else True
    asked = form.cleaned_data if form.is_bound and valid else {}
    today = clock.local_day(clock.now(), settings.TIME_ZONE)
    last: date = asked.get("last_day") or today
    first: date = asked.get("first_day") or last - timedelta(days=DEFAULT_DAYS)
    number = _page_number(request.GET.get("page", "1"))
    names = {practice.pk: practice.name for practice in allowed}
    lines = []
    if valid:
        chosen = asked.get("practice")
        ids = {p.pk for p in allowed if not chosen or p.slug == chosen}
        found = queries.journal(
            since=_midnight(first),
            until=_midnight(last + timedelta(days=1)),
            practice_ids=None if everywhere and not chosen else ids,
            offset=(number - 1) * LINES_PER_PAGE,
            limit=LINES_PER_PAGE + 1,
        )
        lines = [
            {
                "at": line.event.at,
                "who": line.actor_name or ACTORS.get(line.event.actor_kind, "Une personne"),
                "what": ACTIONS.get(line.event.action, OTHER_ACTION),
                "code": line.event.action,
                "number": line.event.target_id,
                "practice": names.get(line.event.practice_id or 0, ""),
            }
            for line in found
        ]
    context = {
        "form": form,
        "lines": lines[:LINES_PER_PAGE],
        "first": first,
        "last": last,
        "number": number,
        "previous": number - 1 if number > 1 else None,
        "following": number + 1 if len(lines) > LINES_PER_PAGE and number < LAST_PAGE else None,
    }
    return render(request, "account/journal.html", context, status=200 if valid else 422)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)


def _page_number(text: str) -> int:
    return min(max(int(text), 1), LAST_PAGE) if text.isdecimal() and len(text) < 6 else 1
