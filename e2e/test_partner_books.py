"""A pharmacist books for a patient who has neither phone nor mail, hands over a paper, then cancels."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_a_patient_without_phone_or_mail(new_page, assert_accessible):
    page = new_page()
    page.goto("/compte/connexion/")
    page.locator(
        "button.account-identity", has_text=re.compile("Pharmac|paramédical", re.IGNORECASE)
    ).first.click()
    expect(page).to_have_url(re.compile("/partenaire/"))
    assert_accessible(page)
    page.locator("main a.rl-answer").first.click()
    assert_accessible(page)
    page.get_by_role("link", name=re.compile("Première consultation")).click()
    page.locator("button[name=horaire]").last.click()
    expect(page.get_by_text("Cet horaire vous est réservé jusqu’à")).to_be_visible()
    page.get_by_label("Prénom").fill("Basile")
    page.get_by_label("Nom de naissance").fill("Zinnia")
    page.get_by_label("Jour").fill("9")
    page.get_by_label("Mois").fill("9")
    page.get_by_label("Année").fill("1929")
    page.get_by_role("button", name="Prendre ce rendez-vous").click()
    expect(page.get_by_text("cochez la case ci-dessous").first).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Le patient n’a ni téléphone ni adresse mail").check()
    page.get_by_role("button", name="Prendre ce rendez-vous").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Le rendez-vous est pris")
    assert "Zinnia" not in page.content()
    assert_accessible(page)
    page.goto("/partenaire/")
    assert "Zinnia" not in page.content()
    page.get_by_role("link", name=re.compile(r"B\. Z\.")).click()
    page.get_by_role("link", name="Annuler").click()
    assert_accessible(page)
    page.get_by_role("button", name="Annuler le rendez-vous").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("est annulé")
