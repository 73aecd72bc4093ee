"""Closed lists of the diagnosis context."""

from django.db import models


class TerritoryKind(models.TextChoices):
    """What a territory code names; see `territories.py` for how they are written."""

    COMMUNE = "commune", "Commune"
    EPCI = "epci", "Intercommunalité"
    DEPARTEMENT = "departement", "Département"
    LIST = "list", "Liste de communes"
    PERIMETER = "perimeter", "Périmètre enregistré"


class PerimeterKind(models.TextChoices):
    CPTS = "cpts", "CPTS"
    LIST = "list", "Groupe de communes"


class Nature(models.TextChoices):
    """How a figure was obtained: said beside every figure."""

    PUBLISHED = "published", "Publié"
    ESTIMATED = "estimated", "Estimé"
    MODELLED = "modelled", "Modélisé"
    LOCAL = "local", "Connaissance locale"


class KnowledgeKind(models.TextChoices):
    DOCTOR_LEAVES = "doctor_leaves", "Départ de médecins"
    DOCTOR_ARRIVES = "doctor_arrives", "Arrivée de médecins"
    WEEKLY_DAYS = "weekly_days", "Jours de consultation ajoutés ou retirés"
    NOTE = "note", "Information sans chiffre"


class RespondentKind(models.TextChoices):
    INHABITANT = "inhabitant", "Habitant ou habitante"
    PHARMACIST = "pharmacist", "Pharmacien ou pharmacienne"
    NURSE = "nurse", "Infirmier ou infirmière"
    DOCTOR = "doctor", "Médecin"
    OTHER_CARE = "other_care", "Autre professionnel de santé"
    ELECTED = "elected", "Élu ou élue, agent de la collectivité"


class SurveyStatus(models.TextChoices):
    """Where an answer to a survey stands: rejected ones do not count, only the words of kept ones are shown."""

    PENDING = "pending", "À relire"
    KEPT = "kept", "Gardée"
    REJECTED = "rejected", "Écartée"
