"""Error pages: what happened, what was kept, what to do. Also the handlers Django calls by itself."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from releve.kernel.database_faults import BUSY_MESSAGE, RETRY_AFTER_SECONDS, is_passing_fault


@dataclass(frozen=True)
class ErrorText:
    title: str
    message: str
    advice: str
    icon: str = "signpost-split"


_TEXTS = {
    400: ErrorText(
        "Cette demande est illisible",
        "Le navigateur a envoyé quelque chose que nous n’avons pas compris.",
        "Rien n’a été enregistré. Revenez en arrière et recommencez.",
        "question-circle",
    ),
    403: ErrorText(
        "Cette page ne vous est pas ouverte",
        "Votre rôle ne permet pas cette action.",
        "Si vous pensez qu’il le devrait, demandez au porteur de projet du cabinet d’élargir votre accès.",
        "lock",
    ),
    404: ErrorText(
        "Cette page n’existe pas",
        "L’adresse est peut-être incomplète, ou la page a été retirée.",
        "Vérifiez l’adresse, ou repartez de l’accueil.",
        "signpost-split",
    ),
    409: ErrorText(
        "Quelqu’un a été plus rapide",
        "Ce que vous regardiez a changé entre-temps.",
        "Rien n’a été enregistré. Rechargez la page pour voir l’état actuel.",
        "arrow-repeat",
    ),
    410: ErrorText(
        "Ce lien n’est plus valable",
        "Il a expiré ou a déjà servi.",
        "Demandez un nouveau lien, ou appelez le secrétariat.",
        "hourglass-bottom",
    ),
    422: ErrorText(
        "Il manque quelque chose",
        "Une des réponses n’est pas possible.",
        "Rien n’a été enregistré. Revenez en arrière et corrigez.",
        "pencil",
    ),
    429: ErrorText(
        "Trop d’essais à la suite",
        "Par sécurité, nous faisons une pause.",
        "Attendez quelques minutes puis recommencez.",
        "hourglass-split",
    ),
    500: ErrorText(
        "Une panne de notre côté",
        "La page n’a pas pu être préparée. L’incident est noté.",
        "Réessayez dans un instant. Pour un rendez-vous, le téléphone du secrétariat fonctionne toujours.",
        "tools",
    ),
    503: ErrorText(
        "Un service est momentanément absent",
        "Un élément extérieur ne répond pas.",
        "Réessayez dans un instant.",
        "plug",
    ),
}


def error_page(
    request: HttpRequest, *, status: int, message: str = "", reasons: list[str] | None = None, title: str = ""
) -> HttpResponse:
    """The page of `status`; an HTMX request gets the message alone, to be shown as a toast."""
    text = _TEXTS.get(status, _TEXTS[500 if status >= 500 else 400])
    context = {
        "status": status,
        "title": title or text.title,
        "message": message or text.message,
        "advice": text.advice,
        "icon_name": text.icon,
        "reasons": reasons or [],
    }
    if getattr(request, "htmx", False) and not getattr(request.htmx, "boosted", False):  # type: ignore[attr-defined]
        return render(request, "ui/error_fragment.html", context, status=status)
    return render(request, "ui/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Plain template, without context processors: the database or the session may be what failed.

    A database too busy met before the view (session, account) comes here: 503, like in a view.
    """
    fault = sys.exc_info()[1]
    if fault is not None and is_passing_fault(fault):
        return busy_page(request)
    text = _TEXTS[500]
    return _plain(request, 500, text.title, text.message, text.advice)


def busy_page(request: HttpRequest) -> HttpResponse:
    """503 with `Retry-After`, without a single statement: the database is what does not answer."""
    response = _plain(
        request,
        503,
        "Relève est très sollicitée",
        BUSY_MESSAGE,
        "Pour un rendez-vous, le téléphone du secrétariat fonctionne toujours.",
    )
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def unreadable(request: HttpRequest) -> HttpResponse:
    """400 for text that no database could keep."""
    text = _TEXTS[400]
    return _plain(request, 400, text.title, text.message, text.advice)


def _plain(request: HttpRequest, status: int, title: str, message: str, advice: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        code = {400: "unreadable", 503: "busy"}.get(status, "error")
        problem = {
            "type": f"urn:releve:probleme:{code}",
            "title": title,
            "status": status,
            "detail": message,
            "code": code,
        }
        return JsonResponse(
            problem,
            status=status,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    htmx = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    template = "ui/error_fragment.html" if htmx else "ui/server_error.html"
    context = {"title": title, "message": message, "advice": advice, "status": status, "reasons": []}
    return HttpResponse(render_to_string(template, context), status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(
        request,
        status=403,
        title="Cette page a trop attendu",
        message=(
            "Par sécurité, un formulaire ne peut être envoyé que depuis la page qui vient d’être affichée, "
            "avec les cookies acceptés. Rien n’a été enregistré\u00a0: rechargez la page et recommencez."
        ),
    )
