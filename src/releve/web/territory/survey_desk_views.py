"""The working side of field surveys: to open one, to follow it, to read what people write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.diagnosis import access
from releve.contexts.diagnosis import services_survey as services
from releve.contexts.diagnosis.enums import RespondentKind, SurveyStatus
from releve.contexts.diagnosis.queries import surveys as queries
from releve.contexts.diagnosis.report import Place
from releve.contexts.diagnosis.survey_questions import SMALL
from releve.contexts.diagnosis.territories import resolve
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, DomainError, NotFound
from releve.web.account.errors import show_refusal
from releve.web.account.guards import staff_required

from .survey_forms import FilterForm, SurveyForm
from .survey_views import public_address, qr_code, today
from .voices_frame import csv_file, frame

DEFAULT_DAYS = 30
DECISIONS = {"kept": "Réponse gardée.", "rejected": "Réponse écartée.", "pending": "Réponse remise à relire."}


def _place_name(code: str) -> str:
    try:
        return resolve(code).name
    except NotFound:
        return code


@staff_required
@require_safe
def surveys(request: HttpRequest) -> HttpResponse:
    """Every survey of the places one speaks for, with what waits to be read. `?etat=` keeps some."""
    access.require_voice(request.user)
    day = today()
    rows = access.list_surveys(request.user)
    counted = queries.waiting_comments(rows)
    wanted = request.GET.get("etat", "")
    names = {code: _place_name(code) for code in {row.territory_code for row in rows}}
    shown = []
    for row in rows:
        state = "coming" if row.opens_on > day else "past" if row.closes_on < day else "open"
        if wanted in ("", state):
            answers, waiting = counted.get(row.pk, (0, 0))
            shown.append(
                {
                    "survey": row,
                    "place": names[row.territory_code],
                    "state": state,
                    "answers": answers,
                    "waiting": waiting,
                }
            )
    return render(
        request,
        "territory/surveys.html",
        {**frame(request, "surveys"), "rows": shown, "total": len(rows), "wanted": wanted},
    )


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_survey(request: HttpRequest) -> HttpResponse:
    """`?territoire=85161`: a survey of that territory."""
    code = request.GET.get("territoire", "").replace("\x00", "")[:500]
    access.require_voice(request.user)
    if not code:
        return render(request, "territory/survey_choose.html", frame(request, "surveys"))
    place = access.access_place(request.user, code)
    form = SurveyForm(
        request.POST if request.method == "POST" else None,
        initial={
            "title": f"L’accès aux soins\u00a0: {place.name}"[:120],
            "opens_on": today(),
            "closes_on": today() + timedelta(days=DEFAULT_DAYS),
        },
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                survey = services.open_survey(
                    territory=place.code,
                    **form.cleaned_data,
                    practice_id=access.practice_here(request.user, place),
                    today=today(),
                    by=Actor.user(request.user),
                    now=clock.now(),
                )
            except DomainError as error:
                show_refusal(form, error)
                status = error.status
            else:
                messages.success(
                    request, "L’enquête est prête\u00a0: partagez son adresse ou imprimez l’affiche."
                )
                return redirect("territory:survey-manage", survey_id=survey.pk)
    context = {**frame(request, "surveys"), "form": form, "place": place, "survey": None}
    return render(request, "territory/survey_edit.html", context, status=status)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_survey(request: HttpRequest, survey_id: int) -> HttpResponse:
    survey = access.access_survey(request.user, survey_id)
    form = SurveyForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(survey, name) for name in ("title", "introduction", "opens_on", "closes_on")},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.change_survey(
                    survey_id=survey.pk,
                    **form.cleaned_data,
                    by=Actor.user(request.user),
                    now=clock.now(),
                )
            except DomainError as error:
                show_refusal(form, error)
                status = error.status
            else:
                messages.success(request, "L’enquête est modifiée.")
                return redirect("territory:survey-manage", survey_id=survey.pk)
    context = {
        **frame(request, "surveys"),
        "form": form,
        "place": _place(survey.territory_code),
        "survey": survey,
    }
    return render(request, "territory/survey_edit.html", context, status=status)


def _place(code: str) -> Place | None:
    try:
        return resolve(code)
    except NotFound:
        return None


@staff_required
@require_safe
def manage(request: HttpRequest, survey_id: int) -> HttpResponse:
    """The address to share, what people answer, and the comments to read."""
    survey = access.access_survey(request.user, survey_id)
    day = today()
    form = FilterForm(request.GET or None)
    form.fields["qui"].choices = [("", "Tout le monde"), *RespondentKind.choices]  # type: ignore[attr-defined]
    asked: dict[str, Any] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    state = asked.get("etat") or SurveyStatus.PENDING.value
    filters = queries.Filters(
        status="" if state == "toutes" else state,
        respondent=asked.get("qui", ""),
        comments=asked.get("mots") != "tous",
    )
    number = request.GET.get("page", "1")
    page = queries.responses(
        survey, filters, page=int(number) if number.isdecimal() and len(number) < 6 else 1
    )
    address = public_address(survey.token)
    summary = queries.summary_of(survey)
    return render(
        request,
        "territory/survey_manage.html",
        {
            **frame(request, "surveys"),
            "survey": survey,
            "place": _place(survey.territory_code),
            "state": "coming" if survey.opens_on > day else "past" if survey.closes_on < day else "open",
            "address": address,
            "qr": qr_code(address),
            "summary": summary,
            "tallies": list(summary.tallies.values()),
            "small": SMALL,
            "page": page,
            "form": form,
            "etat": state,
            "qui": filters.respondent,
            "mots": "avec" if filters.comments else "tous",
            "answers": {row.pk: _said(row) for row in page.rows},
            "statuses": SurveyStatus,
        },
    )


def _said(row: Any) -> list[tuple[str, str]]:
    """What an answer says, question by question, in words: shown to who reads the whole answer."""
    found = []
    for question in queries.asked_of(row.respondent):
        given = row.answers.get(question.key) or []
        words = [text for choice, text in question.choices if choice in given]
        if words:
            found.append((question.label, ", ".join(words)))
    return found


@staff_required
@require_POST
def moderate(request: HttpRequest, survey_id: int, response_id: int) -> HttpResponse:
    """Keep, put aside or put back one answer, as the moderator saw it (`vu`)."""
    response = access.access_response(request.user, survey_id, response_id)
    status = request.POST.get("decision", "")
    try:
        services.moderate_answer(
            response=response,
            expected=request.POST.get("vu", ""),
            status=status,
            by=Actor.user(request.user),
            now=clock.now(),
        )
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, DECISIONS[status])
    back = request.POST.get("retour", "")
    page = reverse("territory:survey-manage", args=[survey_id])
    if not (back.startswith(f"{page}?") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        back = page
    return redirect(f"{back}#commentaires")


@staff_required
@require_safe
def results(request: HttpRequest, survey_id: int) -> HttpResponse:
    """What is counted, as a file: never one line per person."""
    survey = access.access_survey(request.user, survey_id)
    summary = queries.summary_of(survey)
    rows: list[tuple[str, str, str | int]] = [("Réponses", "Toutes", summary.count)]
    rows += [("Qui a répondu", kind, number) for kind, number in summary.kind_lines]
    for tally in summary.tallies.values():
        rows += [(tally.question.label, words, number) for words, number in tally.lines]
    return csv_file(f"enquete-{survey.pk}.csv", ["question", "réponse", "nombre"], rows)
