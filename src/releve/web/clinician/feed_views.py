"""The secret calendar address of a practitioner: made, shown once, closed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from releve.contexts.rostering import access, queries, services
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import DomainError
from releve.web.account.guards import staff_required


@staff_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feeds(request: HttpRequest) -> HttpResponse:
    """The addresses in service. POST makes a new one: its answer is the only page that ever shows it."""
    person = access.own_practitioner(request.user)
    fresh, refusal = "", None
    if request.method == "POST":
        try:
            _, token = services.create_feed(
                practitioner_id=person.pk, by=Actor.user(request.user), now=clock.now()
            )
            fresh = request.build_absolute_uri(reverse("ical:feed", args=[token]))
        except DomainError as error:
            refusal = error
    return render(
        request,
        "clinician/feeds.html",
        {
            "nav_current": "profile",
            "feeds": [f for f in queries.list_feeds(practitioner_id=person.pk) if f.revoked_at is None],
            "fresh": fresh,
            "webcal": fresh.replace("https://", "webcal://").replace("http://", "webcal://"),
            "refusal": refusal,
        },
        status=refusal.status if refusal else 200,
    )


@staff_required
@require_POST
def revoke(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Close an address: calendars that use it stop being fed."""
    feed = access.access_feed(request.user, feed_id)
    services.revoke_feed(feed_id=feed.pk, by=Actor.user(request.user), now=clock.now())
    messages.success(request, "L’adresse est fermée\u00a0: elle ne donne plus rien.")
    return redirect("clinician:feeds")
