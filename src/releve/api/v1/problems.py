"""Errors of the JSON API as problem details (RFC 9457): one shape, a stable `code`, a French `detail`."""

from __future__ import annotations

from typing import Any

from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.errors import Throttled as NinjaThrottled

from releve.kernel.database_faults import (
    BUSY_MESSAGE,
    RETRY_AFTER_SECONDS,
    is_passing_fault,
    is_unreadable_text,
)
from releve.kernel.errors import DomainError

_TITLES = {
    400: "Requête illisible",
    401: "Clé absente ou inconnue",
    403: "Non autorisé",
    404: "Introuvable",
    405: "Méthode non acceptée",
    409: "Conflit",
    410: "Expiré",
    413: "Requête trop volumineuse",
    415: "Format non accepté",
    422: "Donnée refusée",
    429: "Trop de demandes",
    503: "Indisponible",
}


def problem(
    status: int,
    *,
    code: str,
    detail: str,
    field: str | None = None,
    reasons: list[dict[str, str]] | None = None,
    **extra: Any,
) -> HttpResponse:
    """A problem document. `type` is a stable URN: there is nothing to fetch behind it."""
    body: dict[str, Any] = {
        "type": f"urn:releve:probleme:{code}",
        "title": _TITLES.get(status, "Erreur"),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if field:
        body["field"] = field
    if reasons:
        body["reasons"] = reasons
    body.update(extra)
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def from_domain_error(error: DomainError) -> HttpResponse:
    response = problem(
        error.status,
        code=error.code,
        detail=error.message,
        field=error.field,
        reasons=[{"code": r.code, "message": r.message} for r in error.reasons],
        **{name: error.details[name] for name in ("alternatives", "replaced_by") if name in error.details},
    )
    if "retry_after" in error.details:
        response["Retry-After"] = str(error.details["retry_after"])
    return response


def install(api: NinjaAPI) -> None:
    """Give every kind of failure its problem document; none carries what the caller sent."""

    @api.exception_handler(DomainError)
    def _domain(request: HttpRequest, error: DomainError) -> HttpResponse:
        return from_domain_error(error)

    @api.exception_handler(ValidationError)
    def _validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
        found = [
            {"code": str(e["type"]), "message": f"{'.'.join(str(p) for p in e['loc'][1:])} : {_reword(e)}"}
            for e in error.errors[:20]
        ]
        first = error.errors[0]["loc"][-1] if error.errors else None
        return problem(
            422,
            code="invalid",
            detail="La requête contient des données absentes, inconnues ou mal formées.",
            field=str(first) if first is not None else None,
            reasons=found,
        )

    @api.exception_handler(NinjaThrottled)
    def _throttled(request: HttpRequest, error: NinjaThrottled) -> HttpResponse:
        response = problem(429, code="throttled", detail="Trop de demandes. Réessayez dans un moment.")
        if error.wait:
            response["Retry-After"] = str(int(error.wait) + 1)
        return response

    @api.exception_handler(AuthenticationError)
    def _auth(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, code="bad-key", detail="La clé d’accès est inconnue ou révoquée.")

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(
            error.status_code, code="unreadable", detail="Le corps de la requête n’est pas du JSON lisible."
        )

    @api.exception_handler(Http404)
    def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, code="not-found", detail="Cette adresse n’existe pas.")

    @api.exception_handler(DataError)
    def _unreadable(request: HttpRequest, error: DataError) -> HttpResponse:
        if not is_unreadable_text(error):
            raise error
        return problem(400, code="unreadable", detail="La demande contient un caractère illisible.")

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def _database(request: HttpRequest, error: Exception) -> HttpResponse:
        if not is_passing_fault(error):
            raise error
        response = problem(503, code="busy", detail=BUSY_MESSAGE)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response


_WORDS = {
    "missing": "champ manquant",
    "extra_forbidden": "champ inconnu",
    "int_parsing": "nombre entier attendu",
    "string_too_long": "texte trop long",
    "string_too_short": "texte vide",
    "literal_error": "valeur non prévue",
    "string_type": "texte attendu",
    "json_invalid": "JSON illisible",
    "nul_character": "caractère non accepté",
}


def _reword(error: Any) -> str:
    kind = str(error["type"])
    if kind in _WORDS:
        return _WORDS[kind]
    if kind.startswith(("date", "timezone", "time")):
        return "date ou heure mal formée (exemple : 2026-03-04T09:00:00+01:00)"
    if kind.startswith(("greater", "less")):
        return "valeur hors limites"
    return "valeur refusée"
