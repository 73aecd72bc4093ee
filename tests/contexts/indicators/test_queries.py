"""Figures read from real rows."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from releve.contexts.booking import services as booking
from releve.contexts.booking.models import Appointment, VisitReason
from releve.contexts.indicators import queries
from releve.kernel.audit import SYSTEM
from releve.kernel.clock import local_instant
from tests.factories.patients import make_contact, make_patient
from tests.factories.practices import NOW, make_practice, make_site
from tests.factories.practitioners import make_practitioner
from tests.factories.rostering import DAY, make_shift, make_template_line

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
BEFORE = datetime(2026, 2, 1, tzinfo=UTC)


def test_coverage_per_site_and_week_in_three_statements(django_assert_num_queries):
    site, other = make_site(), make_site()
    make_shift(site, practitioner=make_practitioner(practice=site.practice))
    make_shift(site, day=date(2026, 3, 5), starts=time(9), ends=time(17))
    make_template_line(other)
    make_shift(other, day=date(2026, 2, 25), now=BEFORE)
    make_shift(other, day=date(2026, 3, 18))
    with django_assert_num_queries(3):
        found = queries.weekly_coverage([site.pk, other.pk], first_monday=MONDAY, weeks=2)
    assert (found[site.pk][0].covered, found[site.pk][0].wished) == (1, 3)
    assert found[site.pk][1].wished == 0
    assert [week.level for week in found[other.pk]] == ["empty", "empty"]


def test_the_typical_week_counts_only_while_the_calendar_is_kept():
    site, never_generated = make_site(), make_site()
    make_template_line(site)
    make_template_line(never_generated)
    make_shift(site, day=date(2026, 3, 10))
    make_shift(site, day=date(2026, 3, 24))
    found = queries.weekly_coverage([site.pk, never_generated.pk], first_monday=MONDAY, weeks=5)
    assert [week.level for week in found[site.pk]] == ["none", "empty", "empty", "empty", "none"]
    assert {week.level for week in found[never_generated.pk]} == {"none"}


def test_nothing_is_wished_before_the_opening_nor_after_the_planned_end():
    practice = make_practice(opened_on=date(2026, 3, 9))
    site = make_site(practice=practice)
    make_template_line(site)
    make_shift(site, day=date(2026, 2, 10), now=BEFORE)
    make_shift(site, day=date(2026, 4, 10))
    practice.planned_end_on = date(2026, 3, 20)
    practice.save(update_fields=["planned_end_on"])
    found = queries.weekly_coverage([site.pk], first_monday=MONDAY, weeks=4)[site.pk]
    assert [week.level for week in found] == ["none", "empty", "empty", "none"]


def test_nurse_shift_is_not_a_doctor_day():
    site = make_site()
    make_shift(site, kind="nurse")
    week = queries.weekly_coverage([site.pk], first_monday=MONDAY, weeks=1)[site.pk][0]
    assert week.wished == 0


def _visit(site, doctor, reason, hour):
    return booking.book_appointment(
        site_id=site.pk,
        reason_id=reason.pk,
        practitioner_id=doctor.pk,
        starts_at=local_instant(DAY, time(hour), site.time_zone),
        patient_id=make_patient(site.practice).pk,
        contact=make_contact(),
        booked_by="desk",
        by=SYSTEM,
        now=NOW,
    ).appointment


def test_fill_and_no_show(django_assert_num_queries):
    site = make_site()
    doctor = make_practitioner(practice=site.practice)
    make_shift(site, practitioner=doctor)
    booking.create_default_reasons(practice_id=site.practice_id, by=SYSTEM, now=NOW)
    reason = VisitReason.objects.filter(practice=site.practice, category="follow_up").first()
    seen, absent = _visit(site, doctor, reason, 9), _visit(site, doctor, reason, 10)
    Appointment.objects.filter(pk=seen.pk).update(status="fulfilled")
    Appointment.objects.filter(pk=absent.pk).update(status="noshow")
    start = datetime(2026, 3, 4, tzinfo=UTC)
    with django_assert_num_queries(3):
        found = queries.activity([site.pk], starts=start, ends=start + timedelta(days=1))
    assert found.open_minutes == 180
    assert found.booked_minutes == 2 * reason.duration_minutes
    assert found.no_show_rate == 0.5
    assert found.fill_rate == pytest.approx(2 * reason.duration_minutes / 180)


def test_nothing_is_unknown_not_zero():
    found = queries.activity([make_site().pk], starts=NOW, ends=NOW + timedelta(days=1))
    assert (found.fill_rate, found.no_show_rate) == (None, None)
