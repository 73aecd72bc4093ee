"""Navigation of the account and administration pages (allauth's views cannot add to the context)."""

from __future__ import annotations

from django import template

from releve.contexts.accounts.enums import Capability
from releve.contexts.accounts.queries import has_capability
from releve.web.ui.navigation import NavItem

register = template.Library()

_ADMIN = (
    NavItem("admin", "Cabinets", "building", "/administration/"),
    NavItem("people", "Personnes", "people", "/administration/personnes/"),
    NavItem("parameters", "Paramètres", "sliders2", "/administration/parametres/"),
    NavItem("journal", "Journal", "journal-text", "/administration/journal/"),
)


@register.simple_tag(takes_context=True)
def account_nav(context: template.Context) -> list[NavItem]:
    user = context["request"].user
    items = [
        NavItem("home", "Mes espaces", "grid", "/mon-espace/?liste=1"),
        NavItem("profile", "Mon compte", "person", "/compte/"),
    ]
    if has_capability(user, Capability.PRACTICE_CREATE):
        items += _ADMIN
    elif has_capability(user, Capability.USERS_MANAGE):
        items.append(_ADMIN[-1])
    return items


@register.simple_tag(takes_context=True)
def account_nav_current(context: template.Context) -> str:
    """Key of the item of the present page, from its address."""
    path = context["request"].path
    for prefix, key in (
        ("/administration/journal/", "journal"),
        ("/administration/personnes/", "people"),
        ("/administration/parametres/", "parameters"),
        ("/administration/", "admin"),
        ("/mon-espace/", "home"),
        ("/compte/", "profile"),
    ):
        if path.startswith(prefix):
            return key
    return ""
