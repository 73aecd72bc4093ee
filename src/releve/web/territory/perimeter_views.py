"""Saved groups of communes (a CPTS, some towns together): listed and read by all, saved by those who act there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.diagnosis import access, perimeter_list
from releve.contexts.diagnosis import services_perimeters as services
from releve.contexts.diagnosis.enums import PerimeterKind
from releve.contexts.diagnosis.queries import perimeters as queries
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, DomainError, Invalid
from releve.web.account.errors import show_refusal
from releve.web.account.guards import staff_required


class PerimeterForm(forms.Form):
    name = forms.CharField(label="Nom", max_length=120, help_text="«\u00a0CPTS du Pays des Achards\u00a0»")
    kind = forms.ChoiceField(label="Type", choices=PerimeterKind.choices, widget=forms.RadioSelect)
    communes = forms.CharField(
        label="Communes",
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="Codes Insee ou noms, une commune par ligne ou séparées par des virgules.",
    )
    file = forms.FileField(
        label="Ou un fichier CSV",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
        help_text="Avec une colonne «\u00a0code\u00a0» ou «\u00a0insee\u00a0». S’il est donné, il remplace la liste.",
    )


def _codes(data: dict[str, Any]) -> list[str]:
    """The communes of the form. Raises Invalid, line by line."""
    upload = data["file"]
    if upload:
        if upload.size > perimeter_list.MAX_FILE_BYTES:
            raise Invalid(
                "Ce fichier est trop lourd pour une liste de communes (300\u00a0ko au plus).", field="file"
            )
        return perimeter_list.match_communes(perimeter_list.read_csv(upload.read()), field="file")
    return perimeter_list.match_communes(perimeter_list.read_pasted(data["communes"]))


@require_safe
def perimeters(request: HttpRequest) -> HttpResponse:
    rows = list(queries.list_perimeters())
    mine = access.changeable_perimeters(request.user, rows)
    return render(
        request,
        "territory/perimeters.html",
        {
            "rows": [{"perimeter": row, "mine": row.pk in mine} for row in rows],
            "may_change": bool(mine),
            "may_add": bool(access.reach_of(request.user)),
        },
    )


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_perimeter(request: HttpRequest) -> HttpResponse:
    """`?communes=85161,85029` begins with these."""
    access.require_voice(request.user)
    first = request.GET.get("communes", "").replace("\x00", "")[:4000].replace(",", "\n")
    form = PerimeterForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        initial={"kind": PerimeterKind.CPTS, "communes": first},
    )
    return _saved(request, form, None)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_perimeter(request: HttpRequest, slug: str) -> HttpResponse:
    perimeter = access.access_perimeter(request.user, slug)
    listed = "\n".join(code for code, _ in queries.communes_of(perimeter))
    form = PerimeterForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        initial={"name": perimeter.name, "kind": perimeter.kind, "communes": listed},
    )
    return _saved(request, form, perimeter)


def _saved(request: HttpRequest, form: PerimeterForm, perimeter: Any) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = _write(request, form.cleaned_data, perimeter)
            except DomainError as error:
                show_refusal(form, error)
                status = error.status
            else:
                messages.success(request, "Le périmètre est enregistré\u00a0: voici son diagnostic.")
                return redirect("territory:diagnosis", code=f"p-{saved.slug}")
    names = dict(queries.communes_of(perimeter)) if perimeter else {}
    context = {"form": form, "perimeter": perimeter, "names": names}
    return render(request, "territory/perimeter_edit.html", context, status=status)


def _write(request: HttpRequest, data: dict[str, Any], perimeter: Any) -> Any:
    codes = _codes(data)
    access.require_touch(request.user, codes)
    common = {"name": data["name"], "kind": data["kind"], "codes": codes}
    by, now = Actor.user(request.user), clock.now()
    if perimeter is None:
        return services.save_perimeter(**common, by=by, now=now)
    return services.change_perimeter(perimeter_id=perimeter.pk, **common, by=by, now=now)


@staff_required
@require_POST
def delete_perimeter(request: HttpRequest, slug: str) -> HttpResponse:
    perimeter = access.access_perimeter(request.user, slug)
    try:
        services.delete_perimeter(perimeter_id=perimeter.pk, by=Actor.user(request.user), now=clock.now())
    except Conflict as error:
        messages.warning(request, error.message)
        return redirect("territory:perimeter-edit", slug=slug)
    messages.success(request, f"«\u00a0{perimeter.name}\u00a0» est supprimé.")
    return redirect("territory:perimeters")
