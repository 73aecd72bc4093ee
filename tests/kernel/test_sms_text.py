"""Alphabet, rewriting and paid parts of a text message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releve.kernel.sms_text import BASIC, EXTENSION, GSM7, UCS2, is_gsm7, measure, to_gsm7

GSM_TEXT = st.text(alphabet=sorted(BASIC | EXTENSION), max_size=700)


def test_the_basic_table_has_its_128_places():
    # 128 positions: 127 characters and the escape that opens the extension table.
    assert len(BASIC) == 127
    assert len(EXTENSION) == 10


@pytest.mark.parametrize("character", list("éèàùÉÇäöüñ@£€"))
def test_letters_the_alphabet_has_are_kept(character):
    assert is_gsm7(character)
    assert to_gsm7(character) == character


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("ê", "e"),
        ("â", "a"),
        ("î", "i"),
        ("ô", "o"),
        ("û", "u"),
        ("ë", "e"),
        ("ï", "i"),
        ("ç", "c"),
        ("À", "A"),
        ("È", "E"),
        ("œ", "oe"),
        ("’", "'"),
        ("…", "..."),
        ("\u00a0", " "),
        ("\u202f", " "),
        ("«\u00a0Bien sûr\u00a0»", '"Bien sur"'),
        ("14\u00a0h\u00a030 – c’est noté\u00a0!", "14 h 30 - c'est noté !"),
        ("Héricourt, l’Île-d’Yeu, Nœux", "Héricourt, l'Ile-d'Yeu, Noeux"),
        ("e\u0301", "é"),  # decomposed, as some phones type it
    ],
)
def test_french_typography_is_rewritten(written, sent):
    assert not is_gsm7(written)
    assert to_gsm7(written) == sent


def test_what_cannot_be_rewritten_stays_and_is_measured_as_ucs2():
    assert to_gsm7("Дом") == "Дом"
    assert measure("Дом").encoding == UCS2
    assert measure("😀").units == 2


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),  # 76 to a part: the odd place cannot hold half a character
        ("€" * 153, 3),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("ê" * 134, 2),
        ("ê" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
    ],
)
def test_paid_parts(text, parts):
    assert measure(text).parts == parts


def test_one_typographic_apostrophe_costs_a_part():
    text = (
        "Rappel : votre rendez-vous est le mardi 3 mars à 14 h 30 à la maison de santé. " + "x" * 40 + "l’été"
    )
    assert measure(text).parts == 2
    assert measure(to_gsm7(text)).parts == 1


@given(GSM_TEXT)
def test_gsm_text_is_measured_against_a_plain_count(text):
    length = measure(text)
    places = sum(2 if c in EXTENSION else 1 for c in text)
    assert length.encoding == GSM7
    assert length.units == places
    if places <= 160:
        assert length.parts == (1 if text else 0)
    else:
        assert -(-places // 153) <= length.parts <= -(-places // 152)
    assert length.room_left >= 0


@given(st.text(max_size=300))
def test_rewriting_is_idempotent_and_never_costs_more_parts(text):
    sent = to_gsm7(text)
    assert to_gsm7(sent) == sent
    assert measure(sent).parts <= max(measure(text).parts, 1) or not is_gsm7(sent)


@given(st.text(max_size=300), st.characters())
def test_a_longer_text_never_has_fewer_parts_in_the_same_alphabet(text, more):
    before, after = measure(text), measure(text + more)
    if before.encoding == after.encoding:
        assert after.parts >= before.parts


@given(st.text(alphabet=sorted(BASIC | EXTENSION), min_size=161, max_size=700))
def test_parts_can_really_be_cut_that_way(text):
    parts, current = [], ""
    for character in text:
        if sum(2 if c in EXTENSION else 1 for c in current + character) > 153:
            parts.append(current)
            current = ""
        current += character
    assert measure(text).parts == len(parts) + 1
