"""Sign-in and second factor (django-allauth's views behind our addresses). Everyone sees only their own."""

from tests.architecture.access_matrix import Row, everyone, signed_in

# A page for visitors sends whoever is signed in home.
VISITORS = {**everyone(302), "anonymous": 200}
OWN = signed_in()
# The password is asked again before anything sensitive; nobody here has a second factor to show or remove.
CONFIRMED, NONE_YET = signed_in(302), signed_in(404)

ROWS = [
    Row("account_login", VISITORS),
    Row("account_logout", OWN),
    Row("account_inactive", everyone()),
    Row("account_reauthenticate", OWN),
    Row("account_change_password", OWN),
    Row("account_set_password", CONFIRMED),
    Row("account_reset_password", everyone()),
    Row("account_reset_password_done", everyone()),
    # A forged link: the page says that it no longer works, and asks for another.
    Row(
        "account_reset_password_from_key",
        everyone(),
        lambda p: {"uidb36": "1", "key": "x-y"},
        other=everyone(),
    ),
    Row("account_reset_password_from_key_done", everyone()),
    Row("mfa_authenticate", everyone(302)),
    Row("mfa_login_webauthn", everyone(302)),
    Row("mfa_reauthenticate", CONFIRMED),
    Row("mfa_reauthenticate_webauthn", CONFIRMED),
    Row("mfa_index", OWN),
    Row("mfa_activate_totp", CONFIRMED),
    Row("mfa_deactivate_totp", NONE_YET),
    Row("mfa_view_recovery_codes", NONE_YET),
    Row("mfa_generate_recovery_codes", CONFIRMED),
    Row("mfa_download_recovery_codes", NONE_YET),
    Row("mfa_list_webauthn", OWN),
    Row("mfa_add_webauthn", CONFIRMED),
    Row("mfa_edit_webauthn", CONFIRMED, lambda p: {"pk": 1}, other=CONFIRMED),
    Row("mfa_remove_webauthn", CONFIRMED, lambda p: {"pk": 1}, other=CONFIRMED),
]
