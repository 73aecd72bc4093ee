"""What people type: cleaned, and refused where it would tell who somebody is."""

from __future__ import annotations

import pytest

from releve.contexts.diagnosis.wording import clean, has_contact, names_somebody


@pytest.mark.parametrize(
    "text",
    [
        "06 12 34 56 78",
        "0612345678",
        "06.12.34.56.78",
        "+33 6 12 34 56 78",
        "0033612345678",
        "+33 (0)6 12 34 56 78",
        "écrire à marie.durand@exemple.fr",
        "marie @ exemple.fr",
    ],
)
def test_contacts_are_seen(text):
    assert has_contact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Depuis 2021, 2 500 habitants et 85430 comme code postal",
        "le 3 mars 2026 à 14 h 30",
        "0,5 jour",
        "@ la mairie",
        "10000000000",
    ],
)
def test_other_numbers_are_not(text):
    assert not has_contact(text)


@pytest.mark.parametrize("text", ["le Dr Martin", "Dr. Martin", "docteur Élise", "Mme LEROY", "M. Durand"])
def test_people_are_seen(text):
    assert names_somebody(text)


@pytest.mark.parametrize(
    "text", ["un docteur à Nieul", "le médecin part", "La Mothe-Achard", "monsieur le maire"]
)
def test_other_words_are_not(text):
    assert not names_somebody(text)


def test_marks_that_cannot_be_read_are_cut():
    assert clean("a\x00b\u202ec\u200bd\r\ne") == "a b c d e"
    assert clean("un\n\n\n\n  deux \n trois", lines=True) == "un\n\ndeux\ntrois"
