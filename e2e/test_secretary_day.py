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
        with page.expect_navigation():  # the whole new page: half of it would count as nothing found
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
        actions.do(lambda: page.get_by_role("searchbox").fill(name))  # at once: no answer to half a name
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


# Tall enough for the whole board: a board that scrolls between the press and the move drags something else.
TALL = {"height": 4000}
ROOM = 90  # minutes: a first visit, and as much left free after it


def _book_in_a_long_free_time(page: Page, name: str) -> Locator:
    """An appointment at the start of a long free time of a coming day; its card, on that day's board."""

    def long_ones(page: Page) -> Locator:
        page.locator("[data-free]").evaluate_all(
            """(all, room) => all.forEach((e) => {
                e.toggleAttribute("data-long", Date.parse(e.dataset.to) - Date.parse(e.dataset.from) >= room * 60000);
            })""",
            ROOM,
        )
        return page.locator("[data-long]")

    _turn(page, "next", long_ones).first.locator(".rl-free-start").first.click()
    page.wait_for_url(re.compile(r"vacation="))
    page.get_by_role("searchbox").fill(name)
    page.locator(".rl-found-new").click()
    page.get_by_role("button", name="Confirmer", exact=True).click()
    page.wait_for_url(re.compile(r"/jour/.*#rdv-\d+"))
    page.locator(".rl-toast button").first.click()
    return _card(page, page.url.rsplit("#rdv-", 1)[1])


def _free_after(page: Page, card: Locator) -> Locator:
    """What is left of the free time that `card` was booked in."""
    shift, start, minutes = card.evaluate(
        """(c) => {
            let free = c.nextElementSibling;
            while (free && !free.matches("[data-free], [data-visit]")) free = free.nextElementSibling;
            const { shift, from, to } = free?.dataset || {};
            return [shift, from, (Date.parse(to) - Date.parse(from)) / 60000];
        }"""
    )
    assert minutes is not None
    assert minutes >= int(card.get_attribute("data-minutes") or "0")
    return page.locator(f'[data-free][data-shift="{shift}"][data-from="{start}"]')


def _cancel(page: Page, card: Locator) -> None:
    card.locator(".rl-visit-name").click()
    page.get_by_role("link", name="Annuler le rendez-vous").click()
    page.get_by_label("Motif").fill("Erreur de saisie")
    page.get_by_role("button", name="Annuler le rendez-vous").click()
    expect(page.locator(".rl-toast")).to_contain_text("de nouveau libre")
    expect(card).to_have_count(0)


def test_move_by_drag_then_cancel(at_the_desk):
    page = at_the_desk(**TALL)
    card = _book_in_a_long_free_time(page, "Genévrier Colette 01/02/1944")
    before = card.locator("time").first.get_attribute("datetime")
    card.drag_to(
        _free_after(page, card), source_position={"x": 30, "y": 6}, target_position={"x": 60, "y": 8}
    )
    page.locator("#deplacement [data-move-yes]").click()
    expect(page.locator(".rl-toast", has_text="Déplacé")).to_be_visible()
    expect(card.locator("time").first).not_to_have_attribute("datetime", before or "")
    _cancel(page, card)


def test_a_refresh_does_not_take_the_card_out_of_the_hand(at_the_desk):
    page = at_the_desk(**TALL)
    card = _book_in_a_long_free_time(page, "Aubépine Marceau 03/04/1951")
    zone = _free_after(page, card)
    page.evaluate("document.getElementById('plateau').dataset.drawn = 'before'")
    box = zone.bounding_box()
    assert box is not None

    def over(y: int) -> None:
        for step in range(3):  # a first move enters, the next ones are over
            page.mouse.move(box["x"] + 60, box["y"] + y + step)

    card.hover(position={"x": 30, "y": 6})
    page.mouse.down()
    over(8)
    expect(zone).to_have_class(re.compile("is-over"))
    # Meanwhile the line comes back, with another state of the day than the one shown.
    with page.expect_response(re.compile("vue=plateau")) as sent:
        page.evaluate(
            "document.getElementById('plateau').dataset.version = 'other'; dispatchEvent(new Event('online'))"
        )
    assert sent.value.status == 200
    sent.value.finished()
    over(12)
    page.mouse.up()
    expect(page.locator("#deplacement")).to_be_visible()
    expect(page.locator("#plateau[data-drawn]")).to_be_attached()
    page.locator("#deplacement [data-move-no]").click()
    # Once let go, the board is brought up to date.
    expect(page.locator("#plateau[data-drawn]")).to_have_count(0)
    _cancel(page, card)


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
