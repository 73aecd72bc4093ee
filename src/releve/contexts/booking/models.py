"""Reasons for a visit, holds, appointments, and the occupation of time that the database guards."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from releve.contexts.patients.models import Patient
from releve.contexts.practices.models import Practice, Room, Site
from releve.contexts.practitioners.models import Practitioner
from releve.contexts.rostering.enums import ShiftKind
from releve.contexts.rostering.models import Shift

from .enums import AppointmentStatus, BookableBy, BookedBy, PatientRule, ReasonCategory, ResourceKind


class VisitReason(models.Model):
    """A reason a patient may choose; durations, notice and instructions are the practice's own settings."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="visit_reasons")
    category = models.CharField("catégorie", max_length=16, choices=ReasonCategory)
    label = models.CharField("intitulé", max_length=80)
    duration_minutes = models.PositiveSmallIntegerField("durée (minutes)")
    shift_kinds = models.JSONField("types de vacation", default=list)  # values of ShiftKind
    patient_rule = models.CharField("pour qui", max_length=8, choices=PatientRule, default=PatientRule.ANY)
    bookable_by = models.CharField(
        "réservable par", max_length=8, choices=BookableBy, default=BookableBy.PUBLIC
    )
    min_notice_minutes = models.PositiveIntegerField("délai minimal (minutes)", default=60)
    max_notice_days = models.PositiveSmallIntegerField("au plus tôt (jours avant)", null=True, blank=True)
    max_age_years = models.PositiveSmallIntegerField("âge maximal", null=True, blank=True)
    instructions = models.TextField("consignes au patient", blank=True)
    position = models.PositiveSmallIntegerField("ordre", default=0)
    is_active = models.BooleanField("proposé", default=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "label"],
                name="reason_label_once",
                violation_error_message="Ce cabinet a déjà un motif de ce nom.",
            ),
            models.CheckConstraint(
                condition=Q(duration_minutes__range=(5, 240)),
                name="reason_duration",
                violation_error_message="La durée va de 5 à 240 minutes.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def fits_shift_kind(self, kind: str) -> bool:
        return kind in (self.shift_kinds or [ShiftKind.CONSULTATION])


class Hold(models.Model):
    """A short reservation of time while a patient types their name. Expires by itself.

    `draft` holds the identity being typed, erased with the hold. `code_sha256` is the confirmation code's digest.
    """

    token_sha256 = models.CharField(max_length=64, unique=True)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="holds")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="+")
    reason = models.ForeignKey(VisitReason, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    moves_appointment = models.ForeignKey(
        "Appointment", null=True, on_delete=models.CASCADE, related_name="+"
    )
    draft = models.JSONField(default=dict)
    code_sha256 = models.CharField(max_length=64, blank=True)
    code_sent_at = models.DateTimeField(null=True)
    code_attempts = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"hold {self.pk}"


class Appointment(models.Model):
    """A dated visit of one patient in one shift."""

    public_id = models.CharField(max_length=16, unique=True)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="appointments")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="appointments")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="appointments")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="appointments")
    room = models.ForeignKey(Room, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.ForeignKey(VisitReason, on_delete=models.PROTECT, related_name="appointments")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=AppointmentStatus, default=AppointmentStatus.BOOKED)
    # 0: normal time. 1, 2...: overbooked beside it, only with a reason.
    lane = models.PositiveSmallIntegerField(default=0)
    overbook_reason = models.CharField("motif du surbooking", max_length=200, blank=True)
    booked_by = models.CharField(max_length=10, choices=BookedBy)
    booked_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    contact_name = models.CharField("contact", max_length=120, blank=True)
    contact_phone = models.CharField(max_length=20, blank=True)
    contact_email = models.EmailField(blank=True)
    desk_note = models.CharField("note du secrétariat", max_length=200, blank=True)
    link_version = models.PositiveSmallIntegerField(default=1)
    sequence = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=10, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointment_hours_ordered"),
            models.CheckConstraint(
                condition=Q(lane=0) | ~Q(overbook_reason=""),
                name="appointment_overbook_has_reason",
                violation_error_message="Un surbooking doit avoir un motif.",
            ),
        ]
        indexes = [
            models.Index(fields=["shift", "starts_at"], name="appointment_shift"),
            models.Index(fields=["site", "starts_at"], name="appointment_site"),
            models.Index(fields=["patient", "starts_at"], name="appointment_patient"),
            models.Index(fields=["practitioner", "starts_at"], name="appointment_practitioner"),
        ]

    def __str__(self) -> str:
        return f"rendez-vous {self.public_id}"


class Occupation(models.Model):
    """Five minutes of one resource's time, taken by one hold or appointment.

    `tick` = minutes since 1970-01-01 UTC divided by 5. The unique constraint is what makes a double booking
    impossible on both databases; see docs/adr/0004.
    """

    resource_kind = models.PositiveSmallIntegerField(choices=ResourceKind)
    resource_id = models.BigIntegerField()
    lane = models.PositiveSmallIntegerField(default=0)
    tick = models.IntegerField()
    hold = models.ForeignKey(Hold, null=True, on_delete=models.CASCADE, related_name="occupations")
    appointment = models.ForeignKey(
        Appointment, null=True, on_delete=models.CASCADE, related_name="occupations"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource_kind", "resource_id", "lane", "tick"], name="occupation_once"
            ),
            models.CheckConstraint(
                condition=Q(hold__isnull=False, appointment__isnull=True)
                | Q(hold__isnull=True, appointment__isnull=False),
                name="occupation_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_kind}:{self.resource_id}@{self.tick}"


class IdempotencyRecord(models.Model):
    """The answer given to an API call that carried an Idempotency-Key, replayed when the key comes back."""

    scope = models.CharField(max_length=64)
    key_sha256 = models.CharField(max_length=64)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key_sha256"], name="idempotency_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key_sha256[:8]}"


class ApiClient(models.Model):
    """A partner's software allowed to book through the API for some practices (all when none is listed)."""

    name = models.CharField(max_length=120)
    token_sha256 = models.CharField(max_length=64, unique=True)
    practices = models.ManyToManyField(Practice, blank=True, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
