"""A patient books on a phone without JavaScript, with the keyboard alone, then moves and cancels by the link."""

from __future__ import annotations

import re

from booking_steps import fill_identity, find_times, read_code
from playwright.sync_api import Page, expect

PHONE = {"width": 360, "height": 740}


def _fits(page: Page) -> None:
    """Nothing wider than the screen."""
    assert page.locator("main").bounding_box()["width"] <= 360


def test_on_a_phone_without_javascript(new_page):
    page = new_page(**PHONE, java_script_enabled=False)
    find_times(page, check=_fits)
    page.locator("button[name=horaire]").first.click()
    expect(page).to_have_url(re.compile("/reservation/"))
    expect(page.get_by_text("Cet horaire vous est réservé jusqu’à")).to_be_visible()
    kept = page.url
    # An empty form says what is missing and keeps the time.
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_text("Indiquez le nom de naissance.").first).to_be_visible()
    fill_identity(page, given="Jeanne", family="Pimprenelle", phone="06 39 98 41 01")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recopiez le code reçu")
    _fits(page)
    page.get_by_label("Code à six chiffres").fill("000000")
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    expect(page.get_by_text("Ce code n’est pas le bon.")).to_be_visible()
    page.get_by_label("Code à six chiffres").fill(read_code(page))
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("est confirmé")
    expect(page).to_have_url(re.compile("/rdv/"))
    assert "Pimprenelle" not in page.content()
    # A reload, or the address of an earlier step, leads here again.
    here = page.url.split("?")[0]
    page.reload()
    for earlier in (kept, f"{kept}code/"):
        page.goto(earlier)
        assert page.url == here


def _tab_to(page: Page, words: str, kind: str = "A BUTTON") -> None:
    """Press Tab until the focused element, of one of the tags `kind`, says `words` (its text, its label)."""
    for _ in range(120):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "(kind) => { const e = document.activeElement;"
            " if (!kind.includes(e.tagName)) return '';"
            " const l = e.labels && e.labels[0];"
            " return ((l ? l.textContent : '') + ' ' + e.textContent).replace(/\\u00a0/g, ' ').trim() }",
            kind,
        )
        if said.startswith(words):
            return
    raise AssertionError(f"« {words} » n’est pas atteint au clavier")


def _press(page: Page, words: str, key: str = "Enter") -> None:
    _tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press(key)


def _type(page: Page, label: str, text: str) -> None:
    _tab_to(page, label, "INPUT")
    page.keyboard.type(text)


def test_with_the_keyboard_only_then_moves_and_cancels(new_page, assert_accessible):
    page = new_page()
    find_times(page)
    address = page.url
    # From the first question on, without a pointer; axe looks at every screen.
    page.goto(address.split("?")[0])
    assert_accessible(page)
    _press(page, "Pour un proche")
    assert_accessible(page)
    _press(page, "Non, c’est la première fois")
    assert_accessible(page)
    _press(page, "Première consultation")
    assert_accessible(page)
    page.locator("button[name=horaire]").first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert_accessible(page)
    _press(page, "Continuer")
    expect(page.locator("[data-autofocus]")).to_be_focused()
    assert_accessible(page)
    _type(page, "Prénom", "Lucien")
    _type(page, "Nom de naissance", "Marjolaine")
    _type(page, "Jour", "3")
    _type(page, "Mois", "12")
    _type(page, "Année", "1944")
    _type(page, "Votre nom et votre prénom", "Odile Marjolaine")
    _type(page, "Téléphone mobile", "06 39 98 41 02")
    _type(page, "Adresse mail", "odile@exemple.fr")
    _press(page, "Continuer")
    assert_accessible(page)
    _press(page, "Par SMS")
    assert_accessible(page)
    _type(page, "Code à six chiffres", read_code(page))
    _press(page, "Confirmer le rendez-vous")
    expect(page.get_by_role("heading", level=1)).to_contain_text("est confirmé")
    assert_accessible(page)
    booked = page.locator(".rl-ticket-when").inner_text()

    _press(page, "Déplacer")
    assert_accessible(page)
    page.locator("button[name=horaire]").last.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Déplacer")
    assert_accessible(page)
    _press(page, "Confirmer le nouvel horaire")
    expect(page.get_by_role("heading", level=1)).to_contain_text("est déplacé")
    assert page.locator(".rl-ticket-when").inner_text() != booked

    _press(page, "Annuler")
    assert_accessible(page)
    _press(page, "Annuler le rendez-vous")
    expect(page.get_by_role("heading", level=1)).to_contain_text("est annulé")
    assert_accessible(page)


def test_a_forged_link_and_a_time_given_back(new_page, assert_accessible):
    page = new_page()
    assert page.goto("/rdv/abcdefghjkmn1-AAAAAAAAAAAAAAAA/").status == 404
    assert_accessible(page)
    assert page.goto("/reservation/inconnue/").status == 410
    assert_accessible(page)
    find_times(page)
    wanted = page.locator("button[name=horaire]").first.get_attribute("value")
    page.locator("button[name=horaire]").first.click()
    page.get_by_role("button", name="Changer d’horaire").click()
    expect(page.locator(f'button[value="{wanted}"]')).to_be_visible()
