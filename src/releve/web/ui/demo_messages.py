"""Demonstration only: what patients and doctors would have received. Answers 404 anywhere else."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from releve.kernel import clock, money, outbox
from releve.kernel.errors import Invalid, NotFound

PAGE_SIZE = 40
_FILTERS = {"": "Tous", "sms": "SMS", "mail": "Courriels"}
_CHIPS = {
    "pending": "booked",
    "sending": "attention",
    "sent": "done",
    "failed": "danger",
    "expired": "unavailable",
    "cancelled": "cancelled",
}
_KINDS = {
    "account": "Compte",
    "booking-code": "Code de confirmation",
    "appointment-confirmed": "Rendez-vous confirmé",
    "appointment-reminder": "Rappel",
    "appointment-moved": "Rendez-vous déplacé",
    "appointment-cancelled": "Rendez-vous annulé",
    "account-invitation": "Invitation",
}
# A mail is foreign content: it runs nothing, loads nothing, sends nothing.
_PREVIEW_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@never_cache
@require_safe
def messages_page(request: HttpRequest) -> HttpResponse:
    """Newest messages, by channel, as they would look on a phone or in a mail program."""
    _only_in_demonstration()
    channel = request.GET.get("canal", "")
    if channel not in _FILTERS:
        raise Invalid("Ce filtre n’existe pas\u00a0: choisissez Tous, SMS ou Courriels.", field="canal")
    before = request.GET.get("avant", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 18):
        raise Invalid("Cette page de la liste n’existe pas.", field="avant")
    found = outbox.list_messages(
        channel=channel or None, before_id=int(before) if before else None, limit=PAGE_SIZE + 1
    )
    shown = found[:PAGE_SIZE]
    costs = outbox.sum_costs()
    now = clock.now()
    return render(
        request,
        "ui/demo_messages.html",
        {
            "filters": [(value, label, value == channel) for value, label in _FILTERS.items()],
            "channel": channel,
            "entries": [
                {
                    "message": message,
                    "kind": _KINDS.get(message.kind, ""),
                    "chip": _CHIPS.get(message.status, "info"),
                    "later": message.status == "pending" and message.send_after > now,
                    "cost": money.format_thousandths(message.cost_thousandths),
                    "capacity": message.units + message.room_left,
                }
                for message in shown
            ],
            "continue_before": shown[-1].id if len(found) > PAGE_SIZE else None,
            "is_continued": bool(before),
            "costs": costs,
            "total_cost": money.format_thousandths(costs.cost_thousandths),
            "part_price": money.format_thousandths(outbox.sms_price_thousandths(now.date())),
        },
    )


@never_cache
@require_safe
@xframe_options_sameorigin
def mail_preview(request: HttpRequest, message_id: int) -> HttpResponse:
    """The HTML of one mail, alone in a sandbox."""
    _only_in_demonstration()
    message = outbox.get_message(message_id)
    if not message.html:
        raise NotFound("Ce message n’a pas de version mise en page.")
    return HttpResponse(message.html, headers={"Content-Security-Policy": _PREVIEW_POLICY})


def _only_in_demonstration() -> None:
    if not settings.IS_DEMO:
        raise Http404
