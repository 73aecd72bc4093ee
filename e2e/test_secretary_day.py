"""A secretary's day in a real browser: the board, a booking by phone, arrivals, a move, a cut line, paper.

The journey finds its own way: the demonstration is built around today, whatever the weekday and the hour.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

MAX_DAYS = 14


@pytest.fixture
def at_the_desk(new_page: Callable[..., Page]) -> Callable[..., Page]:
    """A page signed in as the secretary of Nieul-le-Dolent, on today's board."""

    def sign_in(**options: object) -> Page:
        page = new_page(**options)
        page.goto("/compte/connexion/")
        if page.locator("button.account-identity").count() == 0:
            page.goto("/mon-espace/")
        page.locator("button.account-identity", has_text="Nieul").filter(has_text="Secrétaire").first.click()
        page.goto("/secretariat/")
        expect(page.locator("#plateau")).to_be_attached()
        return page

    return sign_in


def _turn(page: Page, way: str, found: Callable[[Page], Locator]) -> Locator:
    """Turn the days (`prev` or `next`) until `found` has something."""
    for _ in range(MAX_DAYS):
        page.locator(f"a[rel={way}]").click()
        if found(page).count():
            return found(page)
    raise AssertionError(f"rien en {MAX_DAYS} jours : {page.url}")


def _card(page: Page, visit_id: str) -> Locator:
    return page.locator(f'[data-visit="{visit_id}"]')


class Actions:
    """Counts what the secretary does."""

    def __init__(self) -> None:
        self.count = 0

    def do(self, act: Callable[[], object]) -> None:
        self.count += 1
        act()


def _book(page: Page, name: str, *, live: bool) -> Actions:
    """Four actions: type, choose the person, choose the time, confirm."""
    actions = Actions()
    if live:
        actions.do(lambda: page.get_by_role("searchbox").type(name))
    else:  # without JavaScript, Enter after the name is part of typing it
        page.get_by_role("searchbox").fill(name)
        actions.do(lambda: page.get_by_role("searchbox").press("Enter"))
    actions.do(lambda: page.locator(".rl-found-new").click())
    page.wait_for_url(re.compile("/rendez-vous/"))
    actions.do(lambda: page.locator(".rl-soonest .rl-slot").click())
    actions.do(lambda: page.get_by_role("button", name="Confirmer", exact=True).click())
    page.wait_for_url(re.compile(r"/jour/.*#rdv-\d+"))
    return actions


def test_booking_by_phone_in_four_actions(at_the_desk, assert_accessible):
    page = at_the_desk()
    assert_accessible(page)
    actions = _book(page, "Fougère Basile 12/03/1950", live=True)
    assert actions.count <= 4
    visit = page.url.rsplit("#rdv-", 1)[1]
    expect(_card(page, visit)).to_contain_text("FOUGÈRE Basile")
    expect(page.locator(".rl-toast")).to_contain_text("Rendez-vous pris")
    assert_accessible(page)


def test_booking_by_phone_without_javascript(at_the_desk):
    page = at_the_desk(java_script_enabled=False)
    actions = _book(page, "Bruyère Alix 05/07/1988", live=False)
    assert actions.count <= 4
    expect(_card(page, page.url.rsplit("#rdv-", 1)[1])).to_contain_text("BRUYÈRE Alix")


def test_steps_with_the_keyboard_and_back(at_the_desk):
    page = at_the_desk()
    seen = _turn(page, "prev", lambda p: p.locator(".rl-visit.is-fulfilled"))
    visit = seen.first.get_attribute("data-visit")
    name = page.locator(f"#rdv-{visit}")
    # Three steps back, then forward again, without leaving the keyboard.
    for key, state in (
        ("z", "is-in_progress"),
        ("z", "is-arrived"),
        ("z", "is-booked"),
        ("a", "is-arrived"),
        ("m", "is-in_progress"),
        ("v", "is-fulfilled"),
    ):
        name.focus()
        page.keyboard.press(key)
        expect(_card(page, visit)).to_have_class(re.compile(state))
        expect(name).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_cut_line_keeps_the_board_and_sends_the_step_later(at_the_desk, assert_accessible):
    page = at_the_desk()
    seen = _turn(page, "prev", lambda p: p.locator(".rl-visit.is-fulfilled"))
    visit = seen.last.get_attribute("data-visit")
    name = seen.last.get_attribute("data-name")
    page.context.set_offline(True)
    page.locator(f"#rdv-{visit}").focus()
    page.keyboard.press("z")
    banner = page.locator("#reseau")
    expect(banner).to_contain_text("Connexion coupée depuis")
    expect(banner).to_contain_text("1 étape attend")
    expect(_card(page, visit)).to_contain_text(name or "")
    assert_accessible(page)
    page.context.set_offline(False)
    expect(_card(page, visit)).to_have_class(re.compile("is-in_progress"), timeout=20_000)
    expect(banner).to_be_hidden()
    page.locator(f"#rdv-{visit}").focus()
    page.keyboard.press("v")
    expect(_card(page, visit)).to_have_class(re.compile("is-fulfilled"))


def test_move_by_drag_then_cancel(at_the_desk):
    page = at_the_desk()
    _book(page, "Genévrier Colette 01/02/1944", live=True)
    visit = page.url.rsplit("#rdv-", 1)[1]
    card = _card(page, visit)
    where = "c => c.closest('.rl-col').id + ' ' + c.querySelector('time').dateTime"
    before = card.evaluate(where)
    minutes = int(card.get_attribute("data-minutes") or "0")
    page.locator(".rl-toast button").first.click()
    # The nearest free stretch that is long enough, on the same board.
    zone = page.evaluate_handle(
        """([id, minutes]) => {
            const card = document.querySelector(`[data-visit="${id}"]`);
            card.scrollIntoView({ block: "center" });
            const at = card.getBoundingClientRect();
            const far = (e) => Math.abs(e.getBoundingClientRect().top - at.top);
            return [...document.querySelectorAll("[data-free]")]
                .filter((e) => Date.parse(e.dataset.to) - Date.parse(e.dataset.from) >= minutes * 60000)
                .sort((a, b) => far(a) - far(b))[0] || null;
        }""",
        [visit, minutes],
    ).as_element()
    if zone is not None:
        zone.evaluate("e => { e.id = 'cible'; }")
        card.drag_to(
            page.locator("#cible"), source_position={"x": 30, "y": 6}, target_position={"x": 60, "y": 8}
        )
        page.locator("#deplacement [data-move-yes]").click()
        expect(page.locator(".rl-toast", has_text="Déplacé")).to_be_visible()
        assert card.evaluate(where) != before
    page.locator(f"#rdv-{visit}").click()
    page.get_by_role("link", name="Annuler le rendez-vous").click()
    page.get_by_label("Motif").fill("Erreur de saisie")
    page.get_by_role("button", name="Annuler le rendez-vous").click()
    expect(page.locator(".rl-toast")).to_contain_text("de nouveau libre")
    expect(_card(page, visit)).to_have_count(0)


def test_two_screens_the_second_sees_the_arrival(at_the_desk):
    first, second = at_the_desk(), at_the_desk()
    seen = _turn(first, "prev", lambda p: p.locator(".rl-visit.is-fulfilled"))
    visit = seen.first.get_attribute("data-visit")
    second.goto(first.url)
    first.locator(f"#rdv-{visit}").focus()
    first.keyboard.press("z")
    expect(_card(first, visit)).to_have_class(re.compile("is-in_progress"))
    # The other screen refreshes by itself, within its twenty seconds.
    expect(_card(second, visit)).to_have_class(re.compile("is-in_progress"), timeout=30_000)
    first.locator(f"#rdv-{visit}").focus()
    first.keyboard.press("v")
    expect(_card(first, visit)).to_have_class(re.compile("is-fulfilled"))


def test_pages_around_the_day(at_the_desk, assert_accessible):
    page = at_the_desk()
    seen = _turn(page, "prev", lambda p: p.locator(".rl-visit.is-fulfilled"))
    day = page.url
    seen.first.locator(".rl-visit-name").click()
    assert_accessible(page)
    page.get_by_role("main").get_by_role("link", name="Fiche du patient").click()
    assert_accessible(page)
    page.get_by_role("link", name="Corriger la fiche").click()
    assert_accessible(page)
    page.goto(day)
    page.get_by_role("link", name="Imprimer").click()
    assert_accessible(page)
    page.emulate_media(media="print")
    expect(page.get_by_text("Revenir à la journée")).to_be_hidden()
    expect(page.locator(".rl-paper").first).to_be_visible()


def test_on_a_phone_the_columns_are_stacked_and_nothing_overflows(at_the_desk, assert_accessible):
    page = at_the_desk(width=360, height=740)
    _turn(page, "prev", lambda p: p.locator(".rl-visit"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert_accessible(page)
