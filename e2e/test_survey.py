"""The voice of a place: a project lead opens a survey, an inhabitant answers on a phone without scripts, the lead
keeps the words, the diagnosis shows them."""

from __future__ import annotations

import re

from playwright.sync_api import expect

WORDS = "Trois mois d’attente, et plus de car le mercredi."


def sign_in_as_lead(page):
    page.goto("/compte/connexion/")
    page.locator("button.account-identity", has_text=re.compile("Porteur de projet.*Nieul")).click()
    expect(page).to_have_url(re.compile("/secretariat/"))


def test_a_survey_from_the_town_hall_to_the_diagnosis(new_page, assert_accessible):
    lead = new_page()
    sign_in_as_lead(lead)
    lead.goto("/territoires/85161/enquete/")
    assert_accessible(lead)
    lead.get_by_role("link", name=re.compile("Ouvrir une enquête")).click()
    assert_accessible(lead)
    lead.get_by_label("Titre").fill("Se soigner à Nieul-le-Dolent")
    lead.get_by_label("Introduction").fill("La commune prépare l’arrivée de médecins deux jours par semaine.")
    lead.get_by_label("Dernier jour").fill("2020-01-01")
    lead.get_by_role("button", name="Ouvrir cette enquête").click()
    expect(lead.get_by_text("se ferme avant de s’ouvrir").first).to_be_visible()
    assert_accessible(lead)
    day = lead.get_by_label("Premier jour").input_value()
    lead.get_by_label("Dernier jour").fill(day)
    lead.get_by_role("button", name="Ouvrir cette enquête").click()
    expect(lead.get_by_role("heading", level=1)).to_have_text("Se soigner à Nieul-le-Dolent")
    assert_accessible(lead)
    desk = lead.url
    address = re.search(r"/enquetes/[\w-]+/", lead.locator(".rl-voice-address").inner_text())[0]
    lead.get_by_role("link", name="Affiche à imprimer").click()
    expect(lead.locator(".rl-poster svg.rl-qr")).to_be_visible()
    assert_accessible(lead)

    phone = new_page(width=360, height=740, java_script_enabled=False)
    phone.goto(address)
    phone.get_by_role("link", name="Habitant ou habitante").click()
    phone.get_by_role("button", name="Envoyer mes réponses").click()
    expect(phone.get_by_text("Répondez à une question au moins").first).to_be_visible()
    phone.get_by_label("Non, j’en cherche un").check()
    phone.get_by_label("Plus d’un mois").check()
    phone.get_by_label("Mercredi").check()
    phone.get_by_label("Le matin").check()
    phone.get_by_label("Un mot à ajouter").fill("Rappelez-moi au 06 12 34 56 78")
    phone.get_by_role("button", name="Envoyer mes réponses").click()
    expect(phone.get_by_text("contient un numéro de téléphone").first).to_be_visible()
    expect(phone.get_by_label("Mercredi")).to_be_checked()
    phone.get_by_label("Un mot à ajouter").fill(WORDS)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.get_by_role("button", name="Envoyer mes réponses").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Merci")
    assert not [c for c in phone.context.cookies() if c["name"] != "csrftoken"]

    lead.goto("/territoires/85161/")
    assert WORDS not in lead.content()
    lead.goto(desk)
    expect(lead.get_by_text(WORDS)).to_be_visible()
    lead.get_by_role("button", name="Garder").click()
    expect(lead.get_by_text("Rien à montrer ici")).to_be_visible()
    lead.goto(f"{desk}?etat=kept")
    expect(lead.get_by_role("button", name="Remettre à relire")).to_be_visible()
    assert_accessible(lead)

    visitor = new_page()
    visitor.goto("/territoires/85161/")
    expect(visitor.locator("#survey")).to_contain_text(WORDS)
    expect(visitor.locator("#survey")).to_contain_text("Habitant ou habitante")
    assert_accessible(visitor)


def test_the_form_of_each_kind_is_accessible(new_page, assert_accessible):
    lead = new_page()
    sign_in_as_lead(lead)
    lead.goto("/coordination/enquetes/nouvelle/?territoire=85161")
    lead.get_by_role("button", name="Ouvrir cette enquête").click()
    address = re.search(r"/enquetes/[\w-]+/", lead.locator(".rl-voice-address").inner_text())[0]
    page = new_page(width=360, height=740)
    page.goto(address)
    assert_accessible(page)
    for kind in ("inhabitant", "pharmacist", "doctor", "elected"):
        page.goto(f"{address}?je={kind}")
        expect(page.get_by_role("button", name="Envoyer mes réponses")).to_be_visible()
        assert_accessible(page)


def test_a_local_fact_is_added_and_withdrawn(new_page, assert_accessible):
    lead = new_page()
    sign_in_as_lead(lead)
    lead.goto("/territoires/85161/connaissances/")
    lead.get_by_label("Départ de médecins").check()
    lead.get_by_label("Nombre de médecins").fill("0,5")
    lead.get_by_label("Précision").fill("Départ du Dr Durand")
    lead.get_by_label("Source").fill("Conseil municipal")
    lead.get_by_role("button", name="Ajouter ce fait").click()
    expect(lead.get_by_text("N’écrivez le nom de personne").first).to_be_visible()
    assert_accessible(lead)
    lead.get_by_label("Précision").fill("Retraite, sans successeur connu")
    lead.get_by_role("button", name="Ajouter ce fait").click()
    fact = lead.get_by_role("row", name=re.compile("Départ de 0,5"))
    expect(fact).to_contain_text("Retraite, sans successeur connu")
    assert_accessible(lead)
    lead.goto("/territoires/85161/")
    expect(lead.locator("#local")).to_contain_text("Retraite, sans successeur connu")
    lead.goto("/territoires/85161/connaissances/")
    fact.get_by_role("button", name="Retirer").click()
    lead.get_by_role("dialog").get_by_role("button", name="Retirer").click()
    expect(lead.get_by_role("heading", name="Historique")).to_be_visible()
    assert_accessible(lead)


def test_groups_of_communes_and_parameters_are_accessible(new_page, assert_accessible):
    lead = new_page(width=360, height=740)
    sign_in_as_lead(lead)
    lead.goto("/coordination/enquetes/")
    assert_accessible(lead)
    lead.goto("/perimetres/nouveau/")
    lead.get_by_label("Nom").fill("CPTS d’essai")
    lead.get_by_role("textbox", name="Communes").fill("85161\n99999")
    lead.get_by_role("button", name="Enregistrer").click()
    expect(lead.get_by_text(re.compile("Ligne 2")).first).to_be_visible()
    assert_accessible(lead)
    lead.get_by_role("textbox", name="Communes").fill("85161\nAubigny-Les Clouzeaux")
    lead.get_by_role("button", name="Enregistrer").click()
    expect(lead.get_by_role("heading", level=1)).to_have_text("CPTS d’essai")
    lead.goto("/perimetres/")
    assert_accessible(lead)
    lead.get_by_role("link", name="Modifier CPTS d’essai").first.click()
    lead.get_by_role("button", name="Supprimer ce périmètre").click()
    lead.get_by_role("dialog").get_by_role("button", name="Supprimer").click()
    expect(lead.get_by_text("est supprimé")).to_be_visible()

    admin = new_page()
    admin.goto("/compte/connexion/")
    admin.locator("button.account-identity", has_text="Administration").first.click()
    expect(admin).not_to_have_url(re.compile("/compte/connexion/"))
    admin.goto("/administration/parametres/")
    assert_accessible(admin)
    admin.get_by_label("Paramètre", exact=True).select_option("visits_per_day")
    admin.get_by_label("Valeur", exact=True).fill("99")
    admin.get_by_label("Source").fill("Essai")
    admin.get_by_role("button", name="Ajouter cette valeur").click()
    expect(admin.get_by_text("de 1 à 60").first).to_be_visible()
    assert_accessible(admin)
