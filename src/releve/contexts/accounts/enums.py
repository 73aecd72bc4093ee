"""Roles and the kinds of scope they are given on."""

from django.db import models


class Role(models.TextChoices):
    SECRETARY = "secretary", "Secrétaire médicale"
    PRACTITIONER = "practitioner", "Médecin"
    PARAMEDICAL = "paramedical", "Professionnel paramédical"
    PROJECT_LEAD = "project_lead", "Porteur de projet"
    COORDINATOR = "coordinator", "Coordination territoriale"
    ADMINISTRATOR = "administrator", "Administration de la plateforme"


class ScopeKind(models.TextChoices):
    PLATFORM = "platform", "Toute la plateforme"
    PRACTICE = "practice", "Un cabinet"
    EPCI = "epci", "Une intercommunalité"
    DEPARTEMENT = "departement", "Un département"
    REGION = "region", "Une région"
