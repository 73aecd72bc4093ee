"""Kinds and states of shifts and availabilities."""

from django.db import models


class ShiftKind(models.TextChoices):
    CONSULTATION = "consultation", "Consultation"
    INTERN = "intern", "Interne SASPAS"
    NURSE = "nurse", "Infirmière ASALÉE"


class ShiftStatus(models.TextChoices):
    OPEN = "open", "À pourvoir"
    PROPOSED = "proposed", "Proposée"
    CONFIRMED = "confirmed", "Confirmée"
    HELD = "held", "Tenue"
    CANCELLED = "cancelled", "Annulée"


# States in which the practitioner's time is taken.
TAKEN_STATUSES = (ShiftStatus.PROPOSED, ShiftStatus.CONFIRMED, ShiftStatus.HELD)


class HalfDay(models.TextChoices):
    MORNING = "morning", "Matin"
    AFTERNOON = "afternoon", "Après-midi"
    DAY = "day", "Journée"


class AvailabilityState(models.TextChoices):
    AVAILABLE = "available", "Disponible"
    IF_NEEDED = "if_needed", "Si besoin"
    UNAVAILABLE = "unavailable", "Indisponible"
