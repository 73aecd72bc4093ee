"""Patients of a practice: the minimum to book and to call back. Never health data."""

from __future__ import annotations

from django.db import models

from releve.contexts.practices.models import Practice


class Sex(models.TextChoices):
    FEMALE = "female", "Féminin"
    MALE = "male", "Masculin"
    UNKNOWN = "unknown", "Non précisé"


class Patient(models.Model):
    """A patient as one practice knows them. `search_name`: normalised family and given names, for the desk."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="patients")
    family_name = models.CharField("nom de naissance", max_length=80)
    used_name = models.CharField("nom utilisé", max_length=80, blank=True)
    given_name = models.CharField("prénom", max_length=80)
    birth_date = models.DateField("date de naissance", null=True)
    sex = models.CharField("sexe", max_length=8, choices=Sex, default=Sex.UNKNOWN)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    email = models.EmailField("adresse mail", blank=True)
    search_name = models.CharField(max_length=250)
    # A patient is "known" once seen here: decides first visit or follow-up.
    first_seen_on = models.DateField(null=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["practice", "search_name"], name="patient_practice_name"),
            models.Index(fields=["practice", "birth_date"], name="patient_practice_birth"),
        ]

    def __str__(self) -> str:
        return f"patient {self.pk}"

    @property
    def display_name(self) -> str:
        """`MARTIN Claire` (used name first when there is one)."""
        return f"{(self.used_name or self.family_name).upper()} {self.given_name}"
