"""The roster at the desk: add a need, drag it, change it by the form, read a refusal, cancel, print; the territory."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect


def _sign_in(page, role: str) -> None:
    page.goto("/compte/connexion/")
    page.locator("button.account-identity", has_text=role).first.click()
    page.wait_for_load_state()


def _calendar(page) -> str:
    """Address of the calendar of the secretary's first practice."""
    _sign_in(page, "Secrétaire")
    page.goto("/mon-espace/?liste=1")
    links = page.locator('a[href^="/secretariat/"]').evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    slugs = [found[1] for link in links if (found := re.match(r"/secretariat/([-\w]+)/", link))]
    if not slugs:
        pytest.fail(f"aucun cabinet dans les espaces de la secrétaire : {links}")
    return f"/secretariat/{slugs[0]}/calendrier/"


def _next_month(page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Période suivante").click()


def _add_need(page, address: str, *, starts: str, ends: str) -> str:
    """A need on the first open weekday of next month; its day. Left on the calendar."""
    _next_month(page, address)
    cell = page.locator(".rl-day:not(.rl-day-closed):not(.rl-day-out)", has=page.locator(".rl-day-add")).first
    day = cell.locator("time").get_attribute("datetime") or ""
    cell.locator(".rl-day-add").click()
    page.get_by_label("De", exact=True).fill(starts)
    page.get_by_label("À", exact=True).fill(ends)
    page.get_by_role("button", name="Ajouter cette vacation").click()
    expect(page.locator("#toasts")).to_contain_text("Besoin publié")
    return day


def test_add_refuse_change_cancel_reopen_by_keyboard_without_javascript(new_page):
    page = new_page(java_script_enabled=False)
    address = _calendar(page)
    day = _add_need(page, address, starts="06:00", ends="07:00")
    cell = page.locator(".rl-day", has=page.locator(f'time[datetime="{day}"]'))
    cell.locator(".rl-shift", has_text="6\u00a0h – 7\u00a0h").first.press("Enter")
    page.get_by_label("À", exact=True).fill("05:00")
    page.get_by_label("Remarque").fill("Clé à la mairie")
    page.get_by_role("button", name="Enregistrer la vacation").press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("se termine avant de commencer")
    expect(page.get_by_label("Remarque")).to_have_value("Clé à la mairie")
    page.get_by_label("À", exact=True).fill("07:30")
    page.get_by_role("button", name="Enregistrer la vacation").press("Enter")
    cell.locator(".rl-shift", has_text="6\u00a0h – 7\u00a0h\u00a030").first.press("Enter")
    page.get_by_role("link", name=re.compile("Annuler la vacation")).press("Enter")
    page.get_by_label("Motif de l’annulation").fill("Travaux dans la salle")
    page.get_by_role("button", name="Annuler la vacation").press("Enter")
    expect(page.get_by_text("Travaux dans la salle")).to_be_visible()
    page.get_by_role("button", name="Rouvrir comme un besoin").press("Enter")
    expect(page.get_by_role("heading", name="Modifier cette vacation seule")).to_be_visible()


def test_drag_in_the_week(new_page, assert_accessible):
    page = new_page(height=1200)
    address = _calendar(page)
    day = _add_need(page, address, starts="18:00", ends="19:00")
    page.goto(f"{address}?vue=semaine&semaine={day}")
    assert_accessible(page)
    page.get_by_role("button", name="Déplacer à la souris").click()
    event = page.locator(".ec-event.rl-drag-open", has_text="18\u00a0h\u00a000 – 19\u00a0h").first
    event.hover(position={"x": 20, "y": 8})  # in view, and no longer moving
    box = event.bounding_box()
    assert box is not None
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.mouse.move(box["x"] + 20, box["y"] + 8)
        page.mouse.down()
        page.mouse.move(box["x"] + 20, box["y"] + 30, steps=5)
        page.mouse.move(box["x"] + 20, box["y"] + 8 + box["height"], steps=5)
        page.mouse.up()
    assert sent.value.status == 200, sent.value.text()
    expect(page.locator("#toasts")).to_contain_text("Vacation déplacée")
    assert_accessible(page)
    page.goto(f"{address}?vue=semaine&semaine={day}")
    expect(page.locator(".rl-shift", has_text="19\u00a0h – 20\u00a0h").first).to_be_attached()


@pytest.mark.parametrize("width", [1280, 360])
def test_roster_pages_are_accessible(new_page, assert_accessible, width):
    page = new_page(width=width)
    address = _calendar(page)
    for part in ("", "?vue=semaine", "imprimer/", "vacations/nouvelle/", "placer/", "semaine-type/"):
        answer = page.goto(address + part)
        assert answer is not None
        assert answer.status == 200, part
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), part
        assert_accessible(page)


@pytest.mark.parametrize("width", [1280, 360])
def test_territory(new_page, assert_accessible, width):
    page = new_page(width=width)
    _sign_in(page, "Coordination")
    for address in ("/coordination/", "/coordination/besoins/nouveau/"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), address
        assert_accessible(page)
