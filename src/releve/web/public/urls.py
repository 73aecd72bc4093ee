from django.urls import URLPattern, path

from . import booking_hold_views, booking_manage_views, booking_views, search_views, site_views, views

app_name = "public"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("pres-de-chez-vous/", search_views.search, name="search"),
    path("pres-de-chez-vous/suggestions", search_views.suggestions, name="suggestions"),
    path("lieux/<slug:site_slug>/", site_views.site_page, name="site"),
    path("lieux/<slug:site_slug>/carte.json", site_views.site_map, name="site-map"),
    path("lieux/<slug:site_slug>/rendez-vous/", booking_views.choose, name="booking"),
    path("reservation/<str:hold_token>/", booking_hold_views.identity, name="hold"),
    path("reservation/<str:hold_token>/code/", booking_hold_views.code, name="hold-code"),
    path("reservation/<str:hold_token>/rendre/", booking_hold_views.release, name="hold-release"),
    path("rdv/<str:manage_token>/", booking_manage_views.appointment, name="appointment"),
    path("rdv/<str:manage_token>/annuler/", booking_manage_views.cancel, name="appointment-cancel"),
    path("rdv/<str:manage_token>/deplacer/", booking_manage_views.move, name="appointment-move"),
    path("rdv/<str:manage_token>/rendez-vous.ics", booking_manage_views.calendar, name="appointment-ics"),
]
