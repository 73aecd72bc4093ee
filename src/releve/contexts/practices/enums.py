"""Kinds of practices, sites, equipment."""

from django.db import models


class PracticeStatus(models.TextChoices):
    PREPARING = "preparing", "En préparation"
    OPEN = "open", "Ouvert"
    CLOSED = "closed", "Fermé"


class SiteKind(models.TextChoices):
    HEALTH_HOUSE = "health_house", "Maison de santé"
    PRACTICE = "existing_practice", "Cabinet médical"
    HOSPITAL = "hospital", "Hôpital"
    MUNICIPAL = "municipal", "Local municipal"
    FRANCE_SERVICES = "france_services", "Maison France Services"
    MOBILE_STOP = "mobile_stop", "Étape d’un cabinet mobile"


class EquipmentKind(models.TextChoices):
    EXAM_TABLE = "exam_table", "Table d’examen"
    COMPUTER = "computer", "Poste informatique"
    CARD_READER = "card_reader", "Lecteur de carte Vitale"
    PRINTER = "printer", "Imprimante"
    ECG = "ecg", "Électrocardiographe"
    DOPPLER = "doppler", "Doppler"
    DERMATOSCOPE = "dermatoscope", "Dermatoscope"
    ULTRASOUND = "ultrasound", "Échographe"
    SPIROMETER = "spirometer", "Spiromètre"
    TELEHEALTH = "telehealth", "Matériel de téléexpertise"
    DEFIBRILLATOR = "defibrillator", "Défibrillateur"
