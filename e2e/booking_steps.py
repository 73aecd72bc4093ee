"""The steps of a booking as a visitor takes them, shared by the journeys of patients and of the race."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

TOWN = "Nieul-le-Dolent"
CODE = re.compile(r"\b(\d{6}) est votre code")


def find_times(page: Page, *, town: str = TOWN, check=lambda page: None) -> None:
    """From the home page to the free times of a first visit."""
    page.goto("/")
    page.get_by_label(re.compile("commune", re.IGNORECASE)).first.fill(town)
    page.get_by_label(re.compile("commune", re.IGNORECASE)).first.press("Enter")
    page.get_by_role("link", name=re.compile("^Tous les horaires")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pour qui")
    check(page)
    page.get_by_role("link", name="Pour moi").click()
    check(page)
    page.get_by_role("link", name="Non, c’est la première fois").click()
    check(page)
    page.get_by_role("link", name=re.compile("Première consultation")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quel horaire vous convient ?")
    check(page)


def fill_identity(page: Page, *, given: str, family: str, phone: str) -> None:
    page.get_by_label("Prénom").fill(given)
    page.get_by_label("Nom de naissance").fill(family)
    page.get_by_label("Jour").fill("27")
    page.get_by_label("Mois").fill("3")
    page.get_by_label("Année").fill("1950")
    page.get_by_label("Téléphone mobile").fill(phone)


def read_code(page: Page) -> str:
    """The newest code, on the demonstration's page of sent messages (another tab of the same browser)."""
    tab = page.context.new_page()
    tab.goto("/demonstration/messages/?canal=sms")
    found = CODE.search(tab.locator("main").inner_text())
    tab.close()
    assert found, "aucun code sur la page des messages"
    return found[1]
