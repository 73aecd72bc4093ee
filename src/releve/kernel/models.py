"""Tables every context may write through the kernel's own functions: journal, outbox, runs."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """One line of the access and change journal (CNIL 2020-081). Holds identifiers, never health data."""

    at = models.DateTimeField(db_index=True)
    actor_kind = models.CharField(max_length=16)  # user | patient | partner | api | system
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=48)
    target_kind = models.CharField(max_length=32)
    target_id = models.BigIntegerField(null=True)
    practice_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["target_kind", "target_id"], name="audit_target"),
            models.Index(fields=["practice_id", "at"], name="audit_practice_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.target_kind}:{self.target_id}"


class OutboxMessage(models.Model):
    """A mail or SMS written in the transaction of the event it tells, sent later by the worker.

    Never sent after `useful_until`; recipient and texts are erased some days later (outbox.purge_messages).
    `claimed_at` is when a worker took it and is also that claim's mark; `cost_thousandths` is in thousandths
    of a euro, because cents are too coarse for one part of an SMS.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", "Courriel"
        SMS = "sms", "SMS"

    class Status(models.TextChoices):
        PENDING = "pending", "À envoyer"
        SENDING = "sending", "En cours"
        SENT = "sent", "Envoyé"
        FAILED = "failed", "Échec"
        EXPIRED = "expired", "Trop tard, non envoyé"
        CANCELLED = "cancelled", "Annulé"

    channel = models.CharField(max_length=8, choices=Channel)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    html = models.TextField(blank=True)
    kind = models.CharField(max_length=48)
    dedupe_key = models.CharField(max_length=120, null=True, unique=True)
    target_kind = models.CharField(max_length=32, blank=True)
    target_id = models.BigIntegerField(null=True)
    practice_id = models.BigIntegerField(null=True, db_index=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    created_at = models.DateTimeField()
    send_after = models.DateTimeField()
    useful_until = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    sms_parts = models.PositiveSmallIntegerField(default=0)
    cost_thousandths = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            # Not partial on status: SQLite cannot use a partial index when the status is a bound parameter.
            models.Index(fields=["status", "send_after"], name="outbox_due"),
            models.Index(fields=["erased_at", "useful_until"], name="outbox_erase"),
            models.Index(fields=["target_kind", "target_id"], name="outbox_target"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.kind} {self.status}"


class Run(models.Model):
    """One execution of an engine or long import: reproducible and comparable."""

    kind = models.CharField(max_length=48, db_index=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=12, default="running")
    code_version = models.CharField(max_length=40)
    seed = models.BigIntegerField(null=True)
    inputs_sha256 = models.CharField(max_length=64, blank=True)
    parameters = models.JSONField(default=dict)
    vintages = models.JSONField(default=dict)
    result = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M}"


class WorkerBeat(models.Model):
    """Last sign of life of each background worker, read by /healthz and `releve doctor`."""

    name = models.CharField(max_length=64, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
