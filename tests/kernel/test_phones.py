"""Telephone numbers as people type them."""

from unittest import mock

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from releve.kernel import phones
from releve.kernel.errors import Invalid
from releve.kernel.phones import can_receive_sms, format_phone, parse_phone, region_of


@pytest.mark.parametrize(
    ("typed", "departement", "expected"),
    [
        ("06 12 34 56 78", None, "+33612345678"),
        ("06.12.34.56.78", "85", "+33612345678"),
        ("06\u00a012\u00a034\u00a056\u00a078", "85", "+33612345678"),
        ("0612345678", "85", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "85", "+33612345678"),
        ("0033612345678", "85", "+33612345678"),
        ("02-51-37-00-00", "85", "+33251370000"),
        ("02/51/37/00/00", "85", "+33251370000"),
        ("0692 12 34 56", "974", "+262692123456"),
        ("0692 12 34 56", "85", "+262692123456"),  # a Réunion mobile given at a mainland desk
        ("06 12 34 56 78", "974", "+33612345678"),  # and the other way round
        ("0690 12 34 56", "971", "+590690123456"),
        ("0694 20 12 34", "973", "+594694201234"),
        ("0696 20 12 34", "972", "+596696201234"),
        ("0639 01 23 45", "976", "+262639012345"),
        ("06 39 98 12 34", "85", "+33639981234"),  # the ARCEP's range for fiction: the demonstration
        ("06 39 98 12 34", "974", "+33639981234"),
        ("+262 692 12 34 56", None, "+262692123456"),
    ],
)
def test_numbers_are_kept_as_e164(typed, departement, expected):
    assert parse_phone(typed, departement_code=departement) == expected


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "phone-missing"),
        ("   ", "phone-missing"),
        ("bonjour", "phone-unreadable"),
        ("06 12 34 56 7x", "phone-unreadable"),
        ("9" * 60, "phone-unreadable"),
        ("06 12 34 57", "phone-impossible"),
        ("00 00 00 00 00", "phone-impossible"),
        ("+41 79 123 45 67", "phone-foreign"),
        ("0899 12 34 56", "phone-paid"),
        ("15", "phone-impossible"),
    ],
)
def test_refusals_say_what_to_write(typed, code):
    with pytest.raises(Invalid) as refusal:
        parse_phone(typed)
    assert refusal.value.code == code
    assert refusal.value.field == "phone"
    assert typed.strip() == "" or typed not in refusal.value.message  # no personal data in an error


def test_a_foreign_number_is_kept_when_asked_but_never_receives_sms():
    kept = parse_phone("+41 79 123 45 67", allow_foreign=True)
    assert kept == "+41791234567"
    assert not can_receive_sms(kept)


@pytest.mark.parametrize(
    ("e164", "expected"),
    [
        ("+33612345678", True),
        ("+33639981234", True),
        ("+33758123456", True),
        ("+262692123456", True),
        ("+590690123456", True),
        ("+33251370000", False),
        ("", False),
        ("abc", False),
    ],
)
def test_only_french_mobiles_receive_sms(e164, expected):
    assert can_receive_sms(e164) is expected


def test_numbers_read_in_pairs_without_line_breaks():
    assert format_phone("+33612345678") == "06\u00a012\u00a034\u00a056\u00a078"
    assert format_phone("+262692123456") == "06\u00a092\u00a012\u00a034\u00a056"
    assert format_phone("+41791234567").startswith("+41\u00a079")
    assert format_phone("néant") == "néant"


def test_region_of_departement():
    assert [region_of(code) for code in ("85", "2A", None, "974", "978")] == ["FR", "FR", "FR", "RE", "MF"]


@given(st.text(max_size=60))
def test_any_text_is_either_a_number_or_a_refusal(text):
    try:
        number = parse_phone(text)
    except Invalid:
        return
    assert number.startswith("+")
    assert parse_phone(number) == number
    assert parse_phone(format_phone(number).replace("\u00a0", ""))[-9:] == number[-9:]


@pytest.mark.parametrize(
    "text", ["+33639981234", "+33251000000", "0639981234", "06 39 98 12 34", "0800123456"]
)
def test_usual_french_forms_are_read_as_the_parser_reads_them(text):
    assert phones._parsed(text, "FR") == phonenumbers.parse(text, "FR")


@pytest.mark.parametrize("text", ["0039", "+330639981234", "063998123", "06399812345"])
def test_other_forms_go_to_the_parser(text):
    with (
        mock.patch.object(phonenumbers, "parse", side_effect=ZeroDivisionError),
        pytest.raises(ZeroDivisionError),
    ):
        phones._parsed(text, "FR")
