"""Own account, access to a practice, administration. The screens of allauth are in `allauth_urls`."""

from django.urls import URLPattern, path

from .views import administration, invitations, journal, me, sign_in, team

app_name = "account"
urlpatterns: list[URLPattern] = [
    path("mon-espace/", me.home, name="home"),
    path("compte/", me.profile, name="profile"),
    path("compte/deconnexion/partout/", me.end_sessions, name="end_sessions"),
    path("compte/session-expiree/", sign_in.session_ended, name="session_ended"),
    path("compte/demonstration/", sign_in.demo_sign_in, name="demo_sign_in"),
    path("invitation/<str:token>/", invitations.accept_invitation, name="invitation"),
    path("equipe-acces/<slug:practice_slug>/", team.team_access, name="team"),
    path(
        "equipe-acces/<slug:practice_slug>/acces/<int:assignment_id>/retirer/",
        team.revoke_access,
        name="revoke_access",
    ),
    path(
        "equipe-acces/<slug:practice_slug>/invitation/<int:invitation_id>/annuler/",
        team.revoke_invitation,
        name="revoke_invitation",
    ),
    path("administration/", administration.practices, name="administration"),
    path("administration/cabinets/nouveau/", administration.new_practice, name="new_practice"),
    path("administration/personnes/", administration.people, name="people"),
    path("administration/personnes/<int:user_id>/", administration.person, name="person"),
    path("administration/personnes/<int:user_id>/etat/", administration.set_active, name="set_active"),
    path(
        "administration/personnes/<int:user_id>/role/<int:assignment_id>/retirer/",
        administration.revoke_role,
        name="revoke_role",
    ),
    path("administration/journal/", journal.journal, name="journal"),
]
