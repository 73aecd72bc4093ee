"""What is known on the spot of a territory: read by all, added and withdrawn by those who speak for the place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from releve.contexts.diagnosis import access
from releve.contexts.diagnosis import services_knowledge as services
from releve.contexts.diagnosis.enums import KnowledgeKind
from releve.contexts.diagnosis.queries import knowledge as queries
from releve.contexts.diagnosis.queries.surveys import communes_asked
from releve.contexts.diagnosis.report import Place
from releve.contexts.diagnosis.sections.voices import fact_words
from releve.contexts.diagnosis.territories import resolve
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, DomainError, Forbidden
from releve.web.account.errors import show_refusal
from releve.web.account.guards import sign_in_first, staff_required

from .survey_views import today


class KnowledgeForm(forms.Form):
    commune = forms.ChoiceField(label="Commune")
    kind = forms.ChoiceField(label="Fait", choices=KnowledgeKind.choices, widget=forms.RadioSelect)
    doctors = forms.FloatField(
        label="Nombre de médecins",
        required=False,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="Pour un départ ou une arrivée\u00a0: 1, ou 0,5 pour un mi-temps.",
    )
    weekly_days = forms.FloatField(
        label="Jours de consultation par semaine",
        required=False,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "text"}),
        help_text="Pour des jours ajoutés ou retirés\u00a0: 2, ou −1 pour un jour de moins.",
    )
    starts_on = forms.DateField(
        label="À partir du", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label="Jusqu’au",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Laissez vide si l’on ne sait pas.",
    )
    note = forms.CharField(
        label="Précision",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
        help_text="Cette page est publique. N’écrivez le nom de personne\u00a0: «\u00a0départ à la retraite, sans "
        "successeur connu\u00a0».",
    )
    origin = forms.CharField(
        label="Source",
        max_length=200,
        help_text="D’où vient l’information\u00a0: «\u00a0conseil municipal du 3\u00a0mars\u00a0», «\u00a0secrétariat du "
        "cabinet\u00a0». Sans nom.",
    )

    def __init__(self, *args: Any, communes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["commune"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = communes
        if len(communes) == 1:
            field.widget = forms.HiddenInput()
            field.initial = communes[0][0]


def _communes(place: Place, codes: set[str]) -> list[tuple[str, str]]:
    if len(place.commune_codes) == 1:
        return [(place.commune_codes[0], place.name)] if codes else []
    return [(code, name) for code, name in communes_asked(place.commune_codes) if code in codes]


@require_http_methods(["GET", "HEAD", "POST"])
def knowledge(request: HttpRequest, code: str) -> HttpResponse:
    """The facts of a territory, in force, coming, and past; POST adds one."""
    if request.method == "POST" and not request.user.is_authenticated:
        return sign_in_first(request)
    place = resolve(code)
    mine = access.spoken_communes(request.user, place.commune_codes)
    communes = _communes(place, mine)
    if request.method == "POST" and not communes:
        raise Forbidden(access.REFUSED)
    form, status = None, 200
    if communes:
        form = KnowledgeForm(
            _typed(request) if request.method == "POST" else None,
            communes=communes,
            initial={"starts_on": today(), "kind": KnowledgeKind.DOCTOR_LEAVES},
        )
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    _add(request, form.cleaned_data)
                except DomainError as error:
                    show_refusal(form, error)
                    status = error.status
                else:
                    messages.success(
                        request, "Le fait est ajouté\u00a0: il est montré à côté des chiffres officiels."
                    )
                    return redirect("territory:knowledge", code=code)
    return render(request, "territory/knowledge.html", _context(request, place, form, mine), status=status)


def _typed(request: HttpRequest) -> Any:
    """A true minus sign, as French people read it, is a minus sign."""
    data = request.POST.copy()
    data["weekly_days"] = data.get("weekly_days", "").replace("\u2212", "-")
    return data


def _add(request: HttpRequest, data: dict[str, Any]) -> None:
    place = access.access_place(request.user, data["commune"])
    services.add_knowledge(
        commune_code=data["commune"],
        kind=data["kind"],
        doctors=data["doctors"],
        weekly_days=data["weekly_days"],
        starts_on=data["starts_on"],
        ends_on=data["ends_on"],
        note=data["note"],
        origin=data["origin"],
        practice_id=access.practice_here(request.user, place),
        today=today(),
        by=Actor.user(request.user),
        now=clock.now(),
    )


def _context(
    request: HttpRequest, place: Place, form: KnowledgeForm | None, mine: set[str]
) -> dict[str, Any]:
    day = today()
    rows = [
        {
            "fact": row,
            "words": fact_words(row),
            "state": "withdrawn"
            if row.withdrawn_at
            else "coming"
            if row.starts_on > day
            else "over"
            if row.ends_on and row.ends_on < day
            else "now",
            "mine": row.commune_id in mine,
        }
        for row in queries.knowledge_history(place.commune_codes)
    ]
    return {
        "place": place,
        "form": form,
        "current": sorted(
            (row for row in rows if row["state"] in {"now", "coming"}), key=lambda row: row["fact"].starts_on
        ),
        # Who withdrew what is for those of the place: what was wrong is not published again.
        "past": [
            row for row in rows if row["state"] == "over" or (row["state"] == "withdrawn" and row["mine"])
        ],
        "may_add": form is not None,
        "several": len(place.commune_codes) > 1,
    }


@staff_required
@require_POST
def withdraw(request: HttpRequest, knowledge_id: int) -> HttpResponse:
    row = access.access_knowledge(request.user, knowledge_id)
    place = resolve(row.commune_id)
    try:
        services.withdraw_knowledge(
            knowledge_id=row.pk,
            practice_id=access.practice_here(request.user, place),
            by=Actor.user(request.user),
            now=clock.now(),
        )
    except Conflict as error:
        messages.info(request, error.message)
    else:
        messages.success(request, "Le fait est retiré. Il reste dans l’historique.")
    back = request.POST.get("territoire", "")
    try:
        return redirect("territory:knowledge", code=resolve(back).code)
    except DomainError:
        return redirect(reverse("territory:knowledge", args=[row.commune_id]))
