"""The demonstration: complete, alive, the same for the same seed and day, and never mixed with real practices."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db.models import Q

from releve.contexts.booking import queries
from releve.contexts.booking.models import Appointment, Occupation
from releve.contexts.patients.models import Patient
from releve.contexts.practices.models import Practice, Site
from releve.contexts.rostering.models import Shift
from releve.kernel.errors import Unavailable
from releve.workflows import demo, demo_data
from tests.factories.booking import make_commune, make_world

SUNDAY = datetime(2026, 3, 8, 10, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def communes():
    homes = {p.home for place in demo_data.PLACES for p in place.people} | {
        p.commune for p in demo_data.PLACES
    }
    for code in homes:
        make_commune(
            code, name=f"Commune {code}", search_name=f"commune {code}", postal_codes=f"{code[:2]}000"
        )


def fingerprint():
    """What a visitor sees, without database keys."""
    shifts = Shift.objects.order_by("starts_at", "site__slug", "room__name")
    visits = Appointment.objects.order_by("starts_at", "site__slug", "practitioner__family_name", "pk")
    return (
        list(shifts.values_list("site__slug", "starts_at", "status", "practitioner__family_name")),
        list(visits.values_list("starts_at", "status", "patient__search_name", "reason__label")),
    )


def test_same_seed_same_day_same_data(communes):
    real = make_world("vrai")
    few = demo_data.PLACES[2:4]
    demo.build_demo(seed=1, now=SUNDAY, places=few)
    first = fingerprint()
    demo.build_demo(seed=1, now=SUNDAY, places=few)
    assert fingerprint() == first
    demo.build_demo(seed=2, now=SUNDAY, places=few)
    assert fingerprint() != first
    assert Practice.objects.filter(pk=real.practice.pk, is_demo=False).exists()


def test_the_whole_demonstration(communes):
    demo.build_demo(seed=1, now=SUNDAY)
    assert Practice.objects.filter(is_demo=True).count() == len(demo_data.PLACES)
    # Every live visit holds its time, and nothing else does.
    live = Appointment.objects.exclude(status="cancelled")
    assert set(Occupation.objects.values_list("appointment_id", flat=True)) == set(
        live.values_list("pk", flat=True)
    )
    # Nobody real: plant names, numbers kept for fiction.
    assert not Patient.objects.filter(~Q(family_name__in=demo_data.PLANT_NAMES)).exists()
    assert not Patient.objects.exclude(phone="").exclude(phone__startswith="+3363998").exists()
    # A Sunday is alive too.
    nieul = Site.objects.get(slug="cabinet-collaboratif-de-nieul")
    board = queries.day_board(site_id=nieul.pk, day=SUNDAY.date(), now=SUNDAY)
    assert board.counts.get("booked", 0) >= 4
    # Needs are left open, and Mazingarbe is closed on Thursdays.
    assert Shift.objects.filter(site__commune_id="55502", status="open", day__gt=SUNDAY.date()).exists()
    assert not Shift.objects.filter(site__commune_id="62563", day__week_day=5).exists()
    assert {i["email"].split("@")[1] for i in demo.demo_identities()} == {demo_data.MAIL_DOMAIN}


def test_without_communes_it_says_what_to_do():
    with pytest.raises(Unavailable) as refusal:
        demo.build_demo(seed=1, now=SUNDAY)
    assert "releve data import" in refusal.value.message
    assert not Practice.objects.exists()
