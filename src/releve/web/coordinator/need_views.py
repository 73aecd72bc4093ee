"""Publishing a need from the territory: an open shift at one of its sites."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from releve.contexts.accounts.enums import Capability
from releve.contexts.accounts.queries import has_capability
from releve.contexts.indicators.queries import territory_sites
from releve.contexts.practices.access import access_site, list_practices
from releve.contexts.rostering import services
from releve.contexts.rostering.enums import ShiftKind
from releve.kernel import clock, french
from releve.kernel.audit import Actor
from releve.kernel.errors import DomainError, Forbidden
from releve.web.account.guards import staff_required

from .territory import nav_items


class NeedForm(forms.Form):
    site = forms.ChoiceField(label="Lieu")
    day = forms.DateField(label="Jour", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    starts = forms.TimeField(
        label="De", widget=forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M")
    )
    ends = forms.TimeField(
        label="À", widget=forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M")
    )
    kind = forms.ChoiceField(label="Type de vacation", choices=ShiftKind.choices)
    note = forms.CharField(
        label="Remarque",
        required=False,
        max_length=200,
        help_text="Les médecins la lisent. N’y écrivez rien sur un patient.",
    )

    def __init__(self, *args: Any, sites: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["site"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choisissez un lieu")] + [
            (site.slug, f"{site.name} ({site.commune.name})") for site in sites
        ]


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_need(request: HttpRequest) -> HttpResponse:
    """Publish a need: the doctors around see it on their phone at once."""
    if not has_capability(request.user, Capability.ROSTER_MANAGE) or not has_capability(
        request.user, Capability.TERRITORY_VIEW
    ):
        raise Forbidden("Votre rôle ne permet pas de publier un besoin.")
    sites = territory_sites(list_practices(request.user, Capability.ROSTER_MANAGE))
    form = NeedForm(
        request.POST if request.method == "POST" else None,
        initial={
            "site": request.GET.get("lieu", ""),
            "day": request.GET.get("jour", ""),
            "starts": time(9, 0),
            "ends": time(12, 30),
            "kind": ShiftKind.CONSULTATION,
        },
        sites=sites,
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            chosen = next(site for site in sites if site.slug == data["site"])
            site = access_site(request.user, chosen.practice.slug, chosen.slug, Capability.ROSTER_MANAGE)
            try:
                shift = services.create_shift(
                    site_id=site.pk,
                    day=data["day"],
                    starts=data["starts"],
                    ends=data["ends"],
                    kind=data["kind"],
                    note=data["note"],
                    by=Actor.user(request.user),
                    now=clock.now(),
                )
            except DomainError as error:
                status = error.status
                for text in [reason.message for reason in error.reasons] or [error.message]:
                    form.add_error(error.field if error.field in form.fields else None, text)
            else:
                messages.success(request, f"Besoin publié\u00a0: {french.long_date(shift.day)}, {site.name}.")
                return redirect("coordinator:dashboard")
    return render(
        request,
        "coordinator/need_new.html",
        {"form": form, "sites": sites, "nav_items": nav_items(True), "nav_current": "need"},
        status=status,
    )
