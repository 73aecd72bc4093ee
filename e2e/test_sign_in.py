"""Getting in: the demonstration's identities with the keyboard alone, on a telephone, without JavaScript; a passkey."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def _identity(page, role: str):
    return page.locator("button.account-identity", has_text=role).first


def test_wrong_password_is_explained(page, assert_accessible):
    page.goto("/compte/connexion/")
    assert_accessible(page)
    page.get_by_label("Adresse mail").fill("inconnu@exemple.fr")
    page.get_by_label("Mot de passe", exact=True).fill("pas le bon")
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("inexact")
    assert_accessible(page)


def test_identity_by_keyboard_without_javascript_on_a_phone(new_page):
    page = new_page(width=360, height=740, java_script_enabled=False)
    page.goto("/compte/?essai=1")
    expect(page).to_have_url(re.compile(r"/compte/connexion/\?next="))
    _identity(page, "Administration").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/compte/\?essai=1$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")
    page.get_by_role("button", name="Se déconnecter partout").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/compte/connexion/$"))
    page.goto("/administration/")
    expect(page).to_have_url(re.compile(r"/compte/connexion/\?next="))


def test_account_and_administration_are_accessible(page, assert_accessible):
    page.goto("/compte/connexion/")
    _identity(page, "Administration").click()
    for address in (
        "/mon-espace/?liste=1",
        "/compte/",
        "/compte/securite/",
        "/administration/",
        "/administration/personnes/",
        "/administration/cabinets/nouveau/",
        "/administration/journal/",
    ):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert_accessible(page)


def test_invitation_passkey_and_sign_in_without_password(new_context, live_server_url, assert_accessible):
    # A passkey belongs to a name: the same server, called by its name.
    base = live_server_url.replace("127.0.0.1", "localhost")
    admin = new_context().new_page()
    admin.goto(f"{base}/compte/connexion/")
    _identity(admin, "Administration").click()
    admin.goto(f"{base}/administration/personnes/")
    admin.locator("#id_email").fill("nouvelle.coordination@exemple.fr")
    admin.locator("#id_scope_kind").select_option("platform")
    admin.get_by_role("button", name="Envoyer l’invitation").click()
    admin.goto(f"{base}/demonstration/messages/")
    link = re.search(r"/invitation/[\w-]{20,}/", admin.content())
    assert link, "l’invitation n’est pas parmi les messages"

    person = new_context().new_page()
    person.goto(base + link.group(0))
    assert_accessible(person)
    person.get_by_label("Votre nom").fill("Nora Essai (fictive)")
    person.get_by_label("Votre mot de passe").fill("lampe nuage rivière tambour colline")
    person.get_by_role("button", name="Ouvrir mon compte").click()
    # Not one of the demonstration's people: a second factor first.
    expect(person).to_have_url(re.compile(r"/compte/securite/$"))
    assert_accessible(person)
    keys = person.context.new_cdp_session(person)
    keys.send("WebAuthn.enable")
    keys.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    person.get_by_role("link", name="Ajouter une clé d’accès").click()
    person.get_by_label("S’en servir aussi à la place du mot de passe").check()
    person.get_by_role("button", name="Ajouter cette clé").click()
    expect(person).to_have_url(re.compile(r"/compte/securite/secours/$"))
    assert_accessible(person)
    person.goto(f"{base}/compte/deconnexion/")
    person.locator("main").get_by_role("button", name="Se déconnecter").click()
    person.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(person).to_have_url(re.compile(r"/coordination/$"))
