"""A newcomer reads the diagnosis of a town: with a mouse, with the keyboard alone, on a phone without JavaScript.

Passes with the official statistics and without them: a page without them says what is modelled.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

FIELD = "Votre commune, votre intercommunalité"
TOWN = "Nieul-le-Dolent"


def _is_the_diagnosis(page: Page) -> None:
    expect(page).to_have_url(re.compile(r"/territoires/85161/"), timeout=20_000)
    expect(page.get_by_role("heading", level=1)).to_have_text(TOWN)
    expect(page.get_by_role("heading", name="À lire à voix haute")).to_be_visible()
    expect(page.locator("#texte-diagnostic p").first).to_contain_text(TOWN)
    modelled = page.get_by_text("Ce qui est modélisé ici")
    published = page.locator("#access").get_by_text("Publié").first
    expect(modelled.or_(published).first).to_be_visible()


def _fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_newcomer_reads_and_takes_away_the_diagnosis(new_page, assert_accessible):
    page = new_page()
    page.goto("/")
    page.get_by_role("link", name="Le diagnostic de votre territoire").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Le diagnostic de votre territoire")
    assert_accessible(page)
    page.get_by_label(FIELD).press_sequentially("Nieul", delay=20)
    page.get_by_role("option", name=re.compile(TOWN)).click()
    _is_the_diagnosis(page)
    assert_accessible(page)
    # The finding, a chart and the same figures as a table.
    page.get_by_text("Les mêmes chiffres en tableau").first.click()
    expect(page.locator(".rl-chart-table table").first).to_be_visible()
    page.get_by_role("navigation", name="Dans cette page").get_by_role(
        "link", name="Sources", exact=True
    ).click()
    expect(page.locator("#sources")).to_be_in_viewport()
    assert_accessible(page)
    # What is taken away.
    document = page.request.get(page.get_by_role("link", name="PDF à imprimer").get_attribute("href"))
    assert document.status == 200
    assert document.body().startswith(b"%PDF-1.7")
    assert "diagnostic-nieul-le-dolent" in document.headers["content-disposition"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Chiffres (CSV)").click()
    assert download.value.suggested_filename.startswith("diagnostic-nieul-le-dolent")
    figures = download.value.path().read_text("utf-8-sig")
    assert figures.count("\n") > 20
    assert "Population" in figures


def test_in_the_dark_and_narrow(new_page, assert_accessible):
    page = new_page(width=360, height=740, color_scheme="dark")
    page.goto("/territoires/85161/")
    _is_the_diagnosis(page)
    _fits(page, 360)
    assert_accessible(page)
    page.goto("/territoires/")
    _fits(page, 360)
    assert_accessible(page)


def test_with_the_keyboard_alone(new_page):
    page = new_page()
    page.goto("/territoires/")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "territoire":
            break
    with page.expect_response(re.compile(r"suggestions\?q=Nieul-le$")):  # the options of all that is typed
        page.keyboard.type("Nieul-le", delay=20)
    expect(page.get_by_role("option", name=re.compile(TOWN))).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_text(re.compile(TOWN))
    page.keyboard.press("Enter")
    _is_the_diagnosis(page)
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent").replace("\u00a0", " ").strip())
        if "Les mêmes chiffres en tableau" in reached:
            break
    assert {"PDF à imprimer", "Chiffres (CSV)", "Copier le texte", "Les mêmes chiffres en tableau"} <= reached
    page.keyboard.press("Enter")
    expect(page.locator(".rl-chart-table table").first).to_be_visible()


def test_on_a_phone_without_javascript(new_page):
    page = new_page(width=360, height=740, java_script_enabled=False)
    page.goto("/territoires/")
    page.get_by_label(FIELD).fill("Nieul")
    page.get_by_role("button", name="Voir le diagnostic").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quel territoire ?")
    page.get_by_role("link", name=re.compile(TOWN)).click()
    _is_the_diagnosis(page)
    assert page.locator("main").bounding_box()["width"] <= 360
    expect(page.get_by_role("button", name="Copier le texte")).to_be_hidden()
    # Other weights, by a plain form; the address keeps them.
    page.get_by_label("Éloignement des urgences", exact=True).select_option("3")
    page.get_by_role("button", name="Recalculer l’indice").click()
    expect(page).to_have_url(re.compile("poids_urgences=3"))
    expect(page.get_by_label("Éloignement des urgences", exact=True)).to_have_value("3")


def test_several_communes_make_one_territory(new_page):
    page = new_page()
    page.goto("/territoires/")
    page.get_by_label("Vos communes, une par ligne").fill("Nieul-le-Dolent\nxyzzy")
    page.get_by_role("button", name="Réunir ces communes").click()
    expect(page.get_by_text(re.compile("aucune commune trouvée"))).to_be_visible()
    page.get_by_label("Vos communes, une par ligne").fill("Nieul-le-Dolent\n85140")
    page.get_by_role("button", name="Réunir ces communes").click()
    expect(page.locator(".rl-diag-context")).to_have_text("Liste de communes")


@pytest.mark.parametrize("code", ["99999", "zz"])
def test_an_unknown_code_helps(new_page, code, assert_accessible):
    page = new_page()
    answer = page.goto(f"/territoires/{code}/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_label(FIELD)).to_be_visible()
    assert_accessible(page)
