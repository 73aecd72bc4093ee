"""The steps of a booking in one call each, shared by the tests of its services."""

from __future__ import annotations

from releve.contexts.booking import services
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.models import OutboxMessage
from tests.factories.booking import NOW, make_contact, make_identity

PATIENT = Actor("patient")


def hold(world, hour=9, minute=0, category="first_visit", **kw):
    return services.place_hold(
        site_id=world.site.pk,
        reason_id=world.reasons[category].pk,
        starts_at=world.at(hour, minute),
        by=PATIENT,
        now=kw.pop("now", NOW),
        **kw,
    )


def fill(token, **kw):
    return services.save_hold_identity(
        token=token,
        identity=kw.pop("identity", make_identity()),
        contact=kw.pop("contact", make_contact()),
        booked_by="patient",
        by=PATIENT,
        now=NOW,
        **kw,
    )


def sent_code():
    return OutboxMessage.objects.filter(kind="booking-code").latest("pk").body[:6]


def confirm(world, **kw):
    placed = hold(world, **kw)
    fill(placed.token)
    services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    return services.confirm_hold(token=placed.token, code=sent_code(), by=PATIENT, now=NOW)


def book(world, hour=9, minute=0, category="first_visit", **kw):
    args = {"identity": make_identity(), "contact": make_contact(), "booked_by": "desk", **kw}
    return services.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons[category].pk,
        starts_at=world.at(hour, minute),
        by=SYSTEM,
        now=NOW,
        **args,
    ).appointment
