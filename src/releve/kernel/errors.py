"""Domain errors: what services raise, what delivery turns into a page or a problem document.

Every error has a stable `code` (for programs) and a French `message` (for people: what happened,
what was kept, what to do). `reasons` lists the separate causes of a refusal, each readable alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Reason:
    """One readable cause of a refusal."""

    code: str
    message: str


class DomainError(Exception):
    """Base of every refusal of the domain. `status` is the HTTP status that delivery gives it."""

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        reasons: list[Reason] | None = None,
        field: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.reasons = reasons or []
        self.field = field
        self.details = details or {}


class Invalid(DomainError):
    """The input cannot be understood or breaks a rule; `field` names the faulty input."""

    status = 422
    default_code = "invalid"


class NotFound(DomainError):
    """The object does not exist, or the caller may not know that it does."""

    status = 404
    default_code = "not-found"


class Forbidden(DomainError):
    """The caller is known and may see the object, but may not do this."""

    status = 403
    default_code = "forbidden"


class Conflict(DomainError):
    """Somebody else was faster, or the object changed since it was read."""

    status = 409
    default_code = "conflict"


class Gone(DomainError):
    """A link, hold or code that has expired or was already used."""

    status = 410
    default_code = "gone"


class Throttled(DomainError):
    """Too many attempts; `details["retry_after"]` in seconds."""

    status = 429
    default_code = "throttled"


class Unavailable(DomainError):
    """An outside system or optional data is missing; says which."""

    status = 503
    default_code = "unavailable"
