"""Sign-in, own account, access to a practice, administration."""

from tests.architecture.access_matrix import Row, everyone, practice, signed_in

ADMIN_ONLY = signed_in(403, administrator=200)
ADMIN_POST = signed_in(403, administrator=302)
TEAM = practice(project_lead=200, administrator=200)
TEAM_POST = practice(project_lead=302, administrator=302)


def _practice(p):
    return p.slug


def _key(p):
    return {"pk": 1}


def _assignment(p):
    return {**p.slug, "assignment_id": p.assignment.pk}


def _invitation(p):
    return {**p.slug, "invitation_id": p.invitation.pk}


def _link(p):
    return {"token": p.invitation_token}


def _person(p):
    return {"user_id": p.member.pk}


def _role(p):
    return {"user_id": p.member.pk, "assignment_id": p.assignment.pk}


ROWS = [
    # The screens of allauth; nobody here holds a second factor yet, so those of a factor lead elsewhere
    Row("account_login", everyone(302, anonymous=200)),
    Row("account_logout", signed_in()),
    Row("account_inactive", everyone()),
    Row("account_reauthenticate", signed_in()),
    Row("account_change_password", signed_in()),
    Row("account_set_password", signed_in(302)),
    Row("account_reset_password", everyone()),
    Row("account_reset_password_done", everyone()),
    Row("account_reset_password_from_key_done", everyone()),
    Row(
        "account_reset_password_from_key",
        everyone(),
        lambda p: {"uidb36": "1", "key": "forge"},
        other=everyone(),
    ),
    Row("mfa_authenticate", everyone(302)),
    Row("mfa_login_webauthn", everyone(302)),
    Row("mfa_reauthenticate", everyone(302)),
    Row("mfa_reauthenticate_webauthn", everyone(302)),
    Row("mfa_index", signed_in()),
    Row("mfa_activate_totp", everyone(302)),
    Row("mfa_deactivate_totp", signed_in(404)),
    Row("mfa_view_recovery_codes", signed_in(404)),
    Row("mfa_download_recovery_codes", signed_in(404)),
    Row("mfa_generate_recovery_codes", everyone(302)),
    Row("mfa_list_webauthn", signed_in()),
    Row("mfa_add_webauthn", everyone(302)),
    Row("mfa_edit_webauthn", everyone(302), _key, other=everyone(302)),
    Row("mfa_remove_webauthn", everyone(302), _key, other=everyone(302)),
    # Own account
    Row("account:home", everyone(302)),
    Row("account:home", signed_in(), query="?liste=1"),
    Row("account:profile", signed_in()),
    Row("account:end_sessions", everyone(302), method="post"),
    Row("account:session_ended", everyone()),
    Row("account:demo_sign_in", everyone(404), method="post", data={"identity": "1"}),
    Row("account:invitation", everyone(), _link, other=everyone()),
    # Access to a practice
    Row("account:team", TEAM, _practice),
    Row("account:revoke_access", TEAM_POST, _assignment, method="post"),
    Row("account:revoke_invitation", TEAM_POST, _invitation, method="post"),
    # Administration
    Row("account:administration", ADMIN_ONLY),
    Row("account:new_practice", ADMIN_ONLY),
    Row("account:people", ADMIN_ONLY),
    Row("account:person", ADMIN_ONLY, _person, other=ADMIN_ONLY),
    Row("account:set_active", ADMIN_POST, _person, method="post", data={"active": "0"}, other=ADMIN_POST),
    Row("account:revoke_role", ADMIN_POST, _role, method="post", other=ADMIN_POST),
    Row("account:journal", signed_in(403, project_lead=200, administrator=200)),
]
