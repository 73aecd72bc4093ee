"""The `releve` command: one French line instead of a traceback, stable exit codes."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError

from releve.cli import main as cli_main
from releve.contexts.booking import services
from releve.contexts.booking.models import Occupation
from releve.kernel import clock
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, Reason
from tests.factories.booking import make_contact, make_identity, make_world


def _run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        cli_main.main(list(arguments))
    captured = capsys.readouterr()
    return stopped.value.code, captured.out, captured.err


def test_help_lists_every_command(capsys):
    code, out, _ = _run(capsys, "--help")
    assert code == 0
    for name in cli_main.COMMANDS:
        assert name in out


@pytest.mark.parametrize("name", sorted(cli_main.COMMANDS))
def test_every_command_explains_itself(capsys, name):
    code, out, _ = _run(capsys, name, "--help")
    assert code == 0
    assert "Usage" in out


def test_unknown_command_is_refused(capsys):
    code, _, err = _run(capsys, "vaccances")
    assert code == 2
    assert "vaccances" in err


def test_a_domain_error_is_one_clear_line(capsys, monkeypatch):
    def refuse(*args, **kwargs):
        raise Conflict("Ce créneau vient d’être pris.", reasons=[Reason("taken", "Par quelqu’un d’autre.")])

    monkeypatch.setattr("releve.workflows.prepare.import_territory", refuse)
    code, _, err = _run(capsys, "data", "import")
    assert code == 2
    assert err.startswith("Refusé\u00a0: Ce créneau")
    assert "Par quelqu’un d’autre." in err
    assert "Traceback" not in err


def test_a_database_without_its_tables_is_one_clear_line(capsys, monkeypatch):
    def unprepared(*_args, **_kwargs):
        raise OperationalError("no such table: territory_commune")

    monkeypatch.setattr(cli_main.cli, "main", unprepared)
    code, _, err = _run(capsys, "diagnose", "85161")
    assert code == 2
    assert "releve migrate" in err
    assert "Traceback" not in err


@pytest.mark.django_db
def test_doctor_json_is_readable_by_a_program(capsys):
    code, out, _ = _run(capsys, "doctor", "--json")
    report = json.loads(out)
    assert code == 1  # an empty database has no commune
    by_code = {item["code"]: item for item in report}
    assert by_code["territory"]["level"] == "error"
    assert by_code["shift-guards"]["level"] == "ok"
    assert by_code["migrations"]["level"] == "ok"


@pytest.mark.django_db
def test_doctor_only(capsys):
    code, out, _ = _run(capsys, "doctor", "--json", "--only", "migrations")
    assert code == 0
    assert [item["code"] for item in json.loads(out)] == ["migrations"]


@pytest.mark.django_db
def test_doctor_says_which_appointment_lost_its_time(capsys):
    now = clock.now()
    world = make_world()
    world.shift_on(clock.local_day(now, "Europe/Paris") + timedelta(days=3))
    starts_at = world.at(9, day=clock.local_day(now, "Europe/Paris") + timedelta(days=3))
    booked = services.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=starts_at,
        practitioner_id=world.doctor.pk,
        identity=make_identity(),
        contact=make_contact(),
        booked_by="desk",
        by=SYSTEM,
        now=now,
    )
    assert _run(capsys, "doctor", "--only", "occupation")[0] == 0
    Occupation.objects.filter(appointment=booked.appointment).delete()
    code, out, _ = _run(capsys, "doctor", "--only", "occupation")
    assert code == 1
    assert str(booked.appointment.pk) in out
    assert "→" in out
