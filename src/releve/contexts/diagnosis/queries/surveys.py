"""Reads of field surveys: by their public address, of a territory, what they say.

What counts: the closed answers of what is kept and of what waits to be read; a comment only once it is kept; what a
moderator put aside, nothing at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from releve.contexts.territory.models import Commune
from releve.kernel.errors import NotFound

from ..enums import RespondentKind, SurveyStatus
from ..models import Survey, SurveyResponse
from ..report import Place, Section
from ..sections.survey import SurveyFacts, build_survey_section
from ..survey_questions import QUESTIONS, Question, Summary, speaker, summarise

_TOKEN: Final = re.compile(r"[a-z0-9-]{14,32}", re.ASCII)
COUNTED: Final = (SurveyStatus.PENDING, SurveyStatus.KEPT)
PAGE: Final = 20
LISTED_COMMUNES: Final = 1000


def get_survey(token: str) -> Survey:
    """The survey of this public address, in capitals or not. NotFound."""
    token = token.lower()
    found = Survey.objects.filter(token=token).first() if _TOKEN.fullmatch(token) else None
    if found is None:
        raise NotFound(
            "Cette enquête n’existe pas. Vérifiez que l’adresse est entière.", code="unknown-survey"
        )
    return found


def surveys_of(place: Place, *, today: date) -> list[Survey]:
    """The surveys of a territory that are open on that day or will be, then the past ones, last first."""
    rows = Survey.objects.filter(territory_kind=place.kind, territory_code=place.code)
    return sorted(rows.order_by("-opens_on", "-pk"), key=lambda row: row.closes_on < today)


def communes_asked(codes: Sequence[str]) -> list[tuple[str, str]]:
    """(code, name) of the communes that an answer may come from, by name; [] when there is only one."""
    if not 2 <= len(codes) <= LISTED_COMMUNES:
        return []
    return list(Commune.objects.filter(pk__in=list(codes)).order_by("search_name").values_list("pk", "name"))


def survey_facts(surveys: Iterable[Survey]) -> SurveyFacts:
    """What these surveys gathered (two statements)."""
    ids = [survey.pk for survey in surveys]
    rows = list(
        SurveyResponse.objects.filter(survey_id__in=ids, status__in=COUNTED)
        .order_by("received_on", "pk")
        .values_list("respondent", "answers", "received_on")
    )
    kept = (
        SurveyResponse.objects.filter(survey_id__in=ids, status=SurveyStatus.KEPT)
        .exclude(comment="")
        .order_by("-moderated_at", "-pk")
        .values_list("respondent", "comment")
    )
    summary = summarise([(kind, answers) for kind, answers, _ in rows])
    days = [day for *_, day in rows]
    return SurveyFacts(
        summary,
        tuple((speaker(kind, summary), words) for kind, words in kept),
        min(days, default=None),
        max(days, default=None),
    )


def summary_of(survey: Survey) -> Summary:
    """What one survey says, for those who follow it."""
    return survey_facts([survey]).summary


def survey_section(place: Place, *, today: date) -> Section | None:
    """The section `survey` of a diagnosis: every survey attached to that very territory. None without answers."""
    surveys = Survey.objects.filter(
        territory_kind=place.kind, territory_code=place.code, opens_on__lte=today
    ).only("pk")
    rows = list(surveys)
    return build_survey_section(survey_facts(rows)) if rows else None


@dataclass(frozen=True)
class Filters:
    """Of the answers to moderate; "" keeps all. `comments`: only those with words."""

    status: str = SurveyStatus.PENDING
    respondent: str = ""
    comments: bool = True


@dataclass(frozen=True)
class Page:
    """One page of answers, and how many there are by state."""

    rows: tuple[SurveyResponse, ...]
    number: int
    pages: int
    total: int
    by_status: dict[str, int]
    alone: frozenset[int]  # answers whose author is one of very few of their kind


def responses(survey: Survey, filters: Filters, *, page: int = 1) -> Page:
    """Answers to a survey, the oldest first: what waits longest is read first."""
    everything = SurveyResponse.objects.filter(survey=survey)
    counted = Counter(everything.values_list("status", flat=True))
    kinds = Counter(everything.values_list("respondent", flat=True))
    rows = everything
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.respondent:
        rows = rows.filter(respondent=filters.respondent)
    if filters.comments:
        rows = rows.exclude(comment="")
    total = rows.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(page, 1), pages)
    shown = tuple(
        rows.select_related("commune", "moderated_by").order_by("received_on", "pk")[
            (number - 1) * PAGE : number * PAGE
        ]
    )
    few = Summary(sum(kinds.values()), tuple(kinds.items()))
    return Page(
        shown,
        number,
        pages,
        total,
        {status: counted.get(status, 0) for status in SurveyStatus.values},
        frozenset(
            row.pk for row in shown if speaker(row.respondent, few) != RespondentKind(row.respondent).label
        ),
    )


def asked_of(respondent: str) -> tuple[Question, ...]:
    """The questions of a kind of respondent; none when the kind no longer exists."""
    return QUESTIONS.get(respondent, ())


def waiting_comments(surveys: Iterable[Survey]) -> dict[int, tuple[int, int]]:
    """(answers, comments to read) by survey (one statement)."""
    found: dict[int, tuple[int, int]] = {}
    rows = SurveyResponse.objects.filter(survey_id__in=[survey.pk for survey in surveys])
    for survey_id, status, comment in rows.values_list("survey_id", "status", "comment"):
        answers, waiting = found.get(survey_id, (0, 0))
        if status != SurveyStatus.REJECTED:
            answers += 1
        found[survey_id] = (answers, waiting + (status == SurveyStatus.PENDING and bool(comment)))
    return found
