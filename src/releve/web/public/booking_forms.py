"""Forms of booking: who comes, and the code received."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from releve.contexts.patients.enums import Sex
from releve.contexts.patients.rules import Contact, PatientIdentity
from releve.kernel.errors import DomainError

# Where the domain's fields stand on the form.
_PLACES = {"birth_date": "birth_day", "contact_name": "booker_name", "contact": "phone"}


def show_refusal(form: forms.Form, error: DomainError) -> None:
    """Put a refusal of the domain on its field when the form has it, else above the form."""
    name = _PLACES.get(error.field or "", error.field)
    form.add_error(name if name in form.fields else None, error.message)


def _text(label: str, *, autocomplete: str, help_text: str = "", **options: Any) -> forms.CharField:
    attrs = {"autocomplete": autocomplete, "spellcheck": "false"}
    return forms.CharField(
        label=label, help_text=help_text, max_length=120, widget=forms.TextInput(attrs=attrs), **options
    )


def _digits(size: int) -> forms.CharField:
    """A part of the birth date: a refusal names the whole date, the page labels each part."""
    attrs = {"inputmode": "numeric", "autocomplete": "off", "maxlength": size, "size": size}
    return forms.CharField(
        label="Date de naissance", required=False, max_length=20, widget=forms.TextInput(attrs=attrs)
    )


class IdentityForm(forms.Form):
    """Who comes. With `for_relative`, also who books; with `contact_optional`, a patient nobody can reach."""

    given_name = _text("Prénom", autocomplete="off", error_messages={"required": "Indiquez le prénom."})
    family_name = _text(
        "Nom de naissance", autocomplete="off", help_text="Celui de l’acte de naissance.",
        error_messages={"required": "Indiquez le nom de naissance."},
    )  # fmt: skip
    used_name = _text("Nom utilisé, s’il est différent", autocomplete="off", required=False)
    birth_day = _digits(2)
    birth_month = _digits(2)
    birth_year = _digits(4)
    sex = forms.ChoiceField(
        label="Sexe",
        required=False,
        choices=[(Sex.FEMALE.value, "Féminin"), (Sex.MALE.value, "Masculin"), (Sex.UNKNOWN.value, "Ne pas préciser")],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choisissez le sexe dans la liste."},
    )  # fmt: skip
    booker_name = _text(
        "Votre nom et votre prénom", autocomplete="name", required=False,
        help_text="Le cabinet saura à qui répondre.",
    )  # fmt: skip
    relation = forms.CharField(
        label="Votre lien avec cette personne", required=False, max_length=40,
        help_text="Par exemple\u00a0: sa fille, son voisin, son aide à domicile.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    phone = forms.CharField(
        label="Téléphone mobile", required=False, max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )  # fmt: skip
    email = forms.CharField(
        label="Adresse mail", required=False, max_length=254,
        widget=forms.TextInput(
            attrs={"type": "email", "autocomplete": "email", "inputmode": "email", "spellcheck": "false"}
        ),
    )  # fmt: skip
    unreachable = forms.BooleanField(label="Le patient n’a ni téléphone ni adresse mail", required=False)

    def __init__(self, *args: Any, for_relative: bool = False, partner: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.for_relative, self.partner = for_relative, partner
        if not for_relative:
            del self.fields["booker_name"], self.fields["relation"]
            if not partner:
                for name, value in (("family_name", "off"), ("given_name", "given-name"),
                                    ("birth_day", "bday-day"), ("birth_month", "bday-month"),
                                    ("birth_year", "bday-year")):  # fmt: skip
                    self.fields[name].widget.attrs["autocomplete"] = value
        if partner:
            self.fields["phone"].label = "Téléphone du patient"
            self.fields["email"].label = "Adresse mail du patient"
            for name in ("phone", "email"):
                self.fields[name].widget.attrs["autocomplete"] = "off"
        else:
            del self.fields["unreachable"]

    @property
    def birth_errors(self) -> list[str]:
        return [
            str(e) for name in ("birth_day", "birth_month", "birth_year") for e in self.errors.get(name, [])
        ]

    @property
    def birth_fields(self) -> list[tuple[str, Any]]:
        """Day, month, year with their labels, tied to the error that speaks of the three."""
        fields = [
            (label, self[name])
            for label, name in (("Jour", "birth_day"), ("Mois", "birth_month"), ("Année", "birth_year"))
        ]
        for _, bound in fields:
            attrs = bound.field.widget.attrs
            attrs["class"] = "form-control is-invalid" if self.birth_errors else "form-control"
            if self.birth_errors:
                attrs["aria-invalid"], attrs["aria-describedby"] = "true", "naissance-erreur"
        return fields

    @property
    def who_fields(self) -> list[Any]:
        return [self[name] for name in ("given_name", "family_name", "used_name")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["birth_date"] = self._birth_date(data)
        if self.for_relative and not data.get("booker_name", "").strip():
            self.add_error(
                "booker_name", "Indiquez votre nom\u00a0: le cabinet doit savoir qui a pris le rendez-vous."
            )
        reachable = data.get("phone", "").strip() or data.get("email", "").strip()
        if self.partner:
            if data.get("unreachable") and reachable:
                self.add_error(
                    "unreachable", "Décochez cette case, ou effacez le téléphone et l’adresse mail."
                )
            elif not data.get("unreachable") and not reachable:
                self.add_error(
                    "phone", "Indiquez un téléphone ou une adresse mail, ou cochez la case ci-dessous."
                )
        elif not reachable and not {"phone", "email"} & set(self.errors):
            self.add_error(
                "phone", "Indiquez un téléphone mobile ou une adresse mail, pour recevoir le code."
            )
        return data

    def _birth_date(self, data: dict[str, Any]) -> date | None:
        parts = [data.get(name, "").strip() for name in ("birth_day", "birth_month", "birth_year")]
        if not all(parts):
            self.add_error(
                "birth_day", "Indiquez le jour, le mois et l’année de naissance, par exemple 27 3 1950."
            )
            return None
        if not all(part.isascii() and part.isdecimal() for part in parts):
            self.add_error("birth_day", "Écrivez la date de naissance en chiffres, par exemple 27 3 1950.")
            return None
        day, month, year = (int(part) for part in parts)
        if len(parts[2]) != 4:
            self.add_error("birth_year", "Écrivez l’année en entier, par exemple 1950.")
            return None
        try:
            return date(year, month, day)
        except ValueError:
            self.add_error(
                "birth_day", "Cette date de naissance n’existe pas\u00a0: vérifiez le jour et le mois."
            )
            return None

    def identity(self) -> PatientIdentity:
        data = self.cleaned_data
        return PatientIdentity(
            family_name=data["family_name"],
            given_name=data["given_name"],
            birth_date=data["birth_date"],
            sex=data.get("sex") or Sex.UNKNOWN,
            used_name=data.get("used_name", ""),
        )

    def contact(self) -> Contact:
        data = self.cleaned_data
        name = data.get("booker_name", "").strip()
        if name and data.get("relation", "").strip():
            name = f"{name} ({data['relation'].strip()})"
        return Contact(phone=data.get("phone", ""), email=data.get("email", ""), name=name)

    @staticmethod
    def initial_from(draft: dict[str, Any]) -> dict[str, Any]:
        """What was typed, to show again to the browser that typed it."""
        if not draft:
            return {}
        identity, contact = draft["identity"], draft["contact"]
        year, month, day = (identity["birth_date"] or "--").split("-")
        booker, _, relation = contact["name"].partition(" (")
        return {
            **{name: identity[name] for name in ("family_name", "given_name", "used_name", "sex")},
            "birth_day": day.lstrip("0"),
            "birth_month": month.lstrip("0"),
            "birth_year": year,
            "phone": contact["phone"],
            "email": contact["email"],
            "booker_name": booker,
            "relation": relation.rstrip(")"),
        }


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code à six chiffres",
        max_length=20,
        error_messages={"required": "Recopiez les six chiffres du message."},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 10}
        ),
    )  # fmt: skip
