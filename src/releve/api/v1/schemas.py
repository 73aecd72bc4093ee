"""Shapes of the JSON API. Unknown fields are refused, so that a typing error never goes unnoticed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

# Keys of rows, as both databases count them.
MAX_KEY = 2**63 - 1


def _refuse_nul(text: str) -> str:
    """PostgreSQL stores every character but this one."""
    if "\x00" in text:
        raise PydanticCustomError("nul_character", "NUL character")
    return text


Text = Annotated[str, AfterValidator(_refuse_nul)]


class StrictSchema(Schema):
    model_config = ConfigDict(extra="forbid", str_max_length=400)


class CommuneOut(Schema):
    code: str
    name: str
    postal_codes: list[str]
    departement_code: str | None
    departement_name: str | None
    epci_name: str | None
    population: int | None
    lat: float | None
    lon: float | None


class CommunesOut(Schema):
    query: str
    communes: list[CommuneOut]


class ReasonOut(Schema):
    id: int
    label: str
    category: str
    duration_minutes: int
    patient_rule: str
    bookable_by: str
    instructions: str


class SiteOut(Schema):
    slug: str
    name: str
    practice: str
    kind: str
    address: str
    postal_code: str
    commune_code: str
    commune: str
    lat: float
    lon: float
    time_zone: str
    phone: str


class SlotOut(Schema):
    site: str
    reason: int
    practitioner: int
    starts_at: datetime
    ends_at: datetime
    adjacent: bool


class SiteTimesOut(SiteOut):
    distance_km: float
    reason: int | None
    next_slots: list[SlotOut]


class SitesOut(Schema):
    commune: str
    sites: list[SiteTimesOut]


class SiteDetailOut(SiteOut):
    reasons: list[ReasonOut]
    care_team_notice: str
    accessibility: str
    directions: str


class SlotsOut(Schema):
    site: str
    reason: int
    slots: list[SlotOut]


class SlotIn(StrictSchema):
    """A time of a place, as `GET /slots` gives it; any practitioner of the place unless one is named."""

    site: Text = Field(max_length=80)
    reason: int = Field(ge=1, le=MAX_KEY)
    starts_at: datetime
    practitioner: int | None = Field(None, ge=1, le=MAX_KEY)


class HoldIn(SlotIn):
    """The time to hold."""


class HoldOut(Schema):
    hold: str
    site: str
    reason: int
    practitioner: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime


class PatientIn(StrictSchema):
    family_name: Text = Field(min_length=1, max_length=80)
    given_name: Text = Field(min_length=1, max_length=80)
    birth_date: date
    sex: Literal["female", "male", "unknown"] = "unknown"
    used_name: Text = Field("", max_length=80)


class ContactIn(StrictSchema):
    phone: Text = Field("", max_length=40)
    email: Text = Field("", max_length=254)
    name: Text = Field(
        "", max_length=120, description="A relative or carer who answers in the patient's place."
    )


class AppointmentIn(StrictSchema):
    """`hold` or `slot`, one of the two; `slot` is for a partner's key only."""

    hold: str | None = Field(None, max_length=64)
    slot: SlotIn | None = None
    patient: PatientIn
    contact: ContactIn


class CodeIn(StrictSchema):
    code: str = Field(max_length=12)


class AppointmentOut(Schema):
    id: str
    status: str
    site: str
    reason: str
    practitioner: str
    starts_at: datetime
    ends_at: datetime
    instructions: str
    care_team_notice: str
    manage_token: str
    manage_url: str


class CodeSentOut(Schema):
    status: Literal["code-sent"]
    channel: str
    hold: str
    expires_at: datetime


class ProblemOut(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    reasons: list[dict[str, str]] = []
    alternatives: list[SlotOut] = []
