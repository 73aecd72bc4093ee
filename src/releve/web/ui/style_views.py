"""The living style guide: every component with its states and code, the tokens with their measured contrast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from . import tokens
from .statuses import STATUS_LOOKS

SAMPLE_DAY = date(2026, 3, 3)


class SampleForm(forms.Form):
    """Fields in every shape the library knows; never saved."""

    name = forms.CharField(label="Nom de naissance", help_text="Comme sur la carte Vitale.")
    phone = forms.CharField(label="Téléphone", required=False)
    who = forms.ChoiceField(
        label="Pour qui est ce rendez-vous\u00a0?",
        choices=[("me", "Pour moi"), ("child", "Pour mon enfant"), ("other", "Pour un proche")],
        widget=forms.RadioSelect,
    )
    place = forms.ChoiceField(label="Lieu", choices=[("1", "Nieul-le-Dolent"), ("2", "Les Achards")])
    note = forms.CharField(label="Précision", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    reminder = forms.BooleanField(label="Me rappeler la veille par SMS", required=False)


@dataclass(frozen=True)
class Swatch:
    name: str
    light: str
    dark: str


@dataclass(frozen=True)
class MeasuredPair:
    front: str
    back: str
    minimum: float
    light: float
    dark: float

    @property
    def passes(self) -> bool:
        return min(self.light, self.dark) >= self.minimum


def measured_pairs() -> list[MeasuredPair]:
    light, dark = tokens.palettes()["light"], tokens.palettes()["dark"]
    return [
        MeasuredPair(
            p.front,
            p.back,
            p.minimum,
            tokens.contrast(light[p.front], light[p.back]),
            tokens.contrast(dark[p.front], dark[p.back]),
        )
        for p in tokens.PAIRS
    ]


@require_safe
def style_guide(request: HttpRequest) -> HttpResponse:
    light, dark = tokens.palettes()["light"], tokens.palettes()["dark"]
    refused = SampleForm({"name": "", "who": "me", "place": "1"}, prefix="refus", auto_id="refus_%s")
    refused.is_valid()
    return render(
        request,
        "ui/style/guide.html",
        {
            "form": SampleForm(initial={"who": "me"}, auto_id="exemple_%s"),
            "refused": refused,
            "swatches": [Swatch(name, value, dark[name]) for name, value in light.items()],
            "pairs": measured_pairs(),
            "statuses": [(kind, look) for kind, look in STATUS_LOOKS.items()],
            "day": SAMPLE_DAY,
            "morning": time(9, 5),
            "afternoon": time(14, 30),
            "bar_rows": [("Nieul-le-Dolent", 14.0), ("Les Achards", 9.0), ("Talmont", 4.5)],
            "spark": [3, 4, 4, 6, 5, 8, 9],
            "page": Paginator(range(1, 58), 20).page(2),
        },
    )
