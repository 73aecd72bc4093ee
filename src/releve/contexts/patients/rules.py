"""What identifies a patient, how names are written and compared. No query, no clock.

An identity here is what the person declared. It is never "qualified": only the national INSi service
does that.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from releve.kernel.errors import Invalid
from releve.kernel.phones import parse_phone

from .enums import Sex

OLDEST_BIRTH_DATE = date(1900, 1, 1)
NAME_LENGTH = 80
CONTACT_NAME_LENGTH = 120

_APOSTROPHES = dict.fromkeys(map(ord, "'`´‘ʼ′"), "’")
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l"})
_NAME_SIGNS = frozenset(" -’.")
_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})(?!\d)")
_DATE_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_DATE_PACKED = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{4})(?!\d)")
_PHONE_LIKE = re.compile(r"\+?\d(?:[\s./-]*\d){3,}")


@dataclass(frozen=True)
class PatientIdentity:
    """Traits as declared. `family_name` is the birth name; `used_name` the one used in daily life."""

    family_name: str
    given_name: str
    birth_date: date | None
    sex: str = Sex.UNKNOWN
    used_name: str = ""


@dataclass(frozen=True)
class Contact:
    """How to reach the patient. `name`: a relative who answers in the patient's place."""

    phone: str = ""
    email: str = ""
    name: str = ""


@dataclass(frozen=True)
class SearchTerms:
    """What the desk typed, told apart: words of a name, a birth date, digits of a phone."""

    words: tuple[str, ...] = field(default=())
    birth_date: date | None = None
    digits: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.birth_date or self.digits)


def search_key(text: str) -> str:
    """Form under which names are compared: `D’Ornano-Œuf` -> `d ornano oeuf`.

    Case, accents, hyphens and apostrophes do not tell two people apart; letters of every script are kept.
    """
    # Decomposed before and after lowering: some signs of the alphabet only show their letter once decomposed.
    lowered = unicodedata.normalize("NFKD", text).casefold().translate(_LIGATURES)
    lowered = unicodedata.normalize("NFKD", lowered)
    kept = (c if c.isalnum() else "" if unicodedata.combining(c) else " " for c in lowered)
    return " ".join("".join(kept).split())


def identity_key(identity: PatientIdentity) -> str:
    """`search_name` of a patient: birth name then given name, normalised."""
    return f"{search_key(identity.family_name)} {search_key(identity.given_name)}"


def clean_name(text: str, *, field: str, label: str, required: bool = True) -> str:
    """A name as its bearer writes it: spaces, hyphens and apostrophes made regular, accents and
    particles kept.

    Raises Invalid on `field` when it is missing, too long or holds something else than letters.
    """
    name = unicodedata.normalize("NFC", text or "").translate(_APOSTROPHES | _HYPHENS)
    name = " ".join(name.split())
    name = re.sub(r"\s*-\s*", "-", name)
    if not name:
        if required:
            raise Invalid(f"Indiquez {label}.", code="name-missing", field=field)
        return ""
    if len(name) > NAME_LENGTH:
        raise Invalid(f"Ce champ est limité à {NAME_LENGTH} caractères.", code="name-too-long", field=field)
    if not search_key(name) or not all(_of_a_name(c) for c in name):
        raise Invalid(
            "Un nom s’écrit avec des lettres, des espaces, des traits d’union et des apostrophes.",
            code="name-characters",
            field=field,
        )
    return name


def check_birth_date(birth_date: date | None, *, today: date, required: bool) -> date | None:
    """The date, or Invalid (`birth-date-missing`, `-future`, `-too-old`)."""
    if birth_date is None:
        if required:
            raise Invalid("Indiquez la date de naissance.", code="birth-date-missing", field="birth_date")
        return None
    if birth_date > today:
        raise Invalid(
            "La date de naissance est dans le futur : vérifiez l’année.",
            code="birth-date-future",
            field="birth_date",
        )
    if birth_date < OLDEST_BIRTH_DATE:
        raise Invalid(
            "La date de naissance est antérieure à 1900 : vérifiez l’année.",
            code="birth-date-too-old",
            field="birth_date",
        )
    return birth_date


def clean_identity(
    identity: PatientIdentity, *, today: date, birth_date_required: bool = True
) -> PatientIdentity:
    """The identity with regular names. Raises Invalid on the first faulty field."""
    if identity.sex not in Sex.values:
        raise Invalid("Choisissez le sexe dans la liste.", code="sex-unknown", field="sex")
    return replace(
        identity,
        family_name=clean_name(identity.family_name, field="family_name", label="le nom de naissance"),
        given_name=clean_name(identity.given_name, field="given_name", label="le prénom"),
        used_name=clean_name(identity.used_name, field="used_name", label="le nom utilisé", required=False),
        birth_date=check_birth_date(identity.birth_date, today=today, required=birth_date_required),
    )


def clean_contact(contact: Contact, *, required: bool = True, departement_code: str | None = None) -> Contact:
    """Phone in E.164, mail in lower case. Raises Invalid on the faulty field.

    `required`: a phone or a mail is needed (public booking: otherwise nobody could be told of a change).
    """
    phone, email, name = contact.phone.strip(), contact.email.strip(), " ".join(contact.name.split())
    if phone:
        phone = parse_phone(phone, departement_code=departement_code)
    if email:
        email = clean_email(email)
    if required and not phone and not email:
        raise Invalid(
            "Indiquez un téléphone ou une adresse mail, pour recevoir la confirmation.",
            code="contact-missing",
            field="phone",
        )
    if len(name) > CONTACT_NAME_LENGTH:
        raise Invalid(
            f"Ce champ est limité à {CONTACT_NAME_LENGTH} caractères.",
            code="name-too-long",
            field="contact_name",
        )
    return Contact(phone=phone, email=email, name=name)


def clean_email(text: str, *, field: str = "email") -> str:
    """A mail address in lower case, or Invalid (`email-unreadable`)."""
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(
            "Cette adresse mail est incomplète ou mal écrite (exemple : claire.martin@exemple.fr).",
            code="email-unreadable",
            field=field,
        ) from error
    return email


def age_on(birth_date: date, day: date) -> int:
    """Age in whole years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def read_search(text: str) -> SearchTerms:
    """Tell apart what one field received: `martin cl`, `12/03/1950`, `06 12 34 56 78`, or a mix.

    Never fails: what is not understood is looked for as a name.
    """
    rest = " ".join((text or "")[:120].split())
    birth_date: date | None = None
    for pattern, order in ((_DATE_ISO, (1, 2, 3)), (_DATE, (3, 2, 1)), (_DATE_PACKED, (3, 2, 1))):
        match = pattern.search(rest)
        if match is None:
            continue
        try:
            birth_date = date(*(int(match[group]) for group in order))
        except ValueError:
            continue
        rest = f"{rest[: match.start()]} {rest[match.end() :]}"
        break
    digits = ""
    phone = _PHONE_LIKE.search(rest)
    if phone is not None:
        digits = "".join(c for c in phone[0] if c in "0123456789")
        rest = f"{rest[: phone.start()]} {rest[phone.end() :]}"
    return SearchTerms(tuple(search_key(rest).split())[:6], birth_date, digits)


def _of_a_name(character: str) -> bool:
    return character in _NAME_SIGNS or character.isalpha() or bool(unicodedata.combining(character))
