"""Writes of field surveys: opened for a territory, answered by anybody without a name, read before words are shown."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Gone, Invalid, Throttled
from releve.kernel.french import long_date

from .enums import SurveyStatus
from .models import Survey, SurveyResponse
from .survey_questions import MAX_COMMENT, checked_answers, questions_for
from .territories import resolve
from .wording import clean, refuse_contact

LONGEST: Final = timedelta(days=366)
MAX_TITLE: Final = 120
MAX_INTRODUCTION: Final = 1000
MAX_CODE: Final = 400
# A flood that came from many addresses must not fill the disk: no territory answers that much in a day.
ANSWERS_PER_DAY: Final = 2000
_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0, 1
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


def new_token() -> str:
    """Twelve signs that one reads on a poster and types without mistake: 59 bits, for an address that is public."""
    signs = "".join(secrets.choice(_READABLE) for _ in range(12))
    return "-".join((signs[:4], signs[4:8], signs[8:]))


def _checked(title: str, introduction: str, opens_on: date, closes_on: date) -> tuple[str, str]:
    title, introduction = clean(title), clean(introduction, lines=True)
    if not 3 <= len(title) <= MAX_TITLE:
        raise Invalid(f"Le titre a de 3 à {MAX_TITLE} caractères.", code="bad-title", field="title")
    if len(introduction) > MAX_INTRODUCTION:
        raise Invalid(
            f"L’introduction a au plus {MAX_INTRODUCTION} caractères.",
            code="long-introduction",
            field="introduction",
        )
    if closes_on < opens_on:
        raise Invalid("L’enquête se ferme avant de s’ouvrir.", code="days-reversed", field="closes_on")
    if closes_on - opens_on > LONGEST:
        raise Invalid("Une enquête dure un an au plus.", code="too-long", field="closes_on")
    return title, introduction


@transaction.atomic
def open_survey(
    *,
    territory: str,
    title: str,
    introduction: str,
    opens_on: date,
    closes_on: date,
    practice_id: int | None = None,
    today: date,
    by: Actor,
    now: datetime,
) -> Survey:
    """A survey of that territory, at an address nobody can guess. The caller has checked the right on the place.

    Raises Invalid (title, days, a list of communes too long to be kept: save it as a perimeter) or as `resolve`.
    """
    place = resolve(territory)
    title, introduction = _checked(title, introduction, opens_on, closes_on)
    if closes_on < today:
        raise Invalid("Le dernier jour de l’enquête est déjà passé.", code="already-over", field="closes_on")
    if len(place.code) > MAX_CODE:
        raise Invalid(
            "Cette liste de communes est trop longue pour une enquête\u00a0: enregistrez-la d’abord comme périmètre.",
            code="list-too-long",
            field="territory",
        )
    survey = Survey.objects.create(
        token=new_token(),
        territory_kind=place.kind,
        territory_code=place.code,
        title=title,
        introduction=introduction,
        opens_on=opens_on,
        closes_on=closes_on,
        practice_id=practice_id,
        created_by_id=by.id if by.kind == "user" else None,
        created_at=now,
    )
    _journal("survey.opened", survey, by, now, territory=place.code)
    return survey


@transaction.atomic
def change_survey(
    *,
    survey_id: int,
    title: str,
    introduction: str,
    opens_on: date,
    closes_on: date,
    by: Actor,
    now: datetime,
) -> Survey:
    """New words or days. To close at once, the last day is set before today. Answers stay. Raises Invalid."""
    survey = Survey.objects.select_for_update().get(pk=survey_id)
    survey.title, survey.introduction = _checked(title, introduction, opens_on, closes_on)
    survey.opens_on, survey.closes_on = opens_on, closes_on
    survey.save(update_fields=["title", "introduction", "opens_on", "closes_on"])
    _journal("survey.changed", survey, by, now)
    return survey


def _journal(action: str, survey: Survey, by: Actor, now: datetime, **details: object) -> None:
    audit.record(
        by=by,
        action=action,
        target_kind="survey",
        target_id=survey.pk,
        practice_id=survey.practice_id,
        now=now,
        **details,
    )


@dataclass(frozen=True)
class Answered:
    """What became of a sending; `again`: the same form had already been received, nothing was added."""

    response: SurveyResponse
    again: bool


def require_open(survey: Survey, *, today: date) -> None:
    """Conflict (`not-open-yet`) or Gone (`survey-closed`) outside its days."""
    if today < survey.opens_on:
        raise Conflict(
            f"Cette enquête ouvre {long_date(survey.opens_on, year=True)}. Revenez ce jour-là.",
            code="not-open-yet",
        )
    if today > survey.closes_on:
        raise Gone(
            f"Cette enquête s’est terminée {long_date(survey.closes_on, year=True)}. Votre réponse n’a pas pu être "
            "enregistrée. Merci d’avoir voulu y répondre.",
            code="survey-closed",
        )


def form_digest(survey: Survey, form_id: str) -> str:
    """What makes one sending unique. Raises Invalid for a form that did not come from our page."""
    if not _FORM.fullmatch(form_id):
        raise Invalid("Ce formulaire est incomplet\u00a0: rechargez la page.", code="bad-form")
    return hashlib.sha256(f"{survey.token}:{form_id}".encode()).hexdigest()


def answer_survey(
    *,
    survey: Survey,
    form_id: str,
    respondent: str,
    answers: Mapping[str, Iterable[str]],
    comment: str = "",
    commune_code: str = "",
    today: date,
    now: datetime,
) -> Answered:
    """Keep one anonymous answer: neither who, nor from where on the network, nor at what time of the day.

    No journal line either: its instant would tell more than the answer does. The same `form_id` twice is one answer.
    Raises Conflict, Gone (outside its days), Invalid (`empty-answer`, `long-comment`, `contact-written`,
    `bad-answer`, `unknown-respondent`, `elsewhere`, `bad-form`), Throttled.
    """
    require_open(survey, today=today)
    digest = form_digest(survey, form_id)
    known = SurveyResponse.objects.filter(form_digest=digest).first()
    if known is not None:
        return Answered(known, again=True)
    questions_for(respondent)
    checked = checked_answers(respondent, answers)
    comment = _comment(comment)
    if not checked and not comment:
        raise Invalid(
            "Répondez à une question au moins, ou laissez un commentaire.", code="empty-answer", field=None
        )
    if commune_code and commune_code not in resolve(survey.territory_code).commune_codes:
        raise Invalid(
            "Cette commune n’est pas dans le territoire de l’enquête.", code="elsewhere", field="commune"
        )
    if SurveyResponse.objects.filter(survey=survey, received_on=today).count() >= ANSWERS_PER_DAY:
        raise Throttled(
            "Trop de réponses sont arrivées aujourd’hui. La vôtre n’a pas été enregistrée\u00a0: revenez demain.",
            code="too-many-answers",
            details={"retry_after": 86_400},
        )
    try:
        with transaction.atomic():
            made = SurveyResponse.objects.create(
                survey=survey,
                respondent=respondent,
                commune_id=commune_code or None,
                answers=checked,
                comment=comment,
                form_digest=digest,
                received_on=today,
            )
    except IntegrityError:  # the same form, sent twice at the same time
        return Answered(SurveyResponse.objects.get(form_digest=digest), again=True)
    return Answered(made, again=False)


def _comment(comment: str) -> str:
    comment = clean(comment, lines=True)
    if len(comment) > MAX_COMMENT:
        raise Invalid(
            f"Le commentaire a {len(comment)} caractères, pour {MAX_COMMENT} au plus.",
            code="long-comment",
            field="comment",
        )
    refuse_contact(comment, field="comment")
    return comment


@transaction.atomic
def moderate_answer(
    *,
    response: SurveyResponse,
    expected: str,
    status: str,
    by: Actor,
    now: datetime,
) -> SurveyResponse:
    """Keep an answer, put it aside, or put it back to be read: any of the three can be undone by another.

    `expected`: its state as the moderator saw it. Raises Conflict (`moderated-since`) when somebody else decided
    otherwise meanwhile: nothing is then changed. Asking for what is already so changes nothing.
    """
    if status not in SurveyStatus.values or expected not in SurveyStatus.values:
        raise Invalid("Cet état de réponse n’existe pas.", code="unknown-status", field="status")
    decided = status != SurveyStatus.PENDING
    done = SurveyResponse.objects.filter(pk=response.pk, status=expected).update(
        status=status,
        moderated_by_id=by.id if decided and by.kind == "user" else None,
        moderated_at=now if decided else None,
    )
    response.refresh_from_db()
    if not done:
        if response.status == status:
            return response
        raise Conflict(
            "Quelqu’un d’autre vient de relire cette réponse\u00a0: elle est maintenant "
            f"«\u00a0{response.get_status_display()}\u00a0». Rien n’a été changé.",
            code="moderated-since",
        )
    if status != expected:
        audit.record(
            by=by,
            action=f"survey.answer_{status}",
            target_kind="survey_response",
            target_id=response.pk,
            practice_id=response.survey.practice_id,
            now=now,
            survey=response.survey_id,
        )
    return response
