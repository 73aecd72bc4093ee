"""What reaches the log holds neither the secrets of our addresses nor what the database quotes."""

import logging

import pytest
from django.conf import settings

from releve.config.private_logs import PrivateFormatter, without_secrets


@pytest.mark.parametrize(
    "address",
    [
        "/rdv/SECRET-abc_1/annuler/",
        "/reservation/SECRET/code/",
        "/partenaire/reservation/SECRET/",
        "/api/v1/holds/SECRET/confirm",
        "/api/v1/appointments/SECRET",
        "/calendriers/SECRET.ics",
        "/invitation/SECRET/",
        "/compte/mot-de-passe/oublie/1a-SECRET/",
        "/pres-de-chez-vous/?q=SECRET",
    ],
)
def test_secrets_of_addresses_are_hidden(address):
    line = without_secrets(f"Not Found: {address}")
    assert "SECRET" not in line
    assert line.startswith("Not Found: /")


def test_other_addresses_stay_readable():
    assert without_secrets("Not Found: /lieux/nieul/") == "Not Found: /lieux/nieul/"


def test_values_quoted_by_the_database_are_hidden():
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "crash", None, None)
    try:
        raise ValueError(
            'duplicate key value violates unique constraint "patient_once"\n'
            "DETAIL:  Key (practice_id, search_name)=(1, durand paul) already exists."
        )
    except ValueError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    text = PrivateFormatter().format(record)
    assert "patient_once" in text
    # The source line of this very test is in the traceback: only the message matters.
    assert "durand" not in text.split("ValueError:")[-1]


def test_the_configured_handler_hides():
    assert settings.LOGGING["formatters"]["plain"]["()"] == "releve.config.private_logs.PrivateFormatter"
    assert [
        type(handler.formatter) for handler in logging.getLogger().handlers if handler.name == "stderr"
    ] == [PrivateFormatter]
