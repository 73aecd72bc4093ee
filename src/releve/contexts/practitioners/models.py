"""Practitioners and the teams they belong to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from releve.contexts.practices.models import Practice
from releve.contexts.territory.models import Commune

from .enums import PractitionerStatus, Profession


class Practitioner(models.Model):
    """A professional who consults. One profile, many places."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="practitioner",
    )
    title = models.CharField("titre", max_length=10, blank=True, default="Dr")
    family_name = models.CharField("nom", max_length=80)
    given_name = models.CharField("prénom", max_length=80)
    rpps = models.CharField("numéro RPPS", max_length=11, null=True, blank=True, unique=True)
    profession = models.CharField("profession", max_length=20, choices=Profession, default=Profession.DOCTOR)
    specialty = models.CharField("spécialité", max_length=80, blank=True, default="Médecine générale")
    status = models.CharField("statut", max_length=20, choices=PractitionerStatus)
    licence_ends_on = models.DateField("fin de licence", null=True, blank=True)
    home_commune = models.ForeignKey(
        Commune,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="commune de résidence",
    )
    rhythm_minutes = models.PositiveSmallIntegerField(
        "rythme préféré", default=15, choices=[(15, "15 min"), (20, "20 min"), (30, "30 min")]
    )
    name_is_public = models.BooleanField("nom affiché aux patients", default=True)
    email = models.EmailField("adresse mail", blank=True)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rhythm_minutes__in=[15, 20, 30]),
                name="practitioner_rhythm",
                violation_error_message="Le rythme est de 15, 20 ou 30 minutes.",
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """Name for colleagues: `Dr Claire Martin`."""
        return " ".join(part for part in (self.title, self.given_name, self.family_name) if part)

    @property
    def public_name(self) -> str:
        """Name for patients: the profession alone when the person keeps the name private."""
        return self.display_name if self.name_is_public else self.get_profession_display()


class TeamMember(models.Model):
    """A practitioner may consult for a practice between two dates."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="team")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="memberships")
    since = models.DateField("depuis le")
    until = models.DateField("jusqu’au", null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "practitioner"], name="team_member_once")]

    def __str__(self) -> str:
        return f"{self.practice_id}:{self.practitioner_id}"
