"""The navigation of a practice shows only what leads somewhere for this person."""

from releve.contexts.accounts.enums import Capability
from releve.web.ui import navigation


def test_a_project_lead_sees_no_patient_screen():
    keys = navigation.allowed_keys(frozenset({Capability.ROSTER_VIEW, Capability.PRACTICE_SETTINGS}))
    assert keys == {"roster", "settings"}


def test_nothing_without_a_role():
    assert navigation.practice_items("nieul", navigation.allowed_keys(frozenset())) == []


def test_screens_that_are_not_installed_are_left_out(settings):
    settings.ROOT_URLCONF = "releve.web.public.urls"
    assert navigation.practice_items("nieul") == []
