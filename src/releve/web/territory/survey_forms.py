"""Forms of the field survey: the public one, built from the questions of who answers, and the one that opens it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django import forms

from releve.contexts.diagnosis.survey_questions import MAX_COMMENT, questions_for
from releve.kernel.french import number

ELSEWHERE = "Une autre commune, ou je préfère ne pas le dire"


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AnswerForm(forms.Form):
    """Every question may be left out. `form_id` makes one sending unique; `website` is for robots only."""

    form_id = forms.CharField(widget=forms.HiddenInput, max_length=64)
    website = forms.CharField(
        required=False,
        label="Ne remplissez pas ce champ",
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, respondent: str, communes: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form_id"].initial = secrets.token_urlsafe(18)
        self.questions = questions_for(respondent)
        if communes:
            self.fields["commune"] = forms.ChoiceField(
                label="Dans quelle commune habitez-vous ou travaillez-vous\u00a0?",
                required=False,
                choices=[("", ELSEWHERE), *communes],
            )
        for question in self.questions:
            if question.multiple:
                self.fields[question.key] = forms.MultipleChoiceField(
                    label=question.label,
                    required=False,
                    choices=question.choices,
                    widget=forms.CheckboxSelectMultiple,
                    help_text="Plusieurs réponses possibles.",
                )
            else:
                self.fields[question.key] = forms.ChoiceField(
                    label=question.label,
                    required=False,
                    choices=question.choices,
                    widget=forms.RadioSelect,
                )
        self.fields["comment"] = forms.CharField(
            label="Un mot à ajouter\u00a0?",
            required=False,
            # Longer than what is kept: the refusal then says by how much, and nothing typed is lost.
            max_length=4 * MAX_COMMENT,
            widget=forms.Textarea(attrs={"rows": 4, "maxlength": MAX_COMMENT}),
            help_text=(
                f"{number(MAX_COMMENT)} caractères au plus. N’écrivez aucune information de santé et rien qui permette de "
                "reconnaître quelqu’un\u00a0: ni nom, ni téléphone. Une personne relit avant que ce mot soit montré."
            ),
        )

    def question_fields(self) -> list[forms.BoundField]:
        return [self[question.key] for question in self.questions]

    def answers(self) -> dict[str, list[str]]:
        """By question, the chosen keys."""
        found = {}
        for question in self.questions:
            given = self.cleaned_data.get(question.key)
            found[question.key] = given if isinstance(given, list) else [given] if given else []
        return found


class SurveyForm(forms.Form):
    title = forms.CharField(
        label="Titre",
        max_length=120,
        help_text="Ce que les gens lisent d’abord\u00a0: «\u00a0Votre accès aux soins à Nieul-le-Dolent\u00a0».",
    )
    introduction = forms.CharField(
        label="Introduction",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Pourquoi cette enquête, et à quoi elle servira. Deux ou trois phrases.",
    )
    opens_on = forms.DateField(label="Premier jour", widget=_day())
    closes_on = forms.DateField(
        label="Dernier jour", widget=_day(), help_text="Un mois suffit souvent\u00a0; un an au plus."
    )


class FilterForm(forms.Form):
    """Which answers to read: an unknown value is as good as none."""

    etat = forms.ChoiceField(
        label="État",
        required=False,
        choices=[
            ("pending", "À relire"),
            ("kept", "Gardées"),
            ("rejected", "Écartées"),
            ("toutes", "Toutes"),
        ],
    )
    qui = forms.ChoiceField(label="Qui a répondu", required=False)
    mots = forms.ChoiceField(
        label="Commentaire",
        required=False,
        choices=[("avec", "Avec un commentaire"), ("tous", "Avec ou sans")],
    )
