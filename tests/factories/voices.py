"""What people say of a place: surveys, answers, facts, saved groups, made through the services."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from releve.contexts.diagnosis import services_knowledge, services_perimeters, services_survey
from releve.contexts.diagnosis.models import LocalKnowledge, Perimeter, Survey, SurveyResponse
from releve.kernel.audit import SYSTEM, Actor

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
TODAY = date(2026, 3, 2)
_numbers = count(1)


def make_survey(
    territory: str = "85161", *, today: date = TODAY, by: Actor = SYSTEM, **fields: Any
) -> Survey:
    """An open survey of that territory, for a month around."""
    values: dict[str, Any] = {
        "title": "Votre accès aux soins",
        "introduction": "Le conseil municipal prépare un projet.",
        "opens_on": today - timedelta(days=10),
        "closes_on": today + timedelta(days=20),
    }
    return services_survey.open_survey(
        territory=territory, today=today, by=by, now=NOW, **{**values, **fields}
    )


def make_response(
    survey: Survey,
    respondent: str = "inhabitant",
    comment: str = "Trois mois d’attente pour un rendez-vous.",
    *,
    today: date = TODAY,
    **answers: list[str],
) -> SurveyResponse:
    """One answer; `delay=["more"]` answers a question."""
    return services_survey.answer_survey(
        survey=survey,
        form_id=f"formulaire-d-essai-{next(_numbers)}",
        respondent=respondent,
        answers=answers,
        comment=comment,
        today=today,
        now=NOW,
    ).response


def make_fact(commune_code: str = "85161", *, today: date = TODAY, **fields: Any) -> LocalKnowledge:
    """A doctor who leaves in a month."""
    values: dict[str, Any] = {
        "kind": "doctor_leaves",
        "doctors": 1.0,
        "starts_on": today + timedelta(days=30),
        "origin": "Conseil municipal",
    }
    return services_knowledge.add_knowledge(
        commune_code=commune_code, today=today, by=SYSTEM, now=NOW, **{**values, **fields}
    )


def make_saved_perimeter(name: str, codes: list[str], *, by: Actor = SYSTEM) -> Perimeter:
    return services_perimeters.save_perimeter(name=name, kind="cpts", codes=codes, by=by, now=NOW)
