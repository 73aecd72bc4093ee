"""How hard a password is to guess (CNIL 2022-100), and the refusals that say what to change. Pure.

Strength is counted in bits, as the CNIL does: length x log2(alphabet). What a guesser tries first counts
for nothing: repeated characters, runs (abcd, 1234, azerty) and repeated blocks. A phrase is counted by words.
"""

from __future__ import annotations

import math
import re
import unicodedata
from itertools import pairwise
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator as DjangoCommonPasswordValidator
from django.core.exceptions import ValidationError

# One word of a phrase chosen by a person: about 4,000 usual words.
BITS_PER_WORD = 12.0
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertyuiop",
    "asdfghjkl",
)
_LEET = str.maketrans("0134578@$!", "oieastbasi")
# Usual in France, and absent from the list of 20,000 that Django carries (mostly English).
# fmt: off
_FRENCH_COMMON = frozenset({
    "motdepasse", "monmotdepasse", "azerty", "azertyuiop", "bonjour", "bonsoir", "soleil", "doudou",
    "chouchou", "loulou", "marseille", "paris", "lyon", "bordeaux", "nantes", "france", "medecin",
    "docteur", "infirmiere", "secretaire", "secretariat", "cabinet", "cabinetmedical", "sante",
    "hopital", "clinique", "releve", "patient", "mairie", "bienvenue", "administrateur", "jetaime",
    "coucou", "nicolas", "camille", "juliette", "thomas", "chocolat", "papillon", "poisson",
    "printemps", "automne", "hiver",
})
# fmt: on


def estimate_bits(password: str) -> float:
    """Bits granted to `password`: the smaller of the count by characters and the count by words."""
    block = _smallest_block(password)
    by_characters = _effective_length(block) * math.log2(max(_alphabet(block), 2)) if block else 0.0
    words = [word for word in re.split(r"[\s_.,;:/+-]+", password) if word]
    if len(words) >= 3 and all(word.isalpha() for word in words):
        return min(by_characters, len({word.casefold() for word in words}) * BITS_PER_WORD)
    return by_characters


def _alphabet(text: str) -> int:
    size = 0
    size += 26 * any("a" <= char <= "z" for char in text)
    size += 26 * any("A" <= char <= "Z" for char in text)
    size += 10 * any(char.isdigit() for char in text)
    size += 33 * any(char.isascii() and not char.isalnum() for char in text)
    size += 40 * any(not char.isascii() for char in text)
    return size


def _effective_length(text: str) -> int:
    """Characters that are not the plain continuation of the one before (same, or next in a known run)."""
    folded = text.casefold()
    count = 1 if folded else 0
    for before, char in pairwise(folded):
        pair, reverse = before + char, char + before
        if before == char or any(pair in run or reverse in run for run in _RUNS):
            continue
        count += 1
    return count


def _smallest_block(text: str) -> str:
    """`abcabcabc` is worth `abc`."""
    for size in range(1, len(text) // 2 + 1):
        if len(text) % size == 0 and text[:size] * (len(text) // size) == text:
            return text[:size]
    return text


def _stems(password: str) -> set[str]:
    """`Motdepasse2024!` and `M0td3p4ss3` -> `motdepasse`: without case, accents, usual swaps and decoration."""
    folded = password.casefold()
    undecorated = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    return {_letters(undecorated), _letters(undecorated.translate(_LEET)), _letters(folded.translate(_LEET))}


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if char.isalpha())


class StrengthValidator:
    """Refuses a password under `minimum_bits`, saying what would be enough."""

    def __init__(self, minimum_bits: int = 50) -> None:
        self.minimum_bits = minimum_bits

    def validate(self, password: str, user: Any = None) -> None:
        if estimate_bits(password) < self.minimum_bits:
            raise ValidationError(
                f"Ce mot de passe est trop facile à deviner. {self._examples()} "
                "Les répétitions et les suites (aaaa, 1234, azerty) ne comptent pas.",
                code="password_too_weak",
            )

    def get_help_text(self) -> str:
        return f"{self._examples()} Votre mot de passe ne vous sera jamais redemandé à changer sans raison."

    def _examples(self) -> str:
        mixed = math.ceil(self.minimum_bits / math.log2(95))
        letters = math.ceil(self.minimum_bits / math.log2(52))
        words = math.ceil(self.minimum_bits / BITS_PER_WORD)
        return (
            f"Choisissez au moins {mixed} caractères mêlant minuscules, majuscules, chiffres et signes, "
            f"ou {letters} lettres minuscules et majuscules, "
            f"ou une phrase de {words} mots séparés par des espaces."
        )


class CommonPasswordValidator(DjangoCommonPasswordValidator):
    """Django's list of known passwords, a few French ones, and their usual disguises."""

    def validate(self, password: str, user: Any = None) -> None:
        known = password.casefold().strip() in self.passwords
        disguised = any(
            len(stem) >= 4 and (stem in _FRENCH_COMMON or stem in self.passwords) for stem in _stems(password)
        )
        if known or disguised:
            raise ValidationError(
                "Ce mot de passe fait partie de ceux que l’on essaie en premier, même avec un chiffre ou un "
                "signe ajouté. Choisissez-en un autre.",
                code="password_too_common",
            )

    def get_help_text(self) -> str:
        return "Évitez les mots de passe courants, même décorés d’une année ou d’un point d’exclamation."
