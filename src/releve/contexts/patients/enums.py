"""Traits of patients."""

from django.db import models


class Sex(models.TextChoices):
    FEMALE = "female", "Féminin"
    MALE = "male", "Masculin"
    UNKNOWN = "unknown", "Non précisé"
