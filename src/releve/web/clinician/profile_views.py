"""What practitioners change themselves: rhythm, name shown or not, phone, mail, home commune."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from releve.contexts.practitioners import services
from releve.contexts.rostering import access
from releve.contexts.territory.queries import search_communes
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import DomainError
from releve.web.account.guards import staff_required


class ProfileForm(forms.Form):
    rhythm_minutes = forms.TypedChoiceField(
        label="Rythme préféré",
        coerce=int,
        choices=[(15, "15 min par patient"), (20, "20 min par patient"), (30, "30 min par patient")],
        widget=forms.RadioSelect,
    )
    name_is_public = forms.BooleanField(
        label="Afficher mon nom aux patients",
        required=False,
        help_text="Sinon les patients lisent seulement votre profession.",
    )
    phone = forms.CharField(
        label="Téléphone",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label="Adresse mail", required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    home = forms.CharField(
        label="Commune de résidence",
        required=False,
        max_length=100,
        help_text="Pour vous proposer d’abord ce qui est près de chez vous. Nom ou code postal.",
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )


def _home_label(commune: Any) -> str:
    return commune.name if commune else ""


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Read and change one’s own profile. A commune with namesakes is chosen from a list; nothing is lost."""
    person = access.own_practitioner(request.user)
    choices: list[Any] = []
    status = 200
    form = ProfileForm(
        request.POST if request.method == "POST" else None,
        initial={
            "rhythm_minutes": person.rhythm_minutes,
            "name_is_public": person.name_is_public,
            "phone": person.phone,
            "email": person.email,
            "home": _home_label(person.home_commune),
        },
    )
    if request.method == "POST":
        status = 422
        if form.is_valid():
            code, choices = _home_code(form, person, request.POST.get("home_choice", ""))
            if not form.errors:
                try:
                    services.save_practitioner_profile(
                        practitioner_id=person.pk,
                        rhythm_minutes=form.cleaned_data["rhythm_minutes"],
                        name_is_public=form.cleaned_data["name_is_public"],
                        phone=form.cleaned_data["phone"],
                        email=form.cleaned_data["email"],
                        home_commune_code=code,
                        by=Actor.user(request.user),
                        now=clock.now(),
                    )
                except DomainError as error:
                    field = {"home_commune": "home", "home_commune_code": "home"}.get(
                        error.field or "", error.field
                    )
                    form.add_error(field if field in form.fields else None, error.message)
                    status = error.status
                else:
                    messages.success(request, "Votre profil est enregistré.")
                    return redirect("clinician:profile")
    return render(
        request,
        "clinician/profile.html",
        {"nav_current": "profile", "person": person, "form": form, "choices": choices},
        status=status,
    )


def _home_code(form: ProfileForm, person: Any, chosen: str) -> tuple[str, list[Any]]:
    """INSEE code of the commune typed, and the list to choose from when the name is not enough."""
    text = form.cleaned_data["home"].strip()
    if not text:
        return "", []
    if person.home_commune and text == _home_label(person.home_commune):
        return person.home_commune.code, []
    hits = search_communes(text, limit=8)
    codes = {hit.code for hit in hits}
    if chosen in codes:
        return chosen, hits
    same_name = [hit for hit in hits if hit.name.casefold() == text.casefold()]
    if len(same_name) == 1 or len(hits) == 1:
        return (same_name or hits)[0].code, []
    if hits:
        form.add_error(
            "home", "Plusieurs communes répondent\u00a0: choisissez la vôtre dans la liste ci-dessous."
        )
    else:
        form.add_error("home", "Aucune commune ne répond à ce nom ou à ce code postal.")
    return "", hits
