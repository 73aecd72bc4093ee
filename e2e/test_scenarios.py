"""A newcomer asks « et si l’on ouvrait ici ? »: with a mouse, with the keyboard alone, and without JavaScript.

Passes with the official statistics and without them: figures differ, the path does not.
"""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

TOWN = "Nieul-le-Dolent"
BUILDER = "/scenarios/nouveau/?territoire=85161"


def _fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _saved(page: Page, name: str) -> None:
    expect(page).to_have_url(re.compile(r"/scenarios/[\w-]{20,}/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_newcomer_drops_a_site_saves_compares_and_takes_the_document(new_page, assert_accessible):
    page = new_page()
    page.goto("/territoires/")
    page.get_by_label("Votre commune, votre intercommunalité").press_sequentially("Nieul", delay=20)
    page.get_by_role("option", name=re.compile(TOWN)).click()
    expect(page.get_by_role("heading", name="À lire à voix haute")).to_be_visible()
    page.get_by_role("link", name=re.compile("Et si l’on ouvrait ici")).click()

    # The page already answers for three days a week in the commune.
    expect(page.get_by_label("Commune", exact=True)).to_have_value(f"{TOWN} (85161)")
    expect(page.get_by_label("Jours par semaine")).to_have_value("3")
    result = page.locator("[data-scenario-result]")
    expect(result).to_contain_text("L’accès progresse pour")
    expect(result.get_by_role("table").first).to_contain_text("0 à 10 min")
    assert_accessible(page)

    # The figures follow the hand.
    with page.expect_response("**/scenarios/calcul") as answer:
        page.get_by_role("button", name="Une demi-journée de plus").click()
    assert answer.value.json()["milliseconds"] < 1000
    expect(result).to_contain_text("3 542 consultations")
    page.get_by_role("button", name="Une demi-journée de moins").click()
    expect(result).to_contain_text("3 036 consultations")

    page.get_by_label("Nom du scénario").fill("Trois jours à la mairie")
    page.get_by_role("button", name="Enregistrer").click()
    _saved(page, "Trois jours à la mairie")
    assert_accessible(page)

    # A second one from the first, with a departure next door.
    page.get_by_role("link", name="Repartir de ce scénario").click()
    page.get_by_role("button", name="Un départ de médecin").click()
    field = page.get_by_label("Commune", exact=True).nth(1)
    expect(field).to_be_focused()
    field.press_sequentially("Aizenay", delay=20)
    page.get_by_role("option", name=re.compile("Aizenay")).first.click()
    expect(result).to_contain_text("Il recule pour")
    page.get_by_label("Nom du scénario").fill("Avec un départ à Aizenay")
    page.get_by_role("button", name="Enregistrer").click()
    _saved(page, "Avec un départ à Aizenay")

    page.get_by_role("button", name="Comparer côte à côte").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 scénarios côte à côte")
    expect(page.get_by_role("table").first).to_contain_text("le mieux")
    assert_accessible(page)

    document = page.request.get(
        page.get_by_role("link", name=re.compile("Diagnostic du territoire")).get_attribute("href")
    )
    assert document.status == 200
    assert document.body().startswith(b"%PDF")

    # Whoever receives the address reads; only this browser changes.
    page.go_back()
    address = page.get_by_label("Adresse de ce scénario").input_value()
    reader = new_page(width=360, height=740)
    reader.goto(address)
    expect(reader.get_by_role("heading", level=1)).to_have_text("Avec un départ à Aizenay")
    expect(reader.get_by_role("link", name="Modifier")).to_have_count(0)
    _fits(reader, 360)
    assert_accessible(reader)


def test_a_click_on_the_map_drops_a_site(new_page):
    page = new_page()
    page.goto(BUILDER)
    canvas = page.locator("[data-map-canvas] canvas")
    expect(canvas).to_be_visible(timeout=30_000)
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(1)
    box = canvas.bounding_box()
    assert box is not None
    # Tiles arrive when they can: a click before them falls on nothing.
    for _ in range(20):
        page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.62)
        page.wait_for_timeout(700)
        if rows.count() == 2:
            break
    expect(rows).to_have_count(2)
    expect(page.get_by_label("Commune", exact=True).nth(1)).to_have_value(re.compile(r".+ \(\w{5}\)"))


def test_with_the_keyboard_alone(new_page):
    page = new_page()
    page.goto(BUILDER)
    days = page.get_by_label("Jours par semaine")
    days.focus()
    with page.expect_response("**/scenarios/calcul"):
        page.keyboard.press("ArrowUp")
    expect(days).to_have_value("3.5")
    # Enter counts, and stays on the page with what was typed.
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(BUILDER)))
    page.get_by_role("button", name="Un lieu", exact=True).focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("Commune", exact=True).nth(1)
    expect(field).to_be_focused()
    page.keyboard.type("Aizenay", delay=20)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Aizenay (85003)")
    # Both are in the table, which says what the map shows.
    expect(page.get_by_role("table").nth(1)).to_contain_text("Aizenay")
    page.get_by_label("Nom du scénario").focus()
    page.keyboard.type("Au clavier")
    page.keyboard.press("Enter")
    _saved(page, "Au clavier")


def test_without_javascript_on_a_phone(new_page):
    page = new_page(width=360, height=740, java_script_enabled=False)
    page.goto(BUILDER)
    _fits(page, 360)
    page.get_by_label("Jours par semaine").fill("-2")
    page.get_by_role("button", name="Calculer").last.click()
    expect(page.get_by_role("alert")).to_contain_text("ne peut pas être négatif")
    expect(page.get_by_label("Jours par semaine")).to_have_value("-2")
    page.get_by_label("Jours par semaine").fill("2")
    page.get_by_role("button", name="Un départ de médecin").click()
    page.get_by_label("Commune", exact=True).nth(1).fill("Aizenay")
    page.get_by_role("button", name="Calculer").last.click()
    expect(page.locator("[data-scenario-result]")).to_contain_text("2 024 consultations")
    expect(page.locator("[data-scenario-result]")).to_contain_text("Il recule pour")
    page.get_by_label("Nom du scénario").fill("Sans JavaScript")
    page.get_by_role("button", name="Enregistrer").click()
    _saved(page, "Sans JavaScript")
    _fits(page, 360)


def test_where_to_open_leads_to_a_scenario(new_page, assert_accessible):
    page = new_page()
    page.goto("/scenarios/ou-ouvrir/?territoire=248500530")
    page.get_by_label(re.compile("Jours de médecin")).fill("4")
    # The one aim that has an answer everywhere, published figures or modelled ones.
    page.get_by_label("Relever la commune la moins bien servie").check()
    page.get_by_role("button", name="Chercher où ouvrir").click()
    expect(page.get_by_text("Prouvé")).to_be_visible(timeout=30_000)
    assert_accessible(page)
    page.get_by_role("link", name="Faire un scénario de cette proposition").click()
    expect(page.locator("[data-scenario-result]")).to_contain_text("L’accès progresse pour")
