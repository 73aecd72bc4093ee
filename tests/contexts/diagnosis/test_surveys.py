"""Field surveys: opened, answered once, read before words are shown; small numbers are not detailed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from releve.contexts.diagnosis import services_survey as services
from releve.contexts.diagnosis.models import SurveyResponse
from releve.contexts.diagnosis.queries import surveys as queries
from releve.contexts.diagnosis.survey_questions import QUESTIONS, SOMEBODY, summarise
from releve.contexts.diagnosis.territories import resolve
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.errors import Conflict, Gone, Invalid, NotFound, Throttled
from releve.kernel.models import AuditEvent
from tests.factories.accounts import make_user
from tests.factories.territory import make_commune
from tests.factories.voices import NOW, TODAY, make_response, make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey():
    make_commune()
    return make_survey()


def answer(survey, **changes):
    values = {
        "survey": survey,
        "form_id": "un-formulaire-entier",
        "respondent": "inhabitant",
        "answers": {"delay": ["more"]},
        "today": TODAY,
        "now": NOW,
    }
    return services.answer_survey(**{**values, **changes})


def refused(survey, **changes):
    with pytest.raises(Invalid) as error:
        answer(survey, **changes)
    assert not SurveyResponse.objects.exists()
    return error.value


# --- Opening --------------------------------------------------------------------------------------------------


def test_a_survey_has_an_address_nobody_guesses_and_a_line_in_the_journal():
    make_commune()
    person = make_user()
    first, second = make_survey(by=Actor.user(person)), make_survey()
    assert first.token != second.token
    assert len(first.token) == 14
    assert queries.get_survey(first.token.upper()) == first
    assert first.created_by == person
    assert queries.get_survey(first.token) == first
    assert AuditEvent.objects.filter(action="survey.opened").count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " a\u200b "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"introduction": "x" * 1001}, "introduction"),
        ({"closes_on": date(2026, 2, 1), "opens_on": date(2026, 2, 2)}, "closes_on"),
        ({"opens_on": date(2025, 1, 1), "closes_on": date(2025, 2, 1)}, "closes_on"),
        ({"opens_on": TODAY, "closes_on": TODAY + timedelta(days=400)}, "closes_on"),
    ],
)
def test_what_cannot_be_opened(fields, field):
    make_commune()
    with pytest.raises(Invalid) as error:
        make_survey(**fields)
    assert error.value.field == field


def test_a_survey_of_an_unknown_territory():
    with pytest.raises(NotFound):
        make_survey("99999")


def test_a_list_too_long_to_be_kept_names_the_way_out():
    codes = [f"85{number:03d}" for number in range(1, 73)]
    for code in codes:
        make_commune(code, name=f"Commune {code}")
    with pytest.raises(Invalid, match="périmètre"):
        make_survey(",".join(codes))


def test_an_unknown_token():
    for token in ("", "x", "é" * 20, "a" * 20, "' OR 1=1 --" * 2):
        with pytest.raises(NotFound):
            queries.get_survey(token)


def test_days_and_words_change_answers_stay(survey):
    make_response(survey)
    services.change_survey(
        survey_id=survey.pk,
        title="Autre titre",
        introduction="",
        opens_on=survey.opens_on,
        closes_on=TODAY - timedelta(days=1),
        by=SYSTEM,
        now=NOW,
    )
    survey.refresh_from_db()
    assert survey.responses.count() == 1
    with pytest.raises(Gone):
        answer(survey)


# --- Answering ------------------------------------------------------------------------------------------------


def test_an_answer_keeps_the_day_and_nothing_of_who(survey):
    made = answer(survey, comment="  Plus de  médecin.\r\n\r\n\r\n\r\nDepuis 2021. ").response
    assert (made.received_on, made.comment) == (TODAY, "Plus de médecin.\n\nDepuis 2021.")
    assert made.answers == {"delay": ["more"]}
    assert made.status == "pending"
    # Not even a journal line: its instant would say when.
    assert not AuditEvent.objects.filter(target_kind="survey_response").exists()
    fields = {field.name for field in SurveyResponse._meta.get_fields()}
    assert not fields & {"ip", "address", "user", "email", "user_agent", "created_at"}


def test_the_same_form_twice_is_one_answer(survey):
    first = answer(survey)
    again = answer(survey, answers={"delay": ["week"]})
    assert (first.again, again.again) == (False, True)
    assert again.response == first.response
    assert SurveyResponse.objects.get().answers == {"delay": ["more"]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"answers": {}}, "empty-answer"),
        ({"answers": {}, "comment": "\u200b \u202e"}, "empty-answer"),
        ({"answers": {"delay": ["more", "week"]}}, "bad-answer"),
        ({"answers": {"delay": ["jamais"]}}, "bad-answer"),
        ({"answers": {"asked_weekly": ["few"]}}, "bad-answer"),  # asked of professionals
        ({"respondent": "martien"}, "unknown-respondent"),
        ({"comment": "x" * 1001}, "long-comment"),
        ({"comment": "Appelez-moi au 06 12 34 56 78"}, "contact-written"),
        ({"comment": "joe@exemple.fr"}, "contact-written"),
        ({"commune_code": "85191"}, "elsewhere"),
        ({"form_id": "court"}, "bad-form"),
        ({"form_id": "x" * 65}, "bad-form"),
    ],
)
def test_what_is_not_an_answer(survey, changes, code):
    assert refused(survey, **changes).code == code


def test_outside_its_days(survey):
    with pytest.raises(Conflict, match="ouvre"):
        answer(survey, today=survey.opens_on - timedelta(days=1))
    with pytest.raises(Gone, match="terminée"):
        answer(survey, today=survey.closes_on + timedelta(days=1))
    assert answer(survey, today=survey.closes_on)


def test_a_flood_does_not_fill_the_disk(survey, monkeypatch):
    monkeypatch.setattr(services, "ANSWERS_PER_DAY", 2)
    make_response(survey)
    make_response(survey)
    with pytest.raises(Throttled):
        make_response(survey)


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_the_same_time_is_one_answer():
    make_commune()
    survey, barrier, ends = make_survey(), Barrier(3), []

    def send():
        try:
            barrier.wait(20)
            ends.append(answer(survey).response.pk)
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(ends) == 3
    assert len(set(ends)) == 1
    assert SurveyResponse.objects.count() == 1


# --- Moderation -----------------------------------------------------------------------------------------------


def moderate(response, expected, status, by=SYSTEM):
    return services.moderate_answer(response=response, expected=expected, status=status, by=by, now=NOW)


def test_keeping_and_taking_back(survey):
    response, person = make_response(survey), make_user()
    moderate(response, "pending", "kept", by=Actor.user(person))
    assert (response.status, response.moderated_by) == ("kept", person)
    moderate(response, "kept", "pending")
    assert (response.status, response.moderated_by, response.moderated_at) == ("pending", None, None)
    actions = AuditEvent.objects.filter(target_kind="survey_response").order_by("pk")
    assert [line.action for line in actions] == ["survey.answer_kept", "survey.answer_pending"]


def test_two_moderators_at_once(survey):
    response = make_response(survey)
    moderate(SurveyResponse.objects.get(), "pending", "rejected")
    with pytest.raises(Conflict, match="Écartée"):
        moderate(response, "pending", "kept")
    assert SurveyResponse.objects.get().status == "rejected"
    # Both asking for the same thing is not a quarrel, and is written once.
    moderate(response, "pending", "rejected")
    assert AuditEvent.objects.filter(action="survey.answer_rejected").count() == 1


@pytest.mark.parametrize(("expected", "status"), [("pending", "publiée"), ("", "kept")])
def test_a_state_that_does_not_exist(survey, expected, status):
    with pytest.raises(Invalid):
        moderate(make_response(survey), expected, status)


# --- What is shown --------------------------------------------------------------------------------------------


def section(survey, today=TODAY):
    return queries.survey_section(resolve(survey.territory_code), today=today)


def text_of(found):
    return str(asdict(found))


def test_nothing_without_answers(survey):
    assert section(survey) is None


def test_words_are_shown_once_kept_choices_count_unless_rejected(survey):
    kept, waiting, put_aside = (
        make_response(survey, comment=f"Mot {number}") for number in ("gardé", "en attente", "écarté")
    )
    moderate(kept, "pending", "kept")
    moderate(put_aside, "pending", "rejected")
    found = section(survey)
    assert found.figures[0].value == 2
    assert "Mot gardé" in text_of(found)
    assert "Mot en attente" not in text_of(found)
    assert "Mot écarté" not in text_of(found)
    assert waiting.status == "pending"


def test_small_numbers_are_not_detailed(survey):
    for _ in range(4):
        make_response(survey, delay=["more"])
    assert section(survey).charts == ()
    assert "moins de 5" in text_of(section(survey))
    make_response(survey, delay=["week"])
    found = section(survey)
    assert [chart.key for chart in found.charts] == ["survey_delay"]
    assert dict(found.charts[0].series[0].points)["Plus d’un mois"] == 80
    assert found.charts[0].title.startswith("80\u00a0%")


def test_one_of_a_few_is_not_recognised(survey):
    moderate(make_response(survey, "doctor", "Je pars dans un an."), "pending", "kept")
    table = next(table for table in section(survey).tables if table.key == "comments")
    assert table.rows[0][0] == SOMEBODY
    for _ in range(4):
        make_response(survey, "doctor", trend=["more"])
    table = next(table for table in section(survey).tables if table.key == "comments")
    assert table.rows[0][0] == "Médecin"


def test_five_quotes_at_most(survey):
    for number in range(7):
        moderate(make_response(survey, comment=f"Mot {number}"), "pending", "kept")
    table = next(table for table in section(survey).tables if table.key == "comments")
    assert len(table.rows) == 5
    assert table.note.startswith("2\u00a0autres commentaires gardés")


def test_figures_of_enough_answers(survey):
    for choice in ("once", "several", "no", "no"):
        make_response(survey, gave_up=[choice], regular_doctor=["searching"])
    make_response(survey, gave_up=["no"], regular_doctor=["near"], needs=["regular", "home"])
    found = section(survey)
    figures = {figure.key: figure.value for figure in found.figures}
    assert figures == {"survey_answers": 5, "survey_without_doctor": 80.0, "survey_gave_up": 40.0}
    assert "40\u00a0% des habitants" in found.finding


def test_an_answer_that_no_longer_means_anything_is_not_counted():
    rows = [("inhabitant", {"delay": ["disparu"], "autre": 3, "days": "lundi"})] * 6
    assert summarise(rows).tallies == {}
    assert summarise([]).count == 0


def test_every_kind_is_asked_something_short():
    for asked in QUESTIONS.values():
        assert 4 <= len(asked) <= 8
        assert len({question.key for question in asked}) == len(asked)


def test_answers_to_read(survey):
    for number in range(25):
        make_response(survey, "nurse" if number % 5 == 0 else "inhabitant", comment=f"Mot {number}")
    make_response(survey, comment="", delay=["week"])
    page = queries.responses(survey, queries.Filters(), page=2)
    assert (page.total, page.pages, page.number, len(page.rows)) == (25, 2, 2, 5)
    assert queries.responses(survey, queries.Filters(comments=False)).total == 26
    assert queries.responses(survey, queries.Filters(respondent="nurse")).total == 5
    assert queries.responses(survey, queries.Filters(status="kept")).total == 0
    assert queries.waiting_comments([survey]) == {survey.pk: (26, 25)}


def test_surveys_of_a_place_past_ones_last(survey):
    past = make_survey(opens_on=date(2025, 6, 1), closes_on=TODAY)
    past.closes_on = date(2025, 7, 1)
    past.save()
    make_commune("85191", name="La Roche-sur-Yon")
    make_survey("85191")
    assert queries.surveys_of(resolve("85161"), today=TODAY) == [survey, past]
