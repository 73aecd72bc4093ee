from django.urls import URLPattern, path

from . import views

app_name = "partner"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("lieux/<slug:site_slug>/", views.choose, name="book"),
    path("reservation/<str:hold_token>/", views.identity, name="hold"),
    path("reservation/<str:hold_token>/rendre/", views.release, name="hold-release"),
    path("rendez-vous/<str:public_id>/", views.appointment, name="appointment"),
    path("rendez-vous/<str:public_id>/annuler/", views.cancel, name="appointment-cancel"),
]
