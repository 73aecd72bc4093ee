"""The dated shift: place, day, hours, kind, with or without a practitioner. Without one it is the
published need."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from releve.contexts.practices.models import Practice, Room, Site
from releve.contexts.practitioners.models import Practitioner

from .enums import AvailabilityState, HalfDay, ShiftKind, ShiftStatus


class ShiftTemplate(models.Model):
    """One line of a site's typical week; it only generates shifts, which then live alone."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="shift_templates")
    weekday = models.PositiveSmallIntegerField("jour")  # 0 = Monday
    starts = models.TimeField("début")
    ends = models.TimeField("fin")
    kind = models.CharField("type", max_length=16, choices=ShiftKind, default=ShiftKind.CONSULTATION)
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    every_weeks = models.PositiveSmallIntegerField("toutes les (semaines)", default=1)
    # The line's life. `first_day` also anchors the cadence: its week is the first of "every n weeks".
    first_day = models.DateField("à partir du", null=True, blank=True)
    last_day = models.DateField("jusqu’au", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="template_weekday"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="template_hours_ordered"),
        ]
        indexes = [models.Index(fields=["site", "weekday"], name="template_site_weekday")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.weekday} {self.starts}-{self.ends}"


class Shift(models.Model):
    """The central object. `day` is the site's local day; `starts_at`/`ends_at` are UTC instants.

    The database refuses two taken shifts of one practitioner, or two live shifts of one room, that overlap
    (migration `0002`: exclusion constraints on PostgreSQL, triggers on SQLite).
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="shifts")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="shifts")
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="shifts")
    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="shifts"
    )
    kind = models.CharField("type", max_length=16, choices=ShiftKind, default=ShiftKind.CONSULTATION)
    status = models.CharField("état", max_length=12, choices=ShiftStatus, default=ShiftStatus.OPEN)
    day = models.DateField("jour")
    half_day = models.CharField(max_length=12, choices=HalfDay)
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    # Patients may book (a confirmed shift can be kept for the desk alone).
    bookable = models.BooleanField("ouverte à la réservation", default=True)
    template = models.ForeignKey(
        ShiftTemplate, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField("remarque", max_length=200, blank=True)
    cancel_reason = models.CharField("motif d’annulation", max_length=200, blank=True)
    # Grows at every change: optimistic lock of edits and SEQUENCE of the calendar feed.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="shift_hours_ordered",
                violation_error_message="La vacation se termine avant de commencer.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "cancelled"]) | Q(practitioner__isnull=False),
                name="shift_taken_has_practitioner",
                violation_error_message="Une vacation prise doit avoir un praticien.",
            ),
            models.CheckConstraint(
                condition=~Q(status="open") | Q(practitioner__isnull=True),
                name="shift_open_has_no_practitioner",
                violation_error_message="Une vacation à pourvoir n’a pas encore de praticien.",
            ),
            # Whatever its state: a cancelled occurrence is not generated a second time. The condition makes
            # it a partial index, which SQLite adds without rebuilding the table (a rebuild would drop the
            # guards).
            models.UniqueConstraint(
                fields=["template", "day"],
                condition=Q(template__isnull=False),
                name="shift_template_day_once",
                violation_error_message="Cette vacation de la semaine type existe déjà ce jour-là.",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "day"], name="shift_site_day"),
            models.Index(fields=["practitioner", "starts_at"], name="shift_practitioner_start"),
            models.Index(fields=["room", "starts_at"], name="shift_room_start"),
            models.Index(fields=["practice", "day"], name="shift_practice_day"),
            models.Index(
                fields=["site", "starts_at"],
                name="shift_bookable",
                condition=Q(status="confirmed", bookable=True),
            ),
            models.Index(fields=["day", "site"], name="shift_open_needs", condition=Q(status="open")),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.half_day} site {self.site_id} ({self.status})"


class Availability(models.Model):
    """What a practitioner said of one half-day."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="availabilities")
    day = models.DateField()
    half_day = models.CharField(max_length=12, choices=[c for c in HalfDay.choices if c[0] != HalfDay.DAY])
    state = models.CharField(max_length=12, choices=AvailabilityState)
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "day", "half_day"], name="availability_once")
        ]
        indexes = [models.Index(fields=["day", "half_day"], name="availability_day")]

    def __str__(self) -> str:
        return f"{self.practitioner_id} {self.day} {self.half_day} {self.state}"


class CalendarFeed(models.Model):
    """A secret, revocable ICS address for a practitioner or a site. Only the token's digest is stored."""

    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.CASCADE, related_name="feeds"
    )
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="feeds")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)
    last_read_at = models.DateTimeField(null=True)
    # A shift left this practitioner then: nothing that remains in the feed tells it (Last-Modified).
    shift_left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, site__isnull=True)
                | Q(practitioner__isnull=True, site__isnull=False),
                name="feed_one_owner",
            )
        ]

    def __str__(self) -> str:
        return f"feed {self.pk}"
