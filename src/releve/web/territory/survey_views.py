"""The public side of a field survey: who answers, the questions, the thanks, the notice to hang up. No account."""

from __future__ import annotations

from datetime import date

import segno
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_safe

from releve.contexts.diagnosis import services_survey as services
from releve.contexts.diagnosis.access import may_speak, reach_of
from releve.contexts.diagnosis.enums import RespondentKind
from releve.contexts.diagnosis.queries import surveys as queries
from releve.contexts.diagnosis.survey_questions import QUESTIONS
from releve.contexts.diagnosis.territories import resolve
from releve.kernel import clock
from releve.kernel.errors import Conflict, DomainError, Gone, Throttled
from releve.kernel.rates import count_attempt
from releve.web.account.errors import show_refusal
from releve.web.public.booking_guard import private_page
from releve.web.ui.typography import PARIS

from .survey_forms import AnswerForm

ANSWERS_PER_ADDRESS, ANSWERS_SECONDS = 30, 3600
_KINDS = (
    (RespondentKind.INHABITANT, "house-heart", "J’habite ici, ou j’y viens pour me soigner"),
    (RespondentKind.PHARMACIST, "capsule", ""),
    (RespondentKind.NURSE, "bandaid", ""),
    (RespondentKind.DOCTOR, "heart-pulse", ""),
    (RespondentKind.OTHER_CARE, "person-badge", "Kinésithérapeute, sage-femme, dentiste…"),
    (RespondentKind.ELECTED, "bank", ""),
)


def today() -> date:
    return clock.local_day(clock.now(), PARIS)


def public_address(token: str) -> str:
    """What is printed and encoded: the address of the platform, whatever name this request came by."""
    return f"{settings.RELEVE_BASE_URL}{reverse('territory:survey', args=[token])}"


def qr_code(address: str) -> SafeString:
    """The address as inline SVG, black on white whatever the theme: cameras read nothing else well."""
    drawing = segno.make(address, error="m", micro=False).svg_inline(
        scale=8, border=4, light="#ffffff", svgclass="rl-qr", lineclass=None, omitsize=True
    )
    return mark_safe(
        drawing.replace("<svg ", '<svg role="img" aria-label="QR code de l’adresse de l’enquête" ', 1)
    )


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """`?je=pharmacist`: the questions of a pharmacist; without it, one says who one is. POST: one answer."""
    survey = queries.get_survey(token)
    place = resolve(survey.territory_code)
    try:
        services.require_open(survey, today=today())
    except (Conflict, Gone) as error:
        status = error.status if request.method == "POST" else 200
        context = {
            "survey": survey,
            "place": place,
            "early": error.code == "not-open-yet",
            "sent": request.method == "POST",
        }
        return render(request, "territory/survey_shut.html", context, status=status)
    kind = request.GET.get("je", "")
    if kind not in QUESTIONS:
        kinds = [
            {"value": value.value, "label": value.label, "icon": icon, "text": text}
            for value, icon, text in _KINDS
        ]
        return render(
            request,
            "territory/survey_who.html",
            {"survey": survey, "place": place, "kinds": kinds, "lost": request.method == "POST"},
            status=422 if request.method == "POST" else 200,
        )
    form = AnswerForm(
        request.POST if request.method == "POST" else None,
        respondent=kind,
        communes=queries.communes_asked(place.commune_codes),
    )
    status = 200
    if request.method == "POST":
        if request.POST.get("website"):
            # A robot fills what no person sees: it is thanked, and nothing is kept.
            return redirect("territory:survey-thanks", token=token)
        status = 422
        if form.is_valid():
            try:
                _count(request)
                services.answer_survey(
                    survey=survey,
                    form_id=form.cleaned_data["form_id"],
                    respondent=kind,
                    answers=form.answers(),
                    comment=form.cleaned_data["comment"],
                    commune_code=form.cleaned_data.get("commune", ""),
                    today=today(),
                    now=clock.now(),
                )
            except Throttled:
                raise
            except DomainError as error:
                show_refusal(form, error)
                status = error.status
            else:
                return redirect("territory:survey-thanks", token=token)
    return render(
        request,
        "territory/survey_form.html",
        {"survey": survey, "place": place, "form": form, "kind": RespondentKind(kind)},
        status=status,
    )


def _count(request: HttpRequest) -> None:
    """One more sending from this network address, known only as long as the count lasts. Raises Throttled."""
    wait = count_attempt(
        "survey",
        get_adapter(request).get_client_ip(request),
        limit=ANSWERS_PER_ADDRESS,
        seconds=ANSWERS_SECONDS,
        now=clock.now(),
    )
    if wait is not None:
        raise Throttled(
            "Beaucoup de réponses sont parties de votre connexion. La vôtre n’a pas été enregistrée\u00a0: revenez en "
            "arrière et envoyez-la dans un moment, ou répondez depuis une autre connexion.",
            details={"retry_after": wait},
        )


@private_page
@require_safe
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    survey = queries.get_survey(token)
    context = {"survey": survey, "place": resolve(survey.territory_code)}
    return render(request, "territory/survey_thanks.html", context)


@private_page
@require_safe
def poster(request: HttpRequest, token: str) -> HttpResponse:
    """The notice to print: for the pharmacy, the bakery, the town hall."""
    survey = queries.get_survey(token)
    address = public_address(token)
    return render(
        request,
        "territory/survey_poster.html",
        {
            "survey": survey,
            "place": resolve(survey.territory_code),
            "address": address,
            "host": settings.RELEVE_BASE_URL.split("://", 1)[-1],
            "qr": qr_code(address),
        },
    )


@require_safe
def of_place(request: HttpRequest, code: str) -> HttpResponse:
    """The surveys of a territory: those open now, what the past ones said; to open one, for whoever may."""
    place = resolve(code)
    day = today()
    rows = queries.surveys_of(place, today=day)
    return render(
        request,
        "territory/survey_place.html",
        {
            "place": place,
            "open": [row for row in rows if row.opens_on <= day <= row.closes_on],
            "coming": [row for row in rows if row.opens_on > day],
            "past": [row for row in rows if row.closes_on < day],
            "may_open": may_speak(request.user, place),
            "speaks_elsewhere": bool(reach_of(request.user)),
        },
    )
