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


class Capability(models.TextChoices):
    """What a role lets a person do. Delivery and access functions ask for a capability, never for a role."""

    DESK_VIEW = "desk_view", "Voir la journée du cabinet"
    DESK_MANAGE = "desk_manage", "Tenir l’accueil et les rendez-vous"
    PATIENTS_READ = "patients_read", "Lire les fiches des patients"
    ROSTER_VIEW = "roster_view", "Voir le calendrier des vacations"
    ROSTER_MANAGE = "roster_manage", "Modifier le calendrier des vacations"
    PRACTICE_SETTINGS = "practice_settings", "Régler le cabinet"
    PRACTICE_CREATE = "practice_create", "Créer un cabinet"
    REFER_PATIENTS = "refer_patients", "Prendre rendez-vous pour un patient"
    TERRITORY_VIEW = "territory_view", "Voir le territoire"
    USERS_MANAGE = "users_manage", "Gérer les accès"
    MESSAGES_VIEW = "messages_view", "Voir les messages envoyés"
