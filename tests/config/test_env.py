"""Reading the environment: values, files, clear refusals."""

import pytest

from releve.config import env


def test_value_from_the_environment(monkeypatch):
    monkeypatch.setenv("RELEVE_X", "abc")
    assert env.read("RELEVE_X") == "abc"


def test_value_from_a_file(monkeypatch, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("abc\n", encoding="utf-8")
    monkeypatch.setenv("RELEVE_X_FILE", str(secret))
    assert env.read("RELEVE_X") == "abc"


def test_both_given_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("RELEVE_X", "abc")
    monkeypatch.setenv("RELEVE_X_FILE", str(tmp_path / "secret"))
    with pytest.raises(env.SettingError, match="RELEVE_X et RELEVE_X_FILE"):
        env.read("RELEVE_X")


def test_unreadable_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("RELEVE_X_FILE", str(tmp_path / "absent"))
    with pytest.raises(env.SettingError, match="absent"):
        env.read("RELEVE_X")


@pytest.mark.parametrize(("text", "value"), [("oui", True), ("1", True), ("Non", False), ("0", False)])
def test_bool(monkeypatch, text, value):
    monkeypatch.setenv("RELEVE_X", text)
    assert env.read_bool("RELEVE_X", not value) is value


def test_bad_bool_says_what_was_read(monkeypatch):
    monkeypatch.setenv("RELEVE_X", "peut-être")
    with pytest.raises(env.SettingError, match="peut-être"):
        env.read_bool("RELEVE_X", False)


@pytest.mark.parametrize("text", ["dix", "-1", "1.5"])
def test_bad_int(monkeypatch, text):
    monkeypatch.setenv("RELEVE_X", text)
    with pytest.raises(env.SettingError, match="RELEVE_X"):
        env.read_int("RELEVE_X", 3, minimum=0)


def test_list(monkeypatch):
    monkeypatch.setenv("RELEVE_X", "a.fr, b.fr ,")
    assert env.read_list("RELEVE_X", []) == ["a.fr", "b.fr"]
