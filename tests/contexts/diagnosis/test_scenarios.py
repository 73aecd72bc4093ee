"""What a scenario may hold: shape, limits, and sentences that name the faulty change. Pure."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releve.contexts.diagnosis.scenarios import (
    MAX_ACTIONS,
    as_number,
    check_name,
    content_to_dict,
    read_content,
)
from releve.kernel.errors import Invalid
from tests.factories.scenarios import site


def refused(*actions, **more):
    with pytest.raises(Invalid) as caught:
        read_content({"actions": list(actions), **more})
    return caught.value


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (-1, "negative-days"),
        (0, "no-days"),
        (7.5, "too-many-days"),
        (1.3, "day-step"),
        ("trois", "bad-days"),
        (None, "bad-days"),
        (True, "bad-days"),
        (float("nan"), "bad-days"),
        (float("inf"), "bad-days"),
        (10**400, "bad-days"),
    ],
)
def test_days_are_half_days_of_a_week(days, code):
    error = refused(site(), site(days=days))
    assert error.code == code
    assert error.message.startswith("Changement\u00a02 (Ouvrir un lieu")
    assert error.field == "actions.1.days"


@pytest.mark.parametrize("days", [0.5, 7, "2,5", "3"])
def test_days_that_exist(days):
    assert read_content({"actions": [site(days=days)]}).actions[0].days == as_number(days)


@pytest.mark.parametrize("visits", [0, -3, 61, "beaucoup"])
def test_visits_a_day_are_bounded(visits):
    assert refused(site(visits=visits)).code == "bad-visits"


@pytest.mark.parametrize("doctors", [0, -1, 51, "un"])
def test_doctors_are_bounded(doctors):
    error = refused({"kind": "doctor_leaves", "commune": "85161", "doctors": doctors})
    assert error.code == "bad-doctors"


@pytest.mark.parametrize("commune", ["", "8516", "85 61", None, 85161, "Nieul-le-Dolent", "٨٥١٦١"])
def test_a_commune_has_a_code(commune):
    assert refused(site(commune=commune)).code == "no-commune"


def test_several_mistakes_are_told_together():
    error = refused(site(days=-1), {"kind": "site_closes", "days": 2}, {"kind": "fete"})
    assert [reason.code for reason in error.reasons] == ["negative-days", "no-site", "unknown-kind"]
    assert error.details["fields"] == ["actions.0.days", "actions.1.site", "actions.2.kind"]


def test_a_tour_is_a_week_at_most():
    stops = [{"commune": "85161", "days": 4}, {"commune": "85099", "days": 4}]
    assert refused({"kind": "mobile", "stops": stops}).code == "too-many-days"
    assert refused({"kind": "mobile", "stops": []}).code == "no-stops"
    assert (
        refused({"kind": "mobile", "stops": [{"commune": "85161", "days": 0.5}] * 11}).code
        == "too-many-stops"
    )


def test_too_many_changes_and_too_much_text():
    assert refused(*[site()] * (MAX_ACTIONS + 1)).code == "too-many-actions"
    with pytest.raises(Invalid, match="trop long"):
        read_content("x" * 30_000)


@pytest.mark.parametrize(
    "raw", ["", "[]", "null", "{", '{"actions": 3}', '{"version": 2}', "[" * 9000, b"\xff\xfe", 3, None]
)
def test_unreadable_contents(raw):
    with pytest.raises(Invalid):
        read_content(raw)


@pytest.mark.parametrize("ids", [[0], [-1], ["1"], [True], [2**60], "1", list(range(1, 40))])
def test_local_knowledge_is_a_short_list_of_numbers(ids):
    assert refused(site(), local_knowledge=ids).code == "bad-knowledge"


@pytest.mark.parametrize("budget", [-1, "beaucoup", 1e20])
def test_budget_is_positive(budget):
    assert refused(site(), budget_cents=budget).code == "bad-budget"


def test_a_content_reads_back_as_itself():
    raw = {
        "version": 1,
        "actions": [
            site(days=2.5, visits=18, label="Ancienne école"),
            {"kind": "doctor_leaves", "commune": "85099", "doctors": 1},
            {"kind": "doctor_arrives", "commune": "85099", "doctors": 0.5},
            {"kind": "mobile", "stops": [{"commune": "85161", "days": 0.5}, {"commune": "85099", "days": 1}]},
            {"kind": "site_closes", "site": "maison-de-sante", "days": 2},
        ],
        "local_knowledge": [3, 5],
        "budget_cents": 6_000_000,
    }
    content = read_content(raw)
    assert content_to_dict(content) == raw
    assert read_content(json.dumps(content_to_dict(content))) == content


KEYS = st.sampled_from(["kind", "commune", "days", "stops", "actions", "visits", "site", "lat", "lon"])


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["kind", "commune", "days", "stops", "actions", "visits", "site", "lat", "lon"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from(["site", "mobile", "doctor_leaves", "site_closes"]),
)
def test_any_json_is_read_or_refused(junk, kind):
    action = {**junk, "kind": kind} if isinstance(junk, dict) else junk
    for raw in (junk, {"actions": junk}, {"actions": [action]}):
        try:
            read_content(raw)
        except Invalid as error:
            assert error.message


def test_names():
    assert check_name("  Trois   jours ") == "Trois jours"
    for bad in ("", "   ", "x" * 121, None):
        with pytest.raises(Invalid):
            check_name(bad)


def test_marks_that_nobody_sees_are_taken_out():
    """A change of direction would show another name than the one written; a lone surrogate cannot be stored."""
    assert check_name("Lieu\u202e A\x00\ud800 ") == "Lieu A"
    item = {"kind": "site", "commune": "85161", "days": 1, "label": "a\u202eb\ud800"}
    assert read_content({"version": 1, "actions": [item]}).actions[0].label == "a b"
