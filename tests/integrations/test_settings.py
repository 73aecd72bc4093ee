"""What the message settings accept and refuse at start, each with its sentence."""

import json
import os
import subprocess
import sys

import pytest

SHOW = """
import json
from releve.config import env
try:
    from releve.config.settings import messaging as m
except env.SettingError as error:
    print(json.dumps({"error": str(error)}))
else:
    print(json.dumps({"leave": m.MESSAGES_LEAVE, "security": m.SMTP_SECURITY,
                      "prices": [[d.isoformat(), p] for d, p in m.SMS_PRICES]}))
"""
SAFE = {
    "RELEVE_MODE": "production",
    "RELEVE_SECRET_KEY": "k9F2xQ7mZ4wT8vB1nC6yH3jL5pR0sD-aGeUiOoPqXz",
    "RELEVE_ALLOWED_HOSTS": "releve.exemple.fr",
    "RELEVE_BASE_URL": "https://releve.exemple.fr",
    "RELEVE_SMTP_HOST": "smtp.exemple.fr",
    "DJANGO_SETTINGS_MODULE": "releve.config.settings",
}


def start(tmp_path, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RELEVE_", "DATABASE"))}
    kept |= {"RELEVE_VAR_DIR": str(tmp_path)} | environment
    answer = subprocess.run([sys.executable, "-c", SHOW], env=kept, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_a_clone_records_and_production_sends_with_starttls(tmp_path):
    assert start(tmp_path)["leave"] == "recorded"
    production = start(tmp_path, **SAFE)
    assert (production["leave"], production["security"]) == ("real", "starttls")


def test_prices_are_dated(tmp_path):
    shown = start(tmp_path, RELEVE_SMS_PRICES="2026-01-01=0.058, 2027-01-01=0.06")
    assert shown["prices"] == [["2026-01-01", 58], ["2027-01-01", 60]]


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"RELEVE_MESSAGES": "maybe"}, "RELEVE_MESSAGES"),
        ({"RELEVE_MAIL_FROM": "personne"}, "RELEVE_MAIL_FROM"),
        ({"RELEVE_SMTP_SECURITY": "ssl3"}, "RELEVE_SMTP_SECURITY"),
        ({"RELEVE_SMTP_PORT": "smtp"}, "RELEVE_SMTP_PORT"),
        ({"RELEVE_SMS_URL": "sms.exemple.fr"}, "RELEVE_SMS_URL"),
        ({"RELEVE_SMS_URL": "https://sms.exemple.fr/v1"}, "RELEVE_SMS_TOKEN"),
        ({"RELEVE_SMS_PRICES": "demain=0.05"}, "RELEVE_SMS_PRICES"),
        ({"RELEVE_SMS_PRICES": "2026-01-01=cher"}, "RELEVE_SMS_PRICES"),
        ({"RELEVE_SMS_PRICES": "2026-01-01=-1"}, "RELEVE_SMS_PRICES"),
        ({"RELEVE_SMS_PRICES": "2026-01-01=0.05888"}, "RELEVE_SMS_PRICES"),
        (SAFE | {"RELEVE_MESSAGES": "recorded"}, "RELEVE_MESSAGES"),
        (SAFE | {"RELEVE_SMTP_SECURITY": "none"}, "RELEVE_SMTP_SECURITY"),
        (SAFE | {"RELEVE_SMS_URL": "http://sms.exemple.fr/v1", "RELEVE_SMS_TOKEN": "x"}, "RELEVE_SMS_URL"),
    ],
)
def test_refusals_name_the_setting(tmp_path, environment, name):
    assert start(tmp_path, **environment).get("error", "").startswith(name)
