"""Telephone numbers as people type them, kept as E.164.

French plans only (+33, +262, +590, +594, +596) unless asked otherwise: text messages to any country of the
world are a known way to be robbed, so only French mobiles receive one.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from .errors import Invalid

FRENCH_COUNTRY_CODES = frozenset({33, 262, 590, 594, 596})
REGION_OF_DEPARTEMENT = {
    "971": "GP",
    "972": "MQ",
    "973": "GF",
    "974": "RE",
    "976": "YT",
    "977": "BL",
    "978": "MF",
}
_FRENCH_REGIONS = ("FR", "RE", "GP", "MQ", "GF", "YT")
_MOBILE_TYPES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_PAID_TYPES = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
_LONGEST_INPUT = 40
_E164_FR = re.compile(r"\+33[1-9][0-9]{8}\Z")
_NATIONAL_FR = re.compile(r"0[1-9][0-9]{8}\Z")
# Range kept by the ARCEP for works of fiction (06 39 98 00 00 to 99 99): what the demonstration uses.
_FICTION_MOBILES = range(639_980_000, 639_990_000)


def region_of(departement_code: str | None) -> str:
    """ISO region whose dialling habits a département follows (`"974"` -> `"RE"`, `"85"` -> `"FR"`)."""
    return REGION_OF_DEPARTEMENT.get(departement_code or "", "FR")


def parse_phone(
    text: str,
    *,
    departement_code: str | None = None,
    allow_foreign: bool = False,
    field: str = "phone",
) -> str:
    """E.164 form of a number typed by a person (`"06 12 34 56 78"` -> `"+33612345678"`).

    A number written the national way is first read as in `departement_code`, then as in the other French
    plans (someone in La Réunion may have a mainland mobile). `allow_foreign` accepts any valid number written
    with its country code. Raises Invalid on `field`, codes `phone-missing`, `phone-unreadable`,
    `phone-impossible`, `phone-foreign`, `phone-paid`.
    """
    cleaned = _clean(text)
    if not cleaned:
        raise Invalid("Indiquez un numéro de téléphone.", code="phone-missing", field=field)
    if len(cleaned) > _LONGEST_INPUT:
        raise _unreadable(field)
    number = _first_valid(cleaned, region_of(departement_code), field)
    if number.country_code not in FRENCH_COUNTRY_CODES and not allow_foreign:
        raise Invalid(
            "Ce numéro n’est pas français. Indiquez un numéro qui commence par 0, "
            "ou par +33, +262, +590, +594 ou +596.",
            code="phone-foreign",
            field=field,
        )
    if phonenumbers.number_type(number) in _PAID_TYPES:
        raise Invalid(
            "Ce numéro est surtaxé\u00a0: indiquez un numéro fixe ou mobile.",
            code="phone-paid",
            field=field,
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def can_receive_sms(e164: str) -> bool:
    """True for a French mobile number: the only kind Relève sends text messages to."""
    number = _parsed(e164, None)
    return (
        number is not None
        and number.country_code in FRENCH_COUNTRY_CODES
        # The type of a number that does not exist is UNKNOWN.
        and (_is_fiction(number) or phonenumbers.number_type(number) in _MOBILE_TYPES)
    )


def format_phone(e164: str) -> str:
    """What a person reads: national form for French numbers (`06 12 34 56 78`), `+41 …` for others.

    Non-breaking spaces, so that a number is never cut at a line's end. Unreadable input is given back as is.
    """
    number = _read(e164)
    if number is None:
        return e164
    if number.country_code in FRENCH_COUNTRY_CODES:
        national = f"0{number.national_number}" if len(str(number.national_number)) == 9 else e164
        return "\u00a0".join(national[i : i + 2] for i in range(0, len(national), 2))
    shown = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return shown.replace(" ", "\u00a0")


def _clean(text: str) -> str:
    # Dots, non-breaking spaces and slashes are how people write numbers; the parser copes with most.
    return " ".join((text or "").replace("\u00a0", " ").replace("\u202f", " ").replace("/", " ").split())


def _read(e164: str) -> PhoneNumber | None:
    number = _parsed(e164, None)
    return number if number is not None and _exists(number) else None


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    """The number written, whether it exists or not; None when it is not one.

    The two usual French forms need none of the parser's work: nine digits after +33, or ten of which the first is 0.
    """
    if _E164_FR.match(text):
        return PhoneNumber(country_code=33, national_number=int(text[3:]))
    digits = text.replace(" ", "")
    if region == "FR" and _NATIONAL_FR.match(digits):
        return PhoneNumber(country_code=33, national_number=int(digits))
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _exists(number: PhoneNumber) -> bool:
    return _is_fiction(number) or phonenumbers.is_valid_number(number)


def _is_fiction(number: PhoneNumber) -> bool:
    return number.country_code == 33 and number.national_number in _FICTION_MOBILES


def _first_valid(text: str, region: str, field: str) -> PhoneNumber:
    if any(character.isalpha() for character in text):
        raise _unreadable(field)
    readable = False
    for candidate in dict.fromkeys((region, *_FRENCH_REGIONS)):
        number = _parsed(text, candidate)
        if number is None:
            continue
        readable = True
        if _exists(number):
            return number
    if not readable:
        raise _unreadable(field)
    raise Invalid(
        "Ce numéro de téléphone n’existe pas\u00a0: vérifiez les chiffres (dix chiffres, "
        "par exemple 06 12 34 56 78).",
        code="phone-impossible",
        field=field,
    )


def _unreadable(field: str) -> Invalid:
    return Invalid(
        "Ce numéro de téléphone est illisible. Écrivez-le avec dix chiffres, par exemple 06 12 34 56 78.",
        code="phone-unreadable",
        field=field,
    )
