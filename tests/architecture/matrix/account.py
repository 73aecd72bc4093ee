"""Own account, access to a practice, administration."""

from tests.architecture.access_matrix import Row, everyone, practice, signed_in

ADMIN_ONLY = signed_in(403, administrator=200)
ADMIN_POST = signed_in(403, administrator=302)
TEAM = practice(project_lead=200, administrator=200)
TEAM_POST = practice(project_lead=302, administrator=302)


def _practice(p):
    return p.slug


ROWS = [
    # Each is led to where their role works.
    Row("account:home", signed_in(302)),
    Row("account:profile", signed_in()),
    Row("account:end_sessions", signed_in(302), method="post"),
    Row("account:session_ended", everyone()),
    # Tests do not run in the demonstration, where alone one signs in with one click.
    Row("account:demo_sign_in", everyone(404), method="post"),
    Row(
        "account:invitation",
        everyone(),
        lambda p: {"token": p.invitation_token},
        other=everyone(),
    ),
    Row("account:invitation", everyone(404), lambda p: {"token": "inconnu"}, other=everyone(404)),
    Row("account:team", TEAM, _practice),
    Row(
        "account:revoke_access",
        TEAM_POST,
        lambda p: {**p.slug, "assignment_id": p.assignment.pk},
        method="post",
    ),
    Row(
        "account:revoke_invitation",
        TEAM_POST,
        lambda p: {**p.slug, "invitation_id": p.invitation.pk},
        method="post",
    ),
    Row("account:administration", ADMIN_ONLY),
    Row("account:new_practice", ADMIN_ONLY),
    Row("account:people", ADMIN_ONLY),
    Row("account:person", ADMIN_ONLY, lambda p: {"user_id": p.member.pk}, other=ADMIN_ONLY),
    Row(
        "account:set_active", ADMIN_POST, lambda p: {"user_id": p.member.pk}, other=ADMIN_POST, method="post"
    ),
    Row(
        "account:revoke_role",
        ADMIN_POST,
        lambda p: {"user_id": p.member.pk, "assignment_id": p.assignment.pk},
        other=ADMIN_POST,
        method="post",
    ),
    # A project lead reads the lines of their own practices (tests/web/account).
    Row("account:journal", signed_in(403, administrator=200, project_lead=200)),
]
