"""The patient's identity as the desk types or corrects it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from releve.contexts.patients.enums import Sex
from releve.contexts.patients.rules import Contact, PatientIdentity, read_search
from releve.kernel.errors import DomainError
from releve.kernel.phones import parse_phone

from .booking_forms import birth_date_field

_PARTICLES = {
    "de",
    "du",
    "des",
    "la",
    "le",
    "les",
    "el",
    "ben",
    "van",
    "von",
    "da",
    "di",
    "dos",
    "saint",
    "sainte",
}
_DIGITS = re.compile(r"\S*\d\S*")


@dataclass(frozen=True)
class TypedPerson:
    """What one line typed on the phone says of somebody: `Durand Paul 12/03/1950 06 39 98 12 34`."""

    family_name: str = ""
    given_name: str = ""
    birth_date: date | None = None
    phone: str = ""

    @property
    def display_name(self) -> str:
        return f"{self.family_name.upper()} {self.given_name}".strip()


def read_person(text: str) -> TypedPerson:
    """Family name first, as it is said on the phone; `Paul DURAND` is understood by its capitals. Never fails."""
    terms = read_search(text)
    phone = ""
    if terms.digits:
        try:
            parse_phone(terms.digits)
            phone = terms.digits
        except DomainError:
            phone = ""
    words = [
        w for w in _DIGITS.sub(" ", (text or "")[:120]).replace("+", " ").split() if any(map(str.isalpha, w))
    ]
    capitals = [w for w in words if len(w) > 1 and w.isupper()]
    if capitals and len(capitals) < len(words):
        family, given = capitals, [w for w in words if w not in capitals]
    else:
        count = 1
        while count < len(words) - 1 and words[count - 1].casefold() in _PARTICLES:
            count += 1
        family, given = words[:count], words[count:]
    return TypedPerson(
        family_name=" ".join(_named(w) for w in family),
        given_name=" ".join(_named(w) for w in given),
        birth_date=terms.birth_date,
        phone=phone,
    )


def _named(word: str) -> str:
    """`durand` -> `Durand`, `le` stays; mixed spellings such as `McCoy` are left alone."""
    if word.casefold() in _PARTICLES:
        return word.casefold() if word.islower() or word.isupper() else word
    if word.islower() or word.isupper():
        return "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))
    return word


class IdentityForm(forms.Form):
    """Correcting a sheet."""

    family_name = forms.CharField(label="Nom de naissance", max_length=80)
    used_name = forms.CharField(label="Nom utilisé", max_length=80, required=False)
    given_name = forms.CharField(label="Prénom", max_length=80)
    birth_date = birth_date_field()
    sex = forms.ChoiceField(label="Sexe", choices=Sex.choices)
    phone = forms.CharField(label="Téléphone", max_length=40, required=False)
    email = forms.CharField(label="Adresse mail", max_length=254, required=False)

    def identity(self) -> PatientIdentity:
        data = self.cleaned_data
        return PatientIdentity(
            family_name=data["family_name"],
            given_name=data["given_name"],
            birth_date=data["birth_date"],
            sex=data["sex"],
            used_name=data["used_name"],
        )

    def contact(self) -> Contact:
        return Contact(phone=self.cleaned_data["phone"], email=self.cleaned_data["email"])

    @staticmethod
    def initial_of(patient: Any) -> dict[str, Any]:
        names = ("family_name", "used_name", "given_name", "birth_date", "sex", "phone", "email")
        return {name: getattr(patient, name) for name in names}
