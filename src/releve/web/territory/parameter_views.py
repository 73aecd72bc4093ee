"""The dated parameters of the diagnosis: the administration sees them all and adds values to come."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from releve.contexts.diagnosis import services_parameters as services
from releve.contexts.diagnosis.parameters import PARAMETERS
from releve.contexts.diagnosis.queries.parameters import parameter_histories
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, DomainError
from releve.web.account.errors import show_refusal
from releve.web.account.views.administration import admin_required

from .survey_views import today


class ParameterForm(forms.Form):
    key = forms.ChoiceField(label="Paramètre")
    value = forms.FloatField(
        label="Valeur", localize=True, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    starts_on = forms.DateField(
        label="À partir du",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Aujourd’hui ou un jour à venir\u00a0: le passé ne se change pas.",
    )
    origin = forms.CharField(
        label="Source",
        max_length=200,
        help_text="Le texte, l’étude ou la décision qui fixe cette valeur.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["key"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choisissez")] + [
            (key, f"{spec.label} ({spec.unit})" if spec.unit else spec.label)
            for key, spec in PARAMETERS.items()
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def parameters(request: HttpRequest) -> HttpResponse:
    """`?cle=apl_threshold` chooses the parameter of the form."""
    day = today()
    form = ParameterForm(
        request.POST if request.method == "POST" else None,
        initial={"key": request.GET.get("cle", ""), "starts_on": day},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.add_parameter(
                    **form.cleaned_data, today=day, by=Actor.user(request.user), now=clock.now()
                )
            except DomainError as error:
                show_refusal(form, error)
                status = error.status
            else:
                messages.success(request, "La valeur est ajoutée.")
                return redirect("territory:parameters")
    context = {"form": form, "rows": parameter_histories(day), "today": day}
    return render(request, "territory/parameters.html", context, status=status)


@require_POST
@admin_required
def withdraw(request: HttpRequest, parameter_id: int) -> HttpResponse:
    try:
        services.withdraw_parameter(
            parameter_id=parameter_id, today=today(), by=Actor.user(request.user), now=clock.now()
        )
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, "La valeur à venir est retirée.")
    return redirect("territory:parameters")
