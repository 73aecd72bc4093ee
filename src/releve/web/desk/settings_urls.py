"""Routes of the settings, below `/secretariat/<practice_slug>/reglages/`."""

from django.urls import URLPattern, URLResolver, include, path

from . import settings_reason_views as reasons
from . import settings_site_views as sites
from . import settings_team_views as team
from . import settings_views as views

app_name = "settings"

_site = [
    path("", sites.site_page, name="site"),
    path("contours.json", sites.contours, name="contours"),
    path("salles/", sites.rooms, name="rooms"),
    path("salles/<int:room_id>/", sites.room, name="room"),
    path("salles/<int:room_id>/supprimer/", sites.remove_room, name="room_remove"),
    path("materiel/", sites.equipment, name="equipment"),
    path("fermetures/", sites.closures, name="closures"),
    path("fermetures/<int:closure_id>/supprimer/", sites.remove_closure, name="closure_remove"),
    path("calendriers/", sites.feeds, name="feeds"),
    path("calendriers/<int:feed_id>/fermer/", sites.revoke_feed, name="feed_revoke"),
]

_settings: list[URLPattern | URLResolver] = [
    path("", views.overview, name="overview"),
    path("ouvrir/", views.open_, name="open"),
    path("fermer/", views.close, name="close"),
    path("cabinet/", views.practice_page, name="practice"),
    path("information-patients/", views.notice, name="notice"),
    path("lieux/", sites.site_list, name="sites"),
    path("lieux/nouveau/", sites.new_site, name="site_new"),
    path("lieux/<slug:site_slug>/", include(_site)),
    path("motifs/", reasons.reason_list, name="reasons"),
    path("motifs/depart/", reasons.create_defaults, name="reasons_default"),
    path("motifs/nouveau/", reasons.reason, name="reason_new"),
    path("motifs/<int:reason_id>/", reasons.reason, name="reason"),
    path("equipe/", team.team_list, name="team"),
    path("equipe/ajouter/", team.add_member, name="member_add"),
    path("equipe/nouveau/", team.new_member, name="member_new"),
    path("equipe/<int:practitioner_id>/", team.member, name="member"),
    path("equipe/<int:practitioner_id>/dates/", team.member_dates, name="member_dates"),
    path("equipe/<int:practitioner_id>/inviter/", team.invite, name="member_invite"),
]

urlpatterns = [
    path("<slug:practice_slug>/reglages/", include(_settings)),
]
