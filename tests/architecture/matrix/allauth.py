"""Sign-in and second factor (django-allauth's views behind our addresses). Everyone sees only their own."""

from tests.architecture.access_matrix import Row, everyone, signed_in

# A page for visitors sends whoever is signed in home.
VISITORS = {**everyone(302), "anonymous": 200}
# Sensitive pages ask for the password again when it was typed long ago.
OWN = signed_in((200, 302))

ROWS = [
    Row("account_login", VISITORS),
    Row("account_logout", everyone((200, 302))),
    Row("account_inactive", everyone()),
    Row("account_reauthenticate", OWN),
    Row("account_change_password", OWN),
    Row("account_set_password", OWN),
    Row("account_reset_password", everyone((200, 302))),
    Row("account_reset_password_done", everyone((200, 302))),
    Row(
        "account_reset_password_from_key",
        everyone((200, 302)),
        lambda p: {"uidb36": "1", "key": "x-y"},
        other=everyone((200, 302)),
    ),
    Row("account_reset_password_from_key_done", everyone((200, 302))),
    Row("mfa_authenticate", everyone(302)),
    Row("mfa_login_webauthn", everyone((200, 302))),
    Row("mfa_reauthenticate", OWN),
    Row("mfa_reauthenticate_webauthn", OWN),
    Row("mfa_index", OWN),
    Row("mfa_activate_totp", OWN),
    Row("mfa_deactivate_totp", signed_in((302, 404))),
    Row("mfa_view_recovery_codes", signed_in((302, 404))),
    Row("mfa_generate_recovery_codes", signed_in((302, 404))),
    Row("mfa_download_recovery_codes", signed_in((302, 404))),
    Row("mfa_list_webauthn", OWN),
    Row("mfa_add_webauthn", OWN),
    Row("mfa_edit_webauthn", signed_in((302, 404)), lambda p: {"pk": 1}, other=signed_in((302, 404))),
    Row("mfa_remove_webauthn", signed_in((302, 404)), lambda p: {"pk": 1}, other=signed_in((302, 404))),
]
