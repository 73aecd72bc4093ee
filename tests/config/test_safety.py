"""Production refuses to start with unsafe settings, and says everything that is wrong at once."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from releve.config.settings.safety import Facts, unsafe_settings

SAFE = Facts(
    mode="production",
    debug=False,
    base_url="https://releve.exemple.fr",
    secret_key="kJ8-x_2vQwLr5TzYb7NmPc4HdGf6SaE1uOi9Xt3Rq0WkVj",
    secret_key_given=True,
    allowed_hosts=["releve.exemple.fr"],
    mail_host="smtp.exemple.fr",
)


def test_safe_settings_are_accepted():
    assert unsafe_settings(SAFE) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"secret_key_given": False, "secret_key": ""}, "RELEVE_SECRET_KEY est absent"),
        ({"secret_key": "court"}, "trop faible"),
        ({"secret_key": "a" * 60}, "trop faible"),
        ({"debug": True}, "RELEVE_DEBUG"),
        ({"allowed_hosts": []}, "RELEVE_ALLOWED_HOSTS est vide"),
        ({"allowed_hosts": ["*"]}, "joker"),
        ({"base_url": "http://releve.exemple.fr"}, "https"),
        ({"base_url": "https://autre.fr"}, "autre.fr"),
        ({"mail_host": ""}, "RELEVE_SMTP_HOST"),
    ],
)
def test_each_unsafe_setting_is_refused(change, word):
    problems = unsafe_settings(replace(SAFE, **change))
    assert any(word in problem for problem in problems), problems


def test_the_demonstration_is_free():
    assert unsafe_settings(replace(SAFE, mode="demo", secret_key_given=False, debug=True)) == []


def _start(tmp_path, **variables):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RELEVE_", "DATABASE_", "DJANGO_"))}
    code = "from releve.config import settings; print(settings.SECRET_KEY)"
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "RELEVE_VAR_DIR": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_without_anything_lists_every_problem(tmp_path):
    result = _start(tmp_path, RELEVE_MODE="production")
    assert result.returncode != 0
    for name in ("RELEVE_SECRET_KEY", "RELEVE_ALLOWED_HOSTS", "RELEVE_BASE_URL", "RELEVE_SMTP_HOST"):
        assert name in result.stderr


def test_demonstration_key_is_made_once(tmp_path):
    first, second = _start(tmp_path).stdout, _start(tmp_path).stdout
    assert first == second
    assert len(first.strip()) >= 40
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_unknown_mode_is_refused(tmp_path):
    assert "RELEVE_MODE" in _start(tmp_path, RELEVE_MODE="prod").stderr
