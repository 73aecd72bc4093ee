"""Forms of the settings. Rules live in the contexts: a refusal comes back onto the form by `add_refusal`."""

from __future__ import annotations

from typing import Any

from django import forms

from releve.contexts.booking.enums import BookableBy, PatientRule, ReasonCategory
from releve.contexts.practices.enums import EquipmentKind, SiteKind
from releve.contexts.practitioners.enums import PractitionerStatus, Profession
from releve.contexts.rostering.enums import ShiftKind
from releve.contexts.territory import queries as territory
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
_MAX_COMMUNES = 8


def add_refusal(form: forms.Form, error: DomainError) -> None:
    """Put a refusal of the domain on its field when the form has it, else above the form."""
    target = error.field if error.field in form.fields else None
    for message in [reason.message for reason in error.reasons] or [error.message]:
        form.add_error(target, message)


def _date(label: str, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **options)


def _lines(label: str, rows: int = 4, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **options)


def _tel(label: str, **options: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=40, widget=widget, **options)


def _mail(label: str, **options: Any) -> forms.CharField:
    widget = forms.EmailInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=254, widget=widget, **options)


class PracticeForm(forms.Form):
    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="Nom du cabinet", max_length=120)
    phone = _tel("Téléphone du secrétariat", help_text="Toujours visible des patients.")
    email = _mail("Adresse mail")
    presentation = _lines(
        "Présentation", required=False, max_length=2000, help_text="Quelques phrases pour les patients."
    )
    opened_on = _date("Ouvert depuis le", required=False)
    planned_end_on = _date(
        "Fin prévue le",
        required=False,
        help_text="Un cabinet éphémère annonce sa fin ; elle peut être reculée.",
    )
    booking_horizon_days = forms.IntegerField(
        label="Réservation ouverte sur (jours)",
        min_value=1,
        max_value=365,
        help_text="Jusqu’à combien de jours à l’avance un patient peut réserver.",
    )
    cancel_notice_hours = forms.IntegerField(
        label="Annulation en ligne jusqu’à (heures avant)",
        min_value=0,
        max_value=168,
        help_text="Ensuite, le patient téléphone au secrétariat.",
    )


class NoticeForm(forms.Form):
    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    care_team_notice = _lines(
        "Texte donné aux patients",
        rows=10,
        required=False,
        max_length=2000,
        help_text="Affiché à la réservation, joint à la confirmation.",
    )


class CommuneMixin(forms.Form):
    """A commune typed by name or postal code. When several answer, the person picks one; nothing typed
    is lost."""

    commune = forms.CharField(
        label="Commune",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-commune": "", "list": "communes"}),
        help_text="Nom ou code postal. Par exemple : Nieul-le-Dolent, ou 85430.",
    )
    commune_code = forms.ChoiceField(
        label="Quelle commune ?", required=False, widget=forms.RadioSelect, choices=[]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.several_communes = False
        if self.is_bound:
            typed = (self.data.get(self.add_prefix("commune")) or "").strip()
            self._hits = (
                territory.search_communes(_without_brackets(typed), limit=_MAX_COMMUNES) if typed else []
            )
            self.fields["commune_code"].choices = [  # type: ignore[attr-defined]
                (hit.code, commune_label(hit)) for hit in self._hits
            ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        typed = data.get("commune", "")
        if not typed or "commune_code" in self.errors:
            return data
        chosen = data.get("commune_code") or ""
        if not chosen:
            same = [hit for hit in self._hits if commune_label(hit) == typed]
            hits = same or self._hits
            if len(hits) > 1 and not _digits(typed) and hits[0].name.casefold() == typed.casefold():
                twins = [hit for hit in hits if hit.name.casefold() == typed.casefold()]
                hits = twins
            if len(hits) == 1:
                chosen = hits[0].code
            elif hits:
                self.several_communes = True
                self.add_error("commune_code", "Plusieurs communes correspondent : choisissez la bonne.")
            else:
                self.add_error(
                    "commune",
                    "Aucune commune ne correspond : vérifiez l’orthographe ou donnez le code postal.",
                )
        data["commune_code"] = chosen
        return data


def commune_label(commune: Any) -> str:
    """`Nieul-le-Dolent (85430)`, for a search result or a commune."""
    codes = commune.postal_codes
    first = (codes.split("|") if isinstance(codes, str) else list(codes) or [""])[0]
    return f"{commune.name} ({first})" if first else commune.name


def _without_brackets(text: str) -> str:
    return text.replace("(", " ").replace(")", " ")


def _digits(text: str) -> bool:
    return text.replace(" ", "").isdigit()


class SiteForm(CommuneMixin):
    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="Nom du lieu", max_length=120)
    kind = forms.ChoiceField(label="Type de lieu", choices=SiteKind.choices)
    address = forms.CharField(label="Adresse", max_length=200, help_text="Numéro et rue.")
    postal_code = forms.CharField(
        label="Code postal",
        max_length=6,
        required=False,
        help_text="Laissé vide : celui de la commune.",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    phone = _tel("Téléphone du lieu", help_text="S’il diffère de celui du secrétariat.")
    lat = forms.FloatField(
        label="Latitude",
        required=False,
        localize=False,
        min_value=-90,
        max_value=90,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    lon = forms.FloatField(
        label="Longitude",
        required=False,
        localize=False,
        min_value=-180,
        max_value=180,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    finess = forms.CharField(
        label="FINESS", required=False, max_length=20, help_text="9 chiffres, si la structure en a un."
    )
    siret = forms.CharField(label="SIRET", required=False, max_length=24, help_text="14 chiffres.")
    closed_weekdays = forms.TypedMultipleChoiceField(
        label="Jours de fermeture",
        coerce=int,
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    planned_end_on = _date("Fin prévue le", required=False)
    directions = _lines("Comment venir", rows=3, required=False, max_length=1000)
    step_free = forms.BooleanField(label="Accès de plain-pied", required=False)
    accessibility = _lines(
        "Accessibilité",
        rows=2,
        required=False,
        max_length=1000,
        help_text="Place réservée, ascenseur, boucle…",
    )
    secretariat = forms.CharField(
        label="Secrétariat", required=False, max_length=200, help_text="Qui accueille, et quand."
    )
    lodging = forms.CharField(label="Hébergement des médecins", required=False, max_length=200)
    software = forms.CharField(label="Logiciel médical", required=False, max_length=80)
    is_public = forms.BooleanField(
        label="Visible du public",
        required=False,
        initial=True,
        help_text="Masqué, le lieu n’apparaît pas dans la recherche des patients.",
    )


class RoomForm(forms.Form):
    name = forms.CharField(label="Nom de la salle", max_length=60)


class EquipmentForm(forms.Form):
    """One box and one precision per kind: `has_ecg`, `note_ecg`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in EquipmentKind.choices:
            self.fields[f"has_{kind}"] = forms.BooleanField(label=label, required=False)
            self.fields[f"note_{kind}"] = forms.CharField(
                label=f"Précision : {label}", required=False, max_length=120
            )

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"has_{kind}"], self[f"note_{kind}"]) for kind in EquipmentKind.values]

    def kinds(self) -> dict[str, str]:
        data = self.cleaned_data
        return {kind: data[f"note_{kind}"] for kind in EquipmentKind.values if data[f"has_{kind}"]}


class ClosureForm(forms.Form):
    first_day = _date("Du")
    last_day = _date("Au (inclus)")
    reason = forms.CharField(
        label="Motif", required=False, max_length=120, help_text="Lu par l’équipe et les patients."
    )


class ReasonForm(forms.Form):
    label = forms.CharField(label="Intitulé", max_length=80, help_text="Tel que le patient le choisit.")
    category = forms.ChoiceField(label="Catégorie", choices=ReasonCategory.choices)
    duration_minutes = forms.IntegerField(
        label="Durée (minutes)", min_value=5, max_value=240, widget=forms.NumberInput(attrs={"step": 5})
    )
    shift_kinds = forms.MultipleChoiceField(
        label="Pendant quelles vacations",
        choices=ShiftKind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins un type de vacation."},
    )
    patient_rule = forms.ChoiceField(label="Pour qui", choices=PatientRule.choices)
    bookable_by = forms.ChoiceField(label="Réservable par", choices=BookableBy.choices)
    min_notice_minutes = forms.IntegerField(
        label="Délai minimal (minutes)",
        min_value=0,
        max_value=20160,
        help_text="Un horaire plus proche que ce délai n’est plus proposé en ligne.",
    )
    max_notice_days = forms.IntegerField(
        label="Au plus tôt (jours avant)",
        required=False,
        min_value=0,
        max_value=365,
        help_text="0 : le jour même seulement. Vide : sans limite.",
    )
    max_age_years = forms.IntegerField(
        label="Âge maximal", required=False, min_value=0, max_value=120, help_text="Vide : tous les âges."
    )
    instructions = _lines(
        "Consignes au patient", rows=3, required=False, max_length=1000, help_text="Ce qu’il faut apporter."
    )
    position = forms.IntegerField(label="Ordre dans la liste", min_value=0, max_value=999)
    is_active = forms.BooleanField(label="Proposé", required=False, initial=True)


class PractitionerForm(forms.Form):
    title = forms.CharField(label="Titre", required=False, max_length=10)
    given_name = forms.CharField(label="Prénom", max_length=80)
    family_name = forms.CharField(label="Nom", max_length=80)
    profession = forms.ChoiceField(label="Profession", choices=Profession.choices)
    specialty = forms.CharField(label="Spécialité", required=False, max_length=80)
    status = forms.ChoiceField(label="Statut", choices=PractitionerStatus.choices)
    rpps = forms.CharField(
        label="Numéro RPPS",
        required=False,
        max_length=20,
        help_text="11 chiffres. Facultatif pour un interne, un médecin adjoint, un étudiant sous licence, "
        "un infirmier.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    licence_ends_on = _date(
        "Fin de licence", required=False, help_text="Aucune vacation ne lui sera confiée après."
    )
    home_commune = forms.CharField(
        label="Commune de résidence",
        required=False,
        max_length=80,
        help_text="Nom suivi du code postal : sert à proposer des besoins proches.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-commune": "", "list": "communes"}),
    )
    rhythm_minutes = forms.TypedChoiceField(
        label="Rythme préféré", coerce=int, choices=[(n, f"{n} minutes") for n in (15, 20, 30)]
    )
    name_is_public = forms.BooleanField(
        label="Nom affiché aux patients",
        required=False,
        initial=True,
        help_text="Décoché, les patients voient seulement la profession.",
    )
    email = _mail("Adresse mail", help_text="Celle de son invitation et de son compte.")
    phone = _tel("Téléphone", help_text="Pour l’équipe.")

    def clean_home_commune(self) -> str:
        """The INSEE code; kept as typed on screen, resolved here."""
        typed = self.cleaned_data["home_commune"].strip()
        if not typed:
            return ""
        hits = territory.search_communes(_without_brackets(typed), limit=_MAX_COMMUNES)
        same = [hit for hit in hits if commune_label(hit) == typed or hit.name.casefold() == typed.casefold()]
        best = same if len(same) == 1 else hits
        if len(best) == 1:
            return best[0].code
        if best:
            names = ", ".join(commune_label(hit) for hit in best[:5])
            raise forms.ValidationError(f"Plusieurs communes correspondent ({names}) : précisez.")
        raise forms.ValidationError("Aucune commune ne correspond : vérifiez l’orthographe.")


class NewPractitionerForm(PractitionerForm):
    since = _date("Dans l’équipe depuis le")
    until = _date("Jusqu’au", required=False, help_text="Vide : sans date de fin.")


class DatesForm(forms.Form):
    since = _date("Dans l’équipe depuis le")
    until = _date("Jusqu’au", required=False, help_text="Vide : sans date de fin.")
