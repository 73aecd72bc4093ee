"""Names as people write them and as they are compared; dates, contacts, what a search field holds."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releve.contexts.patients.rules import (
    Contact,
    PatientIdentity,
    age_on,
    clean_contact,
    clean_identity,
    clean_name,
    read_search,
    search_key,
)
from releve.kernel.errors import Invalid

TODAY = date(2026, 3, 2)


def identity(**fields):
    return PatientIdentity(
        **{"family_name": "Martin", "given_name": "Claire", "birth_date": date(1950, 3, 12), **fields}
    )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  de  La Tour ", "de La Tour"),
        ("d'Ornano", "d’Ornano"),
        ("Jean - Pierre", "Jean-Pierre"),
        ("Jean–Pierre", "Jean-Pierre"),
        ("E\u0301lise", "Élise"),
        ("NGUYỄN", "NGUYỄN"),
        ("Müller jr.", "Müller jr."),
    ],
)
def test_names_are_made_regular_and_keep_accents_and_particles(typed, kept):
    assert clean_name(typed, field="family_name", label="le nom") == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "name-missing"),
        ("   ", "name-missing"),
        ("Mart1n", "name-characters"),
        ("---", "name-characters"),
        ("A" * 81, "name-too-long"),
        ("<b>Zoé</b>", "name-characters"),
        ("a\x00b", "name-characters"),
    ],
)
def test_what_is_not_a_name_is_refused_on_its_field(typed, code):
    with pytest.raises(Invalid) as refusal:
        clean_name(typed, field="given_name", label="le prénom")
    assert (refusal.value.code, refusal.value.field) == (code, "given_name")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jean-Pierre", "jean pierre"),
        ("D’Ornano", "d'ornano"),
        ("Zoé", "ZOE"),
        ("Œuf", "oeuf"),
        ("Straße", "STRASSE"),
    ],
)
def test_two_spellings_of_one_name_compare_equal(one, other):
    assert search_key(one) == search_key(other)


@given(st.text(max_size=60))
def test_search_key_is_stable_and_never_fails(text):
    key = search_key(text)
    assert search_key(key) == key
    assert key == " ".join(key.split())


@pytest.mark.parametrize(
    ("birth_date", "code"),
    [
        (None, "birth-date-missing"),
        (date(2026, 3, 3), "birth-date-future"),
        (date(1899, 12, 31), "birth-date-too-old"),
    ],
)
def test_impossible_birth_dates(birth_date, code):
    with pytest.raises(Invalid) as refusal:
        clean_identity(identity(birth_date=birth_date), today=TODAY)
    assert (refusal.value.code, refusal.value.field) == (code, "birth_date")


def test_born_today_and_in_1900_are_accepted():
    assert clean_identity(identity(birth_date=TODAY), today=TODAY).birth_date == TODAY
    assert clean_identity(identity(birth_date=date(1900, 1, 1)), today=TODAY)


def test_birth_date_may_be_unknown_at_the_desk():
    assert (
        clean_identity(identity(birth_date=None), today=TODAY, birth_date_required=False).birth_date is None
    )


def test_unknown_sex_is_refused():
    with pytest.raises(Invalid) as refusal:
        clean_identity(identity(sex="x"), today=TODAY)
    assert refusal.value.field == "sex"


def test_contact_needs_a_phone_or_a_mail():
    with pytest.raises(Invalid) as refusal:
        clean_contact(Contact())
    assert refusal.value.code == "contact-missing"
    assert clean_contact(Contact(), required=False) == Contact()
    assert clean_contact(Contact(email=" Claire@Exemple.FR ")).email == "claire@exemple.fr"
    assert clean_contact(Contact(phone="06 39 98 12 34", name=" Paul  Martin ")) == Contact(
        phone="+33639981234", name="Paul Martin"
    )


@pytest.mark.parametrize("email", ["claire", "claire@", "a@b", "a b@exemple.fr", "x@exemple.fr\nBcc: y@z.fr"])
def test_bad_mail_is_refused(email):
    with pytest.raises(Invalid) as refusal:
        clean_contact(Contact(email=email))
    assert refusal.value.field == "email"


@pytest.mark.parametrize(
    ("text", "words", "birth_date", "numbers"),
    [
        ("martin cl", ("martin", "cl"), None, ""),
        ("12/03/1950", (), date(1950, 3, 12), ""),
        ("12 03 1950", (), date(1950, 3, 12), ""),
        ("12031950", (), date(1950, 3, 12), ""),
        ("1950-03-12", (), date(1950, 3, 12), ""),
        ("Martín 12/3/1950", ("martin",), date(1950, 3, 12), ""),
        ("06 39 98 12 34", (), None, "0639981234"),
        ("31/02/1950", (), None, "31021950"),
        ("", (), None, ""),
        ("%_'--", (), None, ""),
    ],
)
def test_one_field_for_name_date_and_phone(text, words, birth_date, numbers):
    terms = read_search(text)
    assert (terms.words, terms.birth_date, terms.digits) == (words, birth_date, numbers)


@given(st.text(max_size=200))
def test_any_search_is_understood_without_failing(text):
    assert len(read_search(text).words) <= 6


def test_age_changes_on_the_birthday():
    assert age_on(date(2010, 3, 3), date(2026, 3, 2)) == 15
    assert age_on(date(2010, 3, 2), date(2026, 3, 2)) == 16
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
