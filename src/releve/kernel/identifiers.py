"""National numbers of persons and structures: format, keys, what is only doubtful.

RPPS, FINESS and ADELI: the shape is strict but the Luhn key only warns, because numbers published by the
national directories themselves fail it. SIREN, SIRET and NIR: a wrong key is refused. Nothing here says that
a number exists or belongs to somebody: only the directories do.
"""

from __future__ import annotations

from dataclasses import dataclass

from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.fr import nir, siren, siret

from .errors import Invalid

_SEPARATORS = str.maketrans("", "", " \t\n\r.-/\u00a0\u202f\u2009")
_LONGEST_INPUT = 40
# First character of a NIR: 1/2 registered, 3/4 being registered, 7/8 temporary.
_NIR_FIRST = frozenset("123478")
_CORSICA = {"2A": "19", "2B": "18"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A number in its compact form and what a person should look at again (French sentences)."""

    value: str
    warnings: tuple[str, ...] = ()


def check_rpps(text: str, *, field: str = "rpps") -> Checked:
    """RPPS of a professional, 11 digits; the national form `8` + RPPS is accepted and shortened.

    Raises Invalid (`rpps-format`).
    """
    number = _compact(text)
    if len(number) == 12 and number.startswith("8"):
        number = number[1:]
    if not _digits(number, 11):
        raise Invalid(
            "Un numéro RPPS compte exactement 11 chiffres : vérifiez la saisie.",
            code="rpps-format",
            field=field,
        )
    return Checked(number, _luhn_warning(number, "RPPS"))


def check_adeli(text: str, *, field: str = "adeli") -> Checked:
    """ADELI number, 9 characters beginning with the département (`2A`, `2B` in Corsica). Raises Invalid."""
    number = _compact(text)
    if not _departement_number(number):
        raise Invalid(
            "Un numéro ADELI compte exactement 9 chiffres et commence par le département : vérifiez la "
            "saisie.",
            code="adeli-format",
            field=field,
        )
    return Checked(number, _luhn_warning(number, "ADELI"))


def check_finess(text: str, *, field: str = "finess") -> Checked:
    """FINESS number of a structure, 9 characters; the national form `1` + FINESS is accepted and shortened.

    Raises Invalid (`finess-format`).
    """
    number = _compact(text)
    if len(number) == 10 and number.startswith("1"):
        number = number[1:]
    if not _departement_number(number):
        raise Invalid(
            "Un numéro FINESS compte exactement 9 chiffres et commence par le département : vérifiez la "
            "saisie.",
            code="finess-format",
            field=field,
        )
    return Checked(number, _luhn_warning(number, "FINESS"))


def check_siren(text: str, *, field: str = "siren") -> Checked:
    """SIREN, 9 digits with a right key. Raises Invalid (`siren-format`, `siren-key`)."""
    number = _compact(text)
    if not _digits(number, 9):
        raise Invalid("Un numéro SIREN compte exactement 9 chiffres.", code="siren-format", field=field)
    if not siren.is_valid(number):
        raise _wrong_key("SIREN", field)
    return Checked(number)


def check_siret(text: str, *, field: str = "siret") -> Checked:
    """SIRET, 14 digits with a right key (the post office's branches follow another rule).

    Raises Invalid (`siret-format`, `siret-key`).
    """
    number = _compact(text)
    if not _digits(number, 14):
        raise Invalid("Un numéro SIRET compte exactement 14 chiffres.", code="siret-format", field=field)
    if not siret.is_valid(number):
        raise _wrong_key("SIRET", field)
    return Checked(number)


def check_nir(text: str, *, field: str = "nir") -> Checked:
    """NIR (social security number) with its key, 15 characters. Raises Invalid (`nir-format`, `nir-key`)."""
    number = _compact(text)
    body = number[:5] + _CORSICA.get(number[5:7], number[5:7]) + number[7:]
    if not _digits(body, 15) or number[0] not in _NIR_FIRST:
        raise Invalid(
            "Un numéro de sécurité sociale compte 13 chiffres suivis d’une clé de 2 chiffres.",
            code="nir-format",
            field=field,
        )
    try:
        nir.validate(number)
    except ValidationError as error:
        raise _wrong_key("de sécurité sociale", field, code="nir-key") from error
    return Checked(number)


def _compact(text: str) -> str:
    if not isinstance(text, str) or len(text) > _LONGEST_INPUT:
        return ""
    return text.translate(_SEPARATORS).upper()


def _digits(number: str, length: int) -> bool:
    # `isdigit` alone accepts Arabic digits and superscripts; a number of zeros satisfies every key.
    return len(number) == length and number.isascii() and number.isdigit() and number.strip("0") != ""


def _departement_number(number: str) -> bool:
    return _digits(_CORSICA.get(number[:2], number[:2]) + number[2:], 9)


def _luhn_warning(number: str, name: str) -> tuple[str, ...]:
    if not number.isdigit() or luhn.is_valid(number):
        return ()
    return (
        f"La clé de contrôle de ce numéro {name} ne correspond pas : relisez-le. "
        "Il est gardé tel quel, car certains numéros publiés ont ce défaut.",
    )


def _wrong_key(name: str, field: str, *, code: str | None = None) -> Invalid:
    return Invalid(
        f"Ce numéro {name} n’existe pas : sa clé de contrôle est fausse. Vérifiez chaque chiffre.",
        code=code or f"{name.lower()}-key",
        field=field,
    )
