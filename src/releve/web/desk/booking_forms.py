"""Forms of the desk's bookings. Choices are given by the view; a refusal of the domain becomes errors of the form."""

from __future__ import annotations

from typing import Any

from django import forms

from releve.contexts.booking.enums import BookedBy
from releve.contexts.patients.rules import Contact, PatientIdentity
from releve.kernel.errors import DomainError

CANCEL_REASONS = (
    "Le patient ne peut pas venir",
    "Le patient n’a plus besoin de consulter",
    "Le médecin est absent",
    "Erreur de saisie",
)


def add_refusal(form: forms.Form, error: DomainError) -> None:
    """Put a refusal of the domain on the form: on its field when it has one."""
    reasons = [reason.message for reason in error.reasons if reason.message != error.message]
    for message in (error.message, *reasons):
        form.add_error(error.field if error.field in form.fields else None, message)


def birth_date_field() -> forms.DateField:
    return forms.DateField(
        label="Date de naissance",
        required=False,
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y", "%d%m%Y"],
        widget=forms.DateInput(
            attrs={"inputmode": "numeric", "placeholder": "jj/mm/aaaa", "autocomplete": "off"},
            format="%d/%m/%Y",
        ),
        error_messages={"invalid": "Écrivez la date comme 12/03/1950."},
    )


def _text(label: str, length: int, *, required: bool = False, **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        required=required,
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
        error_messages={"required": "Ce champ est nécessaire."},
    )


class OverbookForm(forms.Form):
    """A time already taken may be doubled, on purpose and with a reason."""

    overbook = forms.BooleanField(label="Ajouter en surnombre si l’horaire est pris", required=False)
    overbook_reason = forms.CharField(
        label="Motif du surnombre",
        required=False,
        max_length=200,
        help_text="Un motif d’organisation, visible sur la journée. Pas de donnée de santé.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("overbook") and not data.get("overbook_reason", "").strip():
            self.add_error("overbook_reason", "Un surnombre doit avoir un motif.")
        return data

    def cleaned_reason(self) -> str:
        """The reason, only when the box is ticked: words left in the field do not overbook by themselves."""
        return self.cleaned_data["overbook_reason"].strip() if self.cleaned_data.get("overbook") else ""


class ContactForm(OverbookForm):
    """What is asked on the phone once the time is chosen, for a patient already known."""

    reason = forms.TypedChoiceField(label="Motif de consultation", coerce=int)
    phone = _text("Téléphone", 40, inputmode="tel")
    email = _text("Adresse mail", 254, inputmode="email")
    contact_name = _text("Personne à joindre, si ce n’est pas le patient", 120)
    desk_note = forms.CharField(
        label="Note pour l’accueil",
        required=False,
        max_length=200,
        help_text="Organisation seulement (taxi, accompagnant). Pas de donnée de santé.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, reasons: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = reasons  # type: ignore[attr-defined]

    def contact(self) -> Contact:
        data = self.cleaned_data
        return Contact(phone=data["phone"], email=data["email"], name=data["contact_name"])


class NewPatientForm(ContactForm):
    """Same, with the traits of somebody never booked here."""

    family_name = _text("Nom de naissance", 80, required=True)
    given_name = _text("Prénom", 80, required=True)
    birth_date = birth_date_field()
    used_name = _text("Nom utilisé", 80)

    field_order = ["family_name", "given_name", "birth_date", "phone", "email"]

    def identity(self) -> PatientIdentity:
        data = self.cleaned_data
        return PatientIdentity(
            family_name=data["family_name"],
            given_name=data["given_name"],
            birth_date=data["birth_date"],
            used_name=data["used_name"],
        )


class CancelForm(forms.Form):
    who = forms.ChoiceField(
        label="Qui annule ?",
        choices=[(BookedBy.PATIENT.value, "Le patient"), (BookedBy.DESK.value, "Le cabinet")],
        widget=forms.RadioSelect,
        initial=BookedBy.PATIENT.value,
        error_messages={"required": "Dites qui annule."},
    )
    reason = forms.CharField(
        label="Motif",
        max_length=200,
        help_text="Visible de l’équipe seulement. Pas de donnée de santé.",
        widget=forms.TextInput(attrs={"list": "motifs-annulation", "autocomplete": "off"}),
        error_messages={"required": "Indiquez le motif."},
    )
