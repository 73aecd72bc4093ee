"""The map of France in a real browser: it is drawn from our tiles alone, and its table says the same to the keyboard."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

READY_SECONDS = 60


def open_map(page: Page, address: str = "/carte/") -> list[tuple[int, str]]:
    """Open it and wait until it is drawn; the answers of the tiles asked for meanwhile."""
    answers: list[tuple[int, str]] = []
    page.on(
        "response",
        lambda answer: answers.append((answer.status, answer.url)) if ".mvt" in answer.url else None,
    )
    page.goto(address)
    expect(page.locator("[data-france-map]")).to_have_attribute(
        "data-ready", "yes", timeout=READY_SECONDS * 1000
    )
    page.wait_for_function("() => releve.theMap.gl.areTilesLoaded()", timeout=READY_SECONDS * 1000)
    return answers


@pytest.fixture(scope="module")
def contours(live_server_url: str, browser: Any) -> bool:
    """Whether this copy has the package of contours; then wait for the worker to have made the tiles."""
    page = browser.new_page()
    try:
        deadline = time.monotonic() + 240
        while True:
            page.goto(f"{live_server_url}/carte/")
            state = page.locator("[data-france-map]").get_attribute("data-state")
            if state != "preparing" or time.monotonic() > deadline:
                assert state != "preparing", "le fond de carte n’a pas été préparé en quatre minutes"
                return state == "ready"
            page.wait_for_timeout(2000)
    finally:
        page.close()


def colours(page: Page) -> int:
    """How many different colours the canvas shows: one, and nothing was drawn."""
    return page.evaluate(
        """() => new Promise((done) => { const gl = releve.theMap.gl; gl.once('render', () => {
          const from = gl.getCanvas(), to = document.createElement('canvas');
          to.width = to.height = 120; const pen = to.getContext('2d'); pen.drawImage(from, 0, 0, 120, 120);
          const data = pen.getImageData(0, 0, 120, 120).data, seen = new Set();
          for (let i = 0; i < data.length; i += 4) seen.add(data[i] >> 4 << 8 | data[i + 1] >> 4 << 4 | data[i + 2] >> 4);
          done(seen.size); }); gl.triggerRepaint(); })"""
    )


class TestTheMap:
    def test_it_is_drawn_from_our_own_tiles(self, page: Page, contours: bool):
        errors: list[str] = []
        foreign: list[str] = []
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("request", lambda r: foreign.append(r.url) if "//127.0.0.1" not in r.url else None)
        answers = open_map(page)
        assert errors == []
        assert [url for url in foreign if not url.startswith(("blob:", "data:"))] == []
        if contours:
            assert {status for status, _ in answers} <= {200, 204}
            assert any(status == 200 for status, _ in answers)
        assert colours(page) > 5

    def test_another_layer_keeps_the_place(self, page: Page, contours: bool):
        open_map(page, "/carte/?territoire=85161")
        before = page.evaluate("() => releve.theMap.gl.getCenter().toArray()")
        page.get_by_label("Ce que la carte montre").select_option("population")
        expect(page.locator("[data-map-legend] h2")).to_have_text("Population")
        expect(page).to_have_url(re.compile("couche=population"))
        assert page.evaluate("() => releve.theMap.gl.getCenter().toArray()") == before
        assert page.evaluate("() => releve.theMap.classOf('85161')") is not None

    def test_a_click_on_a_commune_opens_its_panel(self, page: Page, contours: bool):
        open_map(page, "/carte/?couche=population")
        page.evaluate("() => releve.theMap.gl.jumpTo({ center: [-1.508, 46.574], zoom: 11 })")
        page.wait_for_function("() => releve.theMap.gl.loaded() && releve.theMap.gl.areTilesLoaded()")
        spot = page.evaluate(
            "() => { const p = releve.theMap.gl.project([-1.508, 46.574]),"
            " b = releve.theMap.gl.getCanvas().getBoundingClientRect(); return [b.left + p.x, b.top + p.y] }"
        )
        # A marker of the platform may stand on the very point: a little aside is the same commune.
        page.mouse.click(spot[0] + (12 if contours else 0), spot[1] + (14 if contours else 0))
        panel = page.locator("[data-map-panel]")
        expect(panel.get_by_role("heading")).to_have_text("Nieul-le-Dolent")
        expect(panel.get_by_role("link", name="Lire le diagnostic")).to_have_attribute(
            "href", "/territoires/85161/"
        )

    def test_a_commune_is_searched_and_flown_to(self, page: Page, contours: bool):
        open_map(page, "/carte/?couche=population")
        page.get_by_label("Aller à une commune").fill("nieul-le-d")
        page.get_by_role("option", name=re.compile("Nieul-le-Dolent")).click()
        expect(page.locator("[data-map-panel]").get_by_role("heading")).to_have_text("Nieul-le-Dolent")
        page.wait_for_function("() => releve.theMap.gl.getZoom() > 8")

    def test_overseas_is_one_press_away(self, page: Page, contours: bool):
        open_map(page, "/carte/?couche=population")
        page.get_by_role("button", name="La Réunion").click()
        page.wait_for_function("() => Math.abs(releve.theMap.gl.getCenter().lng - 55.5) < 0.5")
        assert page.evaluate("() => releve.theMap.gl.getCenter().lat") == pytest.approx(-21.1, abs=0.4)

    def test_a_place_of_the_platform_says_what_one_finds_there(self, page: Page, contours: bool):
        open_map(page, "/carte/?territoire=85161")
        page.get_by_role("button", name=re.compile("^Lieu : ")).first.press("Enter")
        expect(page.locator(".maplibregl-popup").get_by_role("link", name="Voir ce lieu")).to_be_visible()

    def test_it_is_accessible(
        self, new_page: Callable[..., Page], contours: bool, assert_accessible: Callable[[Page], None]
    ):
        for width, scheme in ((1280, "light"), (360, "dark")):
            page = new_page(width=width, color_scheme=scheme)
            open_map(page, "/carte/?territoire=85161")
            assert_accessible(page)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width


class TestTheTable:
    def test_the_keyboard_reaches_the_same_through_the_table(self, page: Page, contours: bool):
        open_map(page, "/carte/?couche=population")
        page.get_by_role("link", name="Le tableau dit la même chose").press("Enter")
        expect(page).to_have_url(re.compile(r"/carte/tableau/\?couche=population"))
        name = page.get_by_label("Nom de la commune")
        name.fill("nieul le dolent")
        name.press("Enter")
        row = page.get_by_role("row", name=re.compile("Nieul-le-Dolent"))
        expect(row).to_be_visible()
        row.get_by_role("link", name="Nieul-le-Dolent").press("Enter")
        expect(page).to_have_url(re.compile("/territoires/85161/"))

    def test_sort_filter_and_download(self, page: Page):
        page.goto("/carte/tableau/")
        page.get_by_label("Département").select_option("85")
        page.get_by_role("button", name="Filtrer").click()
        expect(page.get_by_role("status").first).to_contain_text("communes")
        page.get_by_role("link", name="Commune", exact=True).click()
        expect(page.locator("th[aria-sort=ascending]")).to_have_text(re.compile("Commune"))
        expect(page.locator("tbody tr").first).to_contain_text("Aizenay")
        with page.expect_download() as waiting:
            page.get_by_role("link", name=re.compile("CSV")).click()
        lines = waiting.value.path().read_text(encoding="utf-8-sig").splitlines()
        assert 240 < len(lines) < 300
        assert all(line.startswith("85") for line in lines[1:])

    def test_without_javascript(self, new_page: Callable[..., Page]):
        page = new_page(java_script_enabled=False)
        page.goto("/carte/")
        expect(page.get_by_text("La carte a besoin de JavaScript")).to_be_visible()
        page.get_by_label("Ce que la carte montre").select_option("densite")
        page.get_by_label("Aller à une commune").fill("Nieul-le-Dolent")
        page.get_by_role("button", name="Afficher").click()
        expect(page.get_by_role("heading", name="Densité de population")).to_be_visible()
        expect(page.get_by_role("link", name="Lire le diagnostic")).to_be_visible()

    def test_it_is_accessible(self, new_page: Callable[..., Page], assert_accessible: Callable[[Page], None]):
        for width in (1280, 360):
            page = new_page(width=width)
            page.goto("/carte/tableau/?departement=85&tri=-population")
            assert_accessible(page)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
