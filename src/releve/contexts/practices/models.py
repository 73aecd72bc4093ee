"""Practices, the sites where they consult, rooms and closures."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from releve.contexts.territory.models import Commune

from .enums import EquipmentKind, PracticeStatus, SiteKind


class Practice(models.Model):
    """A temporary or collaborative practice: one team, one or more sites."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField("nom", max_length=120)
    status = models.CharField(max_length=12, choices=PracticeStatus, default=PracticeStatus.PREPARING)
    phone = models.CharField("téléphone du secrétariat", max_length=20, blank=True)
    email = models.EmailField("adresse mail", blank=True)
    presentation = models.TextField("présentation", blank=True)
    opened_on = models.DateField("ouvert depuis le", null=True, blank=True)
    planned_end_on = models.DateField("fin prévue le", null=True, blank=True)
    # What patients are told: the declared doctor is administrative, care is given by the team (thesis,
    # p. 30).
    care_team_notice = models.TextField("information sur l’équipe médicale traitante", blank=True)
    booking_horizon_days = models.PositiveSmallIntegerField("réservation ouverte sur (jours)", default=42)
    cancel_notice_hours = models.PositiveSmallIntegerField(
        "annulation en ligne jusqu’à (heures avant)", default=2
    )
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Optimistic lock of the settings forms: grows at every change; who and when are told to the second
    # writer.
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A place where a practice consults."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="sites")
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField("nom", max_length=120)
    kind = models.CharField("type de lieu", max_length=20, choices=SiteKind)
    address = models.CharField("adresse", max_length=200)
    postal_code = models.CharField("code postal", max_length=5)
    commune = models.ForeignKey(Commune, on_delete=models.PROTECT, related_name="+")
    lat = models.FloatField("latitude")
    lon = models.FloatField("longitude")
    time_zone = models.CharField("fuseau horaire", max_length=40, default="Europe/Paris")
    phone = models.CharField("téléphone", max_length=20, blank=True)
    finess = models.CharField("FINESS", max_length=9, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    directions = models.TextField("comment venir", blank=True)
    accessibility = models.TextField("accessibilité", blank=True)
    step_free = models.BooleanField("accès de plain-pied", default=False)
    secretariat = models.CharField("secrétariat", max_length=200, blank=True)
    lodging = models.CharField("hébergement des médecins", max_length=200, blank=True)
    software = models.CharField("logiciel médical", max_length=80, blank=True)
    closed_weekdays = models.JSONField("jours de fermeture", default=list)  # 0 = Monday
    planned_end_on = models.DateField("fin prévue le", null=True, blank=True)
    is_public = models.BooleanField("visible du public", default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Optimistic lock of the settings forms: grows at every change; who and when are told to the second
    # writer.
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["is_public", "lat", "lon"], name="site_public_point")]
        constraints = [
            models.CheckConstraint(
                condition=Q(lat__range=(-90, 90)) & Q(lon__range=(-180, 180)),
                name="site_point_valid",
                violation_error_message="Les coordonnées du lieu sont impossibles.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="rooms")
    name = models.CharField("nom", max_length=60)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name="room_name_once",
                violation_error_message="Ce lieu a déjà une salle de ce nom.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Equipment(models.Model):
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="equipment")
    kind = models.CharField("matériel", max_length=20, choices=EquipmentKind)
    note = models.CharField("précision", max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "kind"], name="equipment_once")]

    def __str__(self) -> str:
        return self.get_kind_display()


class SiteClosure(models.Model):
    """Days on which a site is closed beyond its weekly closed days."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="closures")
    first_day = models.DateField("du")
    last_day = models.DateField("au")
    reason = models.CharField("motif", max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="closure_days_ordered",
                violation_error_message="La fermeture se termine avant de commencer.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}"
