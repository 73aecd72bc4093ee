"""National numbers: strict shapes, keys that refuse (SIREN, SIRET, NIR) or only warn (RPPS, FINESS,
ADELI)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from releve.kernel.errors import Invalid
from releve.kernel.identifiers import (
    check_adeli,
    check_finess,
    check_nir,
    check_rpps,
    check_siren,
    check_siret,
)

CHECKS = [check_rpps, check_adeli, check_finess, check_siren, check_siret, check_nir]


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length).filter(lambda s: s.strip("0"))


@given(digits(10))
def test_rpps_with_its_key_has_no_warning(body):
    number = body + luhn.calc_check_digit(body)
    assert check_rpps(number).value == number
    assert check_rpps(number).warnings == ()


@given(digits(11))
def test_rpps_with_a_wrong_key_is_kept_with_a_warning(number):
    checked = check_rpps(number)
    assert checked.value == number
    assert bool(checked.warnings) is not luhn.is_valid(number)


@given(digits(11))
def test_rpps_in_its_national_form_is_shortened(number):
    assert check_rpps(f"8{number}").value == number


@given(digits(9))
def test_finess_and_adeli_keep_any_nine_digits(number):
    assert check_finess(number).value == number
    assert check_finess(f"1{number}").value == number
    assert check_adeli(number).value == number


def test_corsican_numbers_are_accepted():
    assert check_finess("2a 000 0012").value == "2A0000012"
    assert check_adeli("2B1234567").value == "2B1234567"


@given(digits(8))
def test_siren_key_refuses(body):
    right = luhn.calc_check_digit(body)
    assert check_siren(body + right).value == body + right
    wrong = str((int(right) + 1) % 10)
    with pytest.raises(Invalid) as refusal:
        check_siren(body + wrong)
    assert refusal.value.code == "siren-key"


@pytest.mark.parametrize(
    ("siret", "code"),
    [
        ("73282932000074", None),
        ("732 829 320 00074", None),
        ("73282932000079", "siret-key"),
        ("35600000000048", None),  # La Poste, head office: ordinary key
        ("35600000049837", None),  # a post office: digits summing to a multiple of five
        ("35600000049838", "siret-key"),
        ("7328293200007", "siret-format"),
    ],
)
def test_siret(siret, code):
    if code is None:
        assert check_siret(siret).value == siret.replace(" ", "")
    else:
        with pytest.raises(Invalid) as refusal:
            check_siret(siret)
        assert refusal.value.code == code


@given(
    st.sampled_from("123478"),
    st.text("0123456789", min_size=12, max_size=12),
)
def test_nir_key(first, rest):
    body = first + rest
    key = f"{97 - int(body) % 97:02d}"
    assert check_nir(body + key).value == body + key
    with pytest.raises(Invalid) as refusal:
        check_nir(body + f"{(int(key) % 97) + 1:02d}")
    assert refusal.value.code == "nir-key"


def test_nir_of_corsica_and_impossible_first_digit():
    assert check_nir("253072A07300443").value == "253072A07300443"
    with pytest.raises(Invalid) as refusal:
        check_nir("953072A07300443")
    assert refusal.value.code == "nir-format"


@pytest.mark.parametrize("check", CHECKS)
@given(text=st.text(max_size=60))
def test_any_text_is_a_number_or_a_refusal_with_a_field(check, text):
    try:
        checked = check(text)
    except Invalid:
        return
    assert checked.value.isascii()
    assert checked.value.isalnum()


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("text", ["", "  ", "0" * 9, "0" * 11, "0" * 14, "٣" * 11, "²" * 9, "1" * 500])
def test_hostile_input_is_refused(check, text):
    with pytest.raises(Invalid) as refusal:
        check(text)
    assert refusal.value.field
