"""What people add to the official figures: saved perimeters, local knowledge, scenarios, surveys, dated settings."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from releve.contexts.practices.models import Practice
from releve.contexts.territory.models import Commune

from .enums import KnowledgeKind, PerimeterKind, RespondentKind, SurveyStatus, TerritoryKind


class Perimeter(models.Model):
    """A named group of communes: a CPTS, a canton, an agreement between towns. Its code is `p-<slug>`."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField("nom", max_length=120)
    kind = models.CharField("type", max_length=8, choices=PerimeterKind, default=PerimeterKind.LIST)
    communes = models.ManyToManyField(Commune, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class LocalKnowledge(models.Model):
    """A dated fact that somebody of the place knows before the statistics do. Names nobody.

    It never replaces a published figure silently: scenarios and diagnoses show it beside, with its author's
    source. `doctors` are added (or leave, kind `doctor_leaves`); `weekly_days` may be negative.
    """

    commune = models.ForeignKey(Commune, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("fait", max_length=16, choices=KnowledgeKind)
    doctors = models.FloatField("nombre de médecins", null=True, blank=True)
    weekly_days = models.FloatField("jours par semaine", null=True, blank=True)
    starts_on = models.DateField("à partir du")
    ends_on = models.DateField("jusqu’au", null=True, blank=True)
    note = models.CharField("précision", max_length=300, blank=True)
    origin = models.CharField("source", max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["commune", "starts_on"], name="knowledge_commune")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="knowledge_days_ordered",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(doctors__isnull=True) | Q(doctors__gt=0),
                name="knowledge_doctors_positive",
                violation_error_message="Le nombre de médecins doit être supérieur à zéro.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commune_id} {self.kind} {self.starts_on}"


class Scenario(models.Model):
    """A named « what if »: what is opened, closed, who leaves, and the figures that followed.

    `content` is the list of changes as `scenarios.py` reads them; `result` the figures computed when it was
    saved, with the vintages in `vintages`: a saved scenario does not change when data do, it is recomputed on
    demand. Reached by its unguessable `token`; changed only by its owner, or by who holds the edit secret.
    """

    token = models.CharField(max_length=32, unique=True)
    edit_digest = models.CharField(max_length=64)
    name = models.CharField("nom", max_length=120)
    territory_kind = models.CharField(max_length=12, choices=TerritoryKind)
    territory_code = models.CharField(max_length=400)
    content = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    vintages = models.JSONField(default=dict)
    practice = models.ForeignKey(Practice, null=True, on_delete=models.SET_NULL, related_name="scenarios")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["owner", "-updated_at"], name="scenario_owner")]

    def __str__(self) -> str:
        return self.name


class Survey(models.Model):
    """A field survey of a territory: a public form, open between two days, reached by its address."""

    token = models.CharField(max_length=32, unique=True)
    territory_kind = models.CharField(max_length=12, choices=TerritoryKind)
    territory_code = models.CharField(max_length=400)
    title = models.CharField("titre", max_length=120)
    introduction = models.TextField("introduction", max_length=1000, blank=True)
    opens_on = models.DateField("ouverte du")
    closes_on = models.DateField("au")
    practice = models.ForeignKey(Practice, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")),
                name="survey_days_ordered",
                violation_error_message="L’enquête se ferme avant de s’ouvrir.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SurveyResponse(models.Model):
    """One anonymous answer: no name, no address kept. Words are shown only once kept by a moderator."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses")
    respondent = models.CharField("vous êtes", max_length=12, choices=RespondentKind)
    commune = models.ForeignKey(Commune, null=True, on_delete=models.SET_NULL, related_name="+")
    answers = models.JSONField(default=dict)
    comment = models.TextField("commentaire", max_length=1000, blank=True)
    status = models.CharField(max_length=8, choices=SurveyStatus, default=SurveyStatus.PENDING)
    # One sending of the form is one answer, however often its button is pressed.
    form_digest = models.CharField(max_length=64, unique=True)
    received_on = models.DateField()
    moderated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    moderated_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["survey", "status"], name="response_survey_status")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.respondent} {self.status}"


class Parameter(models.Model):
    """A dated figure that law, a study or a choice may change (threshold of access, visits a day, weights).

    The values in force by default are in `parameters.py`; a row here is used from `starts_on` on.
    """

    key = models.CharField(max_length=40)
    value = models.FloatField()
    starts_on = models.DateField()
    origin = models.CharField(max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "starts_on"], name="parameter_once_a_day")]

    def __str__(self) -> str:
        return f"{self.key} {self.starts_on}: {self.value}"
