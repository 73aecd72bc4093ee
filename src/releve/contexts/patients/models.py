"""Patients of a practice: the minimum to book and to call back. Never health data."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from releve.contexts.practices.models import Practice

from .enums import Sex


class Patient(models.Model):
    """A patient as one practice knows them.

    `search_name`: birth name then given name, normalised (`rules.identity_key`); with the birth date it
    tells who
    somebody is, and the database refuses the same person twice. `search_used`: the used name, normalised.
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="patients")
    family_name = models.CharField("nom de naissance", max_length=80)
    used_name = models.CharField("nom utilisé", max_length=80, blank=True)
    given_name = models.CharField("prénom", max_length=80)
    birth_date = models.DateField("date de naissance", null=True)
    sex = models.CharField("sexe", max_length=8, choices=Sex, default=Sex.UNKNOWN)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    email = models.EmailField("adresse mail", blank=True)
    search_name = models.CharField(max_length=250)
    search_used = models.CharField(max_length=120, blank=True, default="")
    # A patient is "known" once seen here: decides first visit or follow-up.
    first_seen_on = models.DateField(null=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["practice", "birth_date"], name="patient_practice_birth"),
            models.Index(fields=["practice", "phone"], name="patient_practice_phone", condition=~Q(phone="")),
            models.Index(
                fields=["practice", "search_used"], name="patient_practice_used", condition=~Q(search_used="")
            ),
        ]
        constraints = [
            # Also the index of the desk's search by name.
            models.UniqueConstraint(
                fields=["practice", "search_name", "birth_date"],
                name="patient_once",
                violation_error_message="Ce patient existe déjà dans ce cabinet.",
            ),
            # Unknown birth date (booked by phone): NULLs are distinct above, so the phone tells people apart.
            models.UniqueConstraint(
                fields=["practice", "search_name", "phone"],
                name="patient_once_undated",
                condition=Q(birth_date__isnull=True),
                violation_error_message="Ce patient existe déjà dans ce cabinet.",
            ),
        ]

    def __str__(self) -> str:
        return f"patient {self.pk}"

    @property
    def display_name(self) -> str:
        """`MARTIN Claire` (used name first when there is one)."""
        return f"{(self.used_name or self.family_name).upper()} {self.given_name}"
