"""Items of the working space's navigation, shown only where the person's roles allow."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import Resolver404, resolve

from releve.contexts.accounts.enums import Capability


@dataclass(frozen=True)
class NavItem:
    key: str
    label: str
    icon: str
    href: str


_PRACTICE = (
    NavItem("day", "Journée", "calendar2-event", "/secretariat/{slug}/jour/"),
    NavItem("patients", "Patients", "people", "/secretariat/{slug}/patients/"),
    NavItem("roster", "Calendrier", "calendar3", "/secretariat/{slug}/calendrier/"),
    NavItem("settings", "Réglages", "sliders", "/secretariat/{slug}/reglages/"),
)


_NEEDS = {
    "day": Capability.DESK_VIEW,
    "patients": Capability.PATIENTS_READ,
    "roster": Capability.ROSTER_VIEW,
    "settings": Capability.PRACTICE_SETTINGS,
}


def allowed_keys(capabilities: frozenset[Capability]) -> set[str]:
    """Keys of the items that lead somewhere for a holder of `capabilities`."""
    return {key for key, capability in _NEEDS.items() if capability in capabilities}


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def practice_items(slug: str, allowed: set[str] | None = None) -> list[NavItem]:
    """Items for one practice; `allowed` keeps only those keys (None: all installed ones)."""
    items = [NavItem(i.key, i.label, i.icon, i.href.format(slug=slug)) for i in _PRACTICE]
    return [i for i in items if (allowed is None or i.key in allowed) and _exists(i.href)]
