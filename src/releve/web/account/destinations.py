"""Where each role goes to work: the next screen for every role a person holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from releve.contexts.accounts.enums import Role, ScopeKind
from releve.contexts.accounts.queries import user_grants
from releve.contexts.practices import access


@dataclass(frozen=True)
class Destination:
    href: str
    title: str
    role: str
    text: str
    icon: str
    beside: bool = False  # also useful, but not where the person's work starts


# One screen for every practice of the person.
_PERSONAL = {
    Role.PRACTITIONER: (
        "/medecin/",
        "Mes vacations",
        "Voir où vous êtes attendu, proposer vos dates, répondre à un besoin.",
        "heart-pulse",
    ),
    Role.PARAMEDICAL: (
        "/partenaire/",
        "Rendez-vous pour un patient",
        "Trouver une consultation et la réserver pour un patient.",
        "people",
    ),
    Role.COORDINATOR: ("/coordination/", "Mon territoire", "Besoins, jours ouverts, couverture.", "map"),
    Role.ADMINISTRATOR: (
        "/administration/",
        "Administration",
        "Cabinets, personnes, journal des accès.",
        "shield-lock",
    ),
}
# One screen per practice.
_PER_PRACTICE = {
    Role.SECRETARY: ("/secretariat/{slug}/jour/", "La journée du cabinet.", "calendar2-event"),
    Role.PROJECT_LEAD: ("/secretariat/{slug}/reglages/", "Lieux, équipe, réglages et accès.", "sliders"),
}
# Doctors and nurses also read the day of the place where they receive.
_BESIDE = {
    Role.PRACTITIONER: (
        "/secretariat/{slug}/jour/",
        "Journée du lieu",
        "Les rendez-vous du jour, un praticien par colonne.",
        "calendar2-event",
    ),
    Role.PROJECT_LEAD: (
        "/coordination/enquetes/",
        "Enquêtes de terrain",
        "Donner la parole aux habitants et aux soignants, relire leurs réponses.",
        "chat-square-text",
    ),
}


def role_words(assignment: Any, trades: dict[int, str]) -> str:
    """The role of `assignment` in French. The role « médecin » is also that of nurses and interns: `trades`
    (of `practitioners.queries.trades_by_user`) says what the person is."""
    if assignment.role == Role.PRACTITIONER:
        return trades.get(assignment.user_id, assignment.get_role_display())
    return assignment.get_role_display()


def destinations(user: Any) -> list[Destination]:
    """The screens of `user`, most frequent work first, without repetition."""
    grants = user_grants(user)
    practices = access.practices_by_id(
        int(grant.scope_ref) for grant in grants if grant.scope_kind == ScopeKind.PRACTICE
    )
    found: dict[str, Destination] = {}
    for role in Role:
        for grant in (grant for grant in grants if grant.role == role):
            if role in _PERSONAL:
                href, title, text, icon = _PERSONAL[role]
            else:
                practice = practices.get(int(grant.scope_ref))
                if practice is None:
                    continue
                href, text, icon = _PER_PRACTICE[role]
                href, title = href.format(slug=practice.slug), practice.name
            found.setdefault(href, Destination(href, title, role.label, text, icon))
    for grant in (grant for grant in grants if grant.role in _BESIDE):
        practice = practices.get(int(grant.scope_ref))
        if practice is not None:
            href, title, text, icon = _BESIDE[grant.role]
            href = href.format(slug=practice.slug)
            found.setdefault(href, Destination(href, title, practice.name, text, icon, beside=True))
    return list(found.values())
