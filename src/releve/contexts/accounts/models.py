"""Users, the roles they hold and where, invitations."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from .enums import Role, ScopeKind


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in (staff and professionals). Patients have no account."""

    email = models.EmailField("adresse mail", unique=True)
    full_name = models.CharField("nom affiché", max_length=120)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    # Sessions opened before this instant are refused: « se déconnecter partout ».
    sessions_ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.full_name or self.email


class RoleAssignment(models.Model):
    """A role held by a user on a scope; `scope_ref` is a practice primary key or a territory code."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=16, choices=Role)
    scope_kind = models.CharField(max_length=16, choices=ScopeKind)
    scope_ref = models.CharField(max_length=16, blank=True)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "scope_kind", "scope_ref"], name="role_assignment_once"
            ),
            models.CheckConstraint(
                condition=Q(scope_kind="platform", scope_ref="")
                | (~Q(scope_kind="platform") & ~Q(scope_ref="")),
                name="role_assignment_scope_ref",
            ),
        ]
        indexes = [models.Index(fields=["scope_kind", "scope_ref"], name="role_assignment_scope")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.scope_kind}:{self.scope_ref}"


class Invitation(models.Model):
    """A mail link with which a person joins with a role; single use, expires."""

    email = models.EmailField()
    full_name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=16, choices=Role)
    scope_kind = models.CharField(max_length=16, choices=ScopeKind)
    scope_ref = models.CharField(max_length=16, blank=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invitation {self.pk}"
