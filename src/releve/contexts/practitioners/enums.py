"""Professions and statuses of practitioners."""

from django.db import models


class Profession(models.TextChoices):
    DOCTOR = "doctor", "Médecin"
    NURSE = "nurse", "Infirmière ou infirmier"
    ASALEE_NURSE = "asalee_nurse", "Infirmière ou infirmier ASALÉE"
    MIDWIFE = "midwife", "Sage-femme"
    PHARMACIST = "pharmacist", "Pharmacienne ou pharmacien"
    SPEECH_THERAPIST = "speech_therapist", "Orthophoniste"
    PHYSIOTHERAPIST = "physiotherapist", "Kinésithérapeute"
    OTHER = "other", "Autre profession de santé"


class PractitionerStatus(models.TextChoices):
    TITULAIRE = "titulaire", "Titulaire"
    REPLACEMENT = "replacement", "Médecin remplaçant"
    VOLUNTEER = "volunteer", "Volontaire"
    RETIRED = "retired", "Retraité actif"
    SASPAS_INTERN = "saspas_intern", "Interne SASPAS"
    ASSISTANT_DOCTOR = "assistant_doctor", "Médecin adjoint"
    EMPLOYEE = "employee", "Salarié"
