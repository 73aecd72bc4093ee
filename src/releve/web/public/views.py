"""The home page: what Relève is, one question, and real figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from releve.contexts.indicators import queries as indicators
from releve.contexts.practitioners.queries import practitioner_of
from releve.kernel import clock


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    figures = indicators.platform_figures(now=now)
    return render(
        request,
        "public/home.html",
        {
            "figures": figures,
            "sites_label": "lieux de consultation ouverts"
            if figures.sites > 1
            else "lieu de consultation ouvert",
            "communes_label": f"dans {figures.communes} communes"
            if figures.communes > 1
            else "dans une commune",
            # The visitor signs in on the way; somebody signed in without a practitioner's sheet would be refused.
            "can_answer_needs": not request.user.is_authenticated
            or practitioner_of(request.user) is not None,
            "needs": indicators.next_needs(now=now, limit=3),
        },
    )
