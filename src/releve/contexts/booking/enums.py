"""States of appointments, who books, who may book."""

from django.db import models


class ReasonCategory(models.TextChoices):
    FIRST_VISIT = "first_visit", "Première consultation"
    FOLLOW_UP = "follow_up", "Consultation de suivi"
    CHILD = "child", "Consultation d’un enfant"
    URGENT = "urgent", "Urgence du jour"
    NURSE = "nurse", "Consultation infirmière ASALÉE"
    OTHER = "other", "Autre"


class PatientRule(models.TextChoices):
    ANY = "any", "Tous les patients"
    NEW = "new", "Nouveaux patients"
    KNOWN = "known", "Patients déjà venus"


class BookableBy(models.TextChoices):
    PUBLIC = "public", "Patients, partenaires et secrétariat"
    PARTNER = "partner", "Partenaires et secrétariat"
    DESK = "desk", "Secrétariat seulement"


class AppointmentStatus(models.TextChoices):
    BOOKED = "booked", "Prévu"
    ARRIVED = "arrived", "En attente"
    IN_PROGRESS = "in_progress", "Avec le médecin"
    FULFILLED = "fulfilled", "Vu"
    NOSHOW = "noshow", "Absent"
    LEFT = "left", "Parti sans être vu"
    CANCELLED = "cancelled", "Annulé"


class BookedBy(models.TextChoices):
    PATIENT = "patient", "Le patient"
    RELATIVE = "relative", "Un proche"
    PARTNER = "partner", "Un partenaire"
    DESK = "desk", "Le secrétariat"
    API = "api", "Un service relié"


class ResourceKind(models.IntegerChoices):
    PRACTITIONER = 1, "Praticien"
    ROOM = 2, "Salle"
    PATIENT = 3, "Patient"
