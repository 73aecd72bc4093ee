"""A practitioner on a phone: sees where help is needed, comes in one tap, changes their mind, says when they could."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

PHONE = {"width": 360, "height": 740}


def _sign_in_where_needed(new_page, **options):
    """A page of the first doctor of the demonstration for whom a need is open, on « On a besoin de vous »."""
    page = new_page(**PHONE, **options)
    page.goto("/compte/connexion/")
    count = page.locator("button.account-identity", has_text="Médecin").count()
    for number in range(count):
        page = new_page(**PHONE, **options)
        page.goto("/compte/connexion/")
        page.locator("button.account-identity", has_text="Médecin").nth(number).click()
        page.wait_for_load_state()
        page.goto("/medecin/besoins/")
        if page.get_by_role("button", name=re.compile("^Je viens")).count():
            return page
    pytest.fail("aucun besoin ouvert pour les médecins de la démonstration")


@pytest.mark.parametrize("scripts", [True, False], ids=["avec JavaScript", "sans JavaScript"])
def test_one_tap_then_undo(new_page, assert_accessible, scripts):
    page = _sign_in_where_needed(new_page, java_script_enabled=scripts)
    if scripts:
        assert_accessible(page)
    before = page.get_by_role("button", name=re.compile("^Je viens")).count()
    page.get_by_role("button", name=re.compile("^Je viens")).first.press("Enter")
    expect(page).to_have_url(re.compile(r"/medecin/\?nouvelle=\d+$"))
    expect(page.get_by_text("Merci, c’est noté")).to_be_visible()
    if scripts:
        assert_accessible(page)
    page.get_by_role("button", name=re.compile("C’était une erreur")).click()
    expect(page).to_have_url(re.compile("/medecin/besoins/"))
    expect(page.get_by_role("button", name=re.compile("^Je viens"))).to_have_count(before)


def test_two_doctors_one_need(new_page):
    """The page of the first is old: the need went to somebody else meanwhile."""
    page = _sign_in_where_needed(new_page)
    form = page.locator("form", has=page.get_by_role("button", name=re.compile("^Je viens"))).first
    action = form.get_attribute("action")
    other = page.context.new_page()
    other.goto("/medecin/besoins/")
    other.locator(f'form[action="{action}"] button').click()
    expect(other.get_by_text("Merci, c’est noté")).to_be_visible()
    # Tapping again what is already mine changes nothing and says so kindly.
    page.locator(f'form[action="{action}"] button').click()
    expect(page.get_by_text("Merci, c’est noté")).to_be_visible()
    page.get_by_role("button", name=re.compile("C’était une erreur")).click()


def test_availability_by_taps(new_page, assert_accessible):
    page = _sign_in_where_needed(new_page)
    page.goto("/medecin/disponibilites/")
    assert_accessible(page)
    page.locator(".rl-avail-fold summary").last.click()  # the later weeks are folded
    half = page.locator("button.rl-avail-tap").last
    first = half.get_attribute("data-state")
    half.click()
    expect(half).not_to_have_attribute("data-state", first or "")
    state = half.get_attribute("data-state")
    page.get_by_role("button", name="Enregistrer mes disponibilités").click()
    expect(page.locator("#toasts")).to_contain_text("1 demi-journée")
    expect(page.locator("button.rl-avail-tap").last).to_have_attribute("data-state", state or "")


@pytest.mark.parametrize("address", ["/medecin/", "/medecin/calendrier/", "/medecin/profil/"])
def test_pages_are_accessible(new_page, assert_accessible, address):
    page = new_page(**PHONE)
    page.goto("/compte/connexion/")
    page.locator("button.account-identity", has_text="Médecin").first.click()
    page.wait_for_load_state()
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    assert_accessible(page)
