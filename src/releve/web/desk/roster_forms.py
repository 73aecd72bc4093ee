"""Forms of the roster. Choices are given by the view; a refusal of the domain becomes errors of the form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from releve.contexts.rostering.enums import ShiftKind, ShiftStatus
from releve.kernel.errors import DomainError

WEEKDAYS = [
    (0, "Lundi"),
    (1, "Mardi"),
    (2, "Mercredi"),
    (3, "Jeudi"),
    (4, "Vendredi"),
    (5, "Samedi"),
    (6, "Dimanche"),
]
NOBODY = [("", "Personne pour l’instant (à pourvoir)")]
NO_ROOM = [("", "Pas de salle précise")]


def date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M")


def set_choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Give a list its choices once they are known."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def refusal_lines(error: DomainError) -> list[str]:
    """Each reason on its own line; the sentence above them first when it says more than their sum."""
    reasons = [reason.message for reason in error.reasons]
    return reasons if reasons and " ".join(reasons) == error.message else [error.message, *reasons]


def add_refusal(form: forms.Form, error: DomainError) -> None:
    """Put a refusal of the domain on the form: on its field when it has one, each reason on its own line."""
    target = error.field if error.field in form.fields else None
    for message in refusal_lines(error):
        form.add_error(target, message)


def _optional_id(value: str) -> int | None:
    return int(value) if value else None


class ShiftForm(forms.Form):
    """A shift alone: day, hours, room, practitioner, kind, note, open to booking."""

    day = forms.DateField(label="Jour", widget=date_input())
    starts = forms.TimeField(label="De", widget=time_input())
    ends = forms.TimeField(label="À", widget=time_input())
    kind = forms.ChoiceField(label="Type de vacation", choices=ShiftKind.choices)
    room = forms.TypedChoiceField(label="Salle", required=False, coerce=_optional_id, empty_value=None)
    practitioner = forms.TypedChoiceField(
        label="Praticien", required=False, coerce=_optional_id, empty_value=None
    )
    bookable = forms.BooleanField(
        label="Ouverte à la réservation des patients",
        required=False,
        initial=True,
        help_text="Décochée, seul le secrétariat y place des rendez-vous.",
    )
    note = forms.CharField(
        label="Remarque",
        required=False,
        max_length=200,
        help_text="Pour l’équipe. N’y écrivez rien sur un patient.",
    )
    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        rooms: Iterable[tuple[int, str]] = (),
        people: Iterable[tuple[int, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "room", NO_ROOM + [(str(pk), name) for pk, name in rooms])
        set_choices(self, "practitioner", NOBODY + [(str(pk), name) for pk, name in people])


class NewShiftForm(ShiftForm):
    """A new shift also says where, and whether the person named has already agreed."""

    site = forms.ChoiceField(label="Lieu")
    status = forms.ChoiceField(
        label="Si un praticien est nommé",
        required=False,
        choices=[
            (ShiftStatus.CONFIRMED, "C’est confirmé"),
            (ShiftStatus.PROPOSED, "C’est une proposition\u00a0: la personne doit répondre"),
        ],
        initial=ShiftStatus.CONFIRMED,
    )

    def __init__(self, *args: Any, sites: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "site", [(site.slug, site.name) for site in sites])


class CancelForm(forms.Form):
    reason = forms.CharField(
        label="Motif de l’annulation",
        max_length=200,
        help_text="L’équipe le lira dans le calendrier. N’y écrivez rien sur un patient.",
    )


class TemplateLineForm(forms.Form):
    """One line of the typical week."""

    weekday = forms.TypedChoiceField(label="Jour", coerce=int, choices=WEEKDAYS)
    starts = forms.TimeField(label="De", widget=time_input())
    ends = forms.TimeField(label="À", widget=time_input())
    kind = forms.ChoiceField(label="Type de vacation", choices=ShiftKind.choices)
    room = forms.TypedChoiceField(label="Salle", required=False, coerce=_optional_id, empty_value=None)
    practitioner = forms.TypedChoiceField(
        label="Praticien", required=False, coerce=_optional_id, empty_value=None
    )
    every_weeks = forms.TypedChoiceField(
        label="Rythme",
        coerce=int,
        initial=1,
        choices=[
            (1, "Toutes les semaines"),
            (2, "Une semaine sur deux"),
            (3, "Une semaine sur trois"),
            (4, "Une semaine sur quatre"),
        ],
    )
    first_day = forms.DateField(
        label="À partir du",
        required=False,
        widget=date_input(),
        help_text="Facultatif. Sa semaine est la première du rythme.",
    )
    last_day = forms.DateField(label="Jusqu’au", required=False, widget=date_input(), help_text="Facultatif.")

    def __init__(
        self,
        *args: Any,
        rooms: Iterable[tuple[int, str]] = (),
        people: Iterable[tuple[int, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "room", NO_ROOM + [(str(pk), name) for pk, name in rooms])
        set_choices(self, "practitioner", NOBODY + [(str(pk), name) for pk, name in people])


class GenerateForm(forms.Form):
    """The period over which the typical week is laid."""

    first_day = forms.DateField(label="Du", widget=date_input())
    last_day = forms.DateField(label="Au", widget=date_input())
    skip_public_holidays = forms.BooleanField(label="Sauter les jours fériés", required=False, initial=True)
    skip_school_holidays = forms.BooleanField(label="Sauter les vacances scolaires", required=False)
