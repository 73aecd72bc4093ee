"""Two people want the same time in the same second: one has it, the other sees what is left."""

from __future__ import annotations

import re

from booking_steps import find_times
from playwright.sync_api import expect


def test_two_browsers_one_time(new_page, assert_accessible):
    first, second = new_page(), new_page(width=360, height=740, java_script_enabled=False)
    find_times(first)
    find_times(second)
    wanted = first.locator("button[name=horaire]").first.get_attribute("value")
    same = f'button[name=horaire][value="{wanted}"]'
    first.locator(same).click(no_wait_after=True)
    second.locator(same).click(no_wait_after=True)
    for page in (first, second):
        expect(page.locator("h1, .rl-notice-title").first).to_be_visible()
        page.wait_for_url(re.compile(r"/reservation/|/rendez-vous/"))
        page.wait_for_load_state()
        expect(
            page.get_by_text("Cet horaire vous est réservé").or_(page.get_by_text("vient d’être pris"))
        ).to_be_visible()
    winners = [page for page in (first, second) if "/reservation/" in page.url]
    assert len(winners) == 1
    loser = second if winners[0] is first else first
    expect(loser.get_by_text("vient d’être pris")).to_be_visible()
    assert loser.locator(same).count() == 0
    assert loser.locator("button[name=horaire]").count() > 0
    # The fresh times are real: the next press succeeds.
    loser.locator("button[name=horaire]").first.click()
    expect(loser).to_have_url(re.compile("/reservation/"))
