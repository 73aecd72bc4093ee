"""Forms of accounts and access. They read and shape input; the services decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts

from releve.contexts.accounts.enums import Role, ScopeKind

PRACTICE_ROLES = [Role.SECRETARY, Role.PRACTITIONER, Role.PARAMEDICAL, Role.PROJECT_LEAD]
_PLATFORM_SCOPES = [
    ScopeKind.PLATFORM,
    ScopeKind.REGION,
    ScopeKind.DEPARTEMENT,
    ScopeKind.EPCI,
]


class ProfileForm(forms.Form):
    full_name = forms.CharField(
        label="Nom affiché",
        max_length=120,
        help_text="Celui que vos collègues voient.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label="Téléphone",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )


class AcceptInvitationForm(forms.Form):
    full_name = forms.CharField(
        label="Votre nom",
        max_length=120,
        help_text="Celui que vos collègues verront, par exemple « Claire Martin ».",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label="Votre mot de passe",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_validators_help_texts()[0]


class InviteForm(forms.Form):
    """Invite somebody into one practice."""

    email = forms.EmailField(
        label="Adresse mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    full_name = forms.CharField(label="Nom", max_length=120, required=False)
    role = forms.ChoiceField(label="Rôle", choices=[(role.value, role.label) for role in PRACTICE_ROLES])


class InviteAnywhereForm(forms.Form):
    """Invite somebody onto a territory or the platform (administration only)."""

    email = forms.EmailField(label="Adresse mail", max_length=254)
    full_name = forms.CharField(label="Nom", max_length=120, required=False)
    role = forms.ChoiceField(
        label="Rôle",
        choices=[(role.value, role.label) for role in (Role.COORDINATOR, Role.ADMINISTRATOR)],
    )
    scope_kind = forms.ChoiceField(
        label="Étendue", choices=[(kind.value, kind.label) for kind in _PLATFORM_SCOPES]
    )
    scope_ref = forms.CharField(
        label="Code du territoire",
        required=False,
        max_length=16,
        help_text="Région (52), département (85) ou SIREN de l’EPCI ; vide pour la plateforme.",
    )


class NewPracticeForm(forms.Form):
    name = forms.CharField(label="Nom du cabinet", max_length=120)
    email = forms.EmailField(
        label="Adresse mail du porteur de projet",
        max_length=254,
        help_text="Cette personne reçoit une invitation : elle règle le cabinet et donne les autres accès.",
    )
    full_name = forms.CharField(label="Nom du porteur de projet", max_length=120, required=False)


class SearchForm(forms.Form):
    q = forms.CharField(
        label="Nom ou adresse mail",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search"}),
    )


class JournalForm(forms.Form):
    """Filters of the journal. `practices`: (slug, name) of those the reader may ask for."""

    practice = forms.ChoiceField(label="Cabinet", required=False)
    first_day = forms.DateField(label="Du", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label="Au", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, practices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["practice"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Tous"), *practices]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last:
            if last < first:
                self.add_error("last_day", "La fin précède le début.")
            elif last - first > timedelta(days=366):
                self.add_error("last_day", "La période est limitée à un an.")
        return data
