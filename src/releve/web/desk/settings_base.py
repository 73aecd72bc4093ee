"""What every settings page shares: the practice of the address, its menu, the answer to a stale form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from releve.contexts.accounts.enums import Capability
from releve.contexts.practices.access import access_practice, access_site, practice_capabilities
from releve.kernel.errors import DomainError

from .settings_forms import add_refusal

# (key, route, label, icon)
MENU = (
    ("overview", "settings:overview", "Vue d’ensemble", "list-check"),
    ("practice", "settings:practice", "Cabinet", "house"),
    ("sites", "settings:sites", "Lieux", "geo-alt"),
    ("reasons", "settings:reasons", "Motifs", "chat-left-text"),
    ("team", "settings:team", "Équipe", "people"),
    ("notice", "settings:notice", "Information aux patients", "info-circle"),
)


def practice_of(request: HttpRequest, slug: str) -> Any:
    """The practice whose settings `request.user` may change. NotFound, Forbidden."""
    return access_practice(request.user, slug, Capability.PRACTICE_SETTINGS)


def site_of(request: HttpRequest, practice_slug: str, site_slug: str) -> Any:
    """Same for one of its sites."""
    return access_site(request.user, practice_slug, site_slug, Capability.PRACTICE_SETTINGS)


def page(
    request: HttpRequest, name: str, practice: Any, section: str, status: int = 200, **context: Any
) -> HttpResponse:
    """Render `desk/settings/<name>.html` in the frame of the settings."""
    held = practice_capabilities(request.user, practice)
    context |= {
        "practice": practice,
        "nav_current": "settings",
        "settings_menu": MENU,
        "settings_current": section,
        "may_invite": Capability.USERS_MANAGE in held,
    }
    return render(request, f"desk/settings/{name}.html", context, status=status)


def refuse(form: forms.Form, error: DomainError) -> int:
    """Show a refusal on the form with what was typed; the status to answer with.

    Somebody saved meanwhile: the form then carries the new version, so that the person who has read the
    message
    may save on purpose.
    """
    add_refusal(form, error)
    if error.code == "changed-since" and isinstance(form.data, QueryDict):
        data = form.data.copy()
        data["expected_version"] = str(error.details["version"])
        form.data = data
    return error.status
