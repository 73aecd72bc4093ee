"""The practitioner's pages, made for a phone: my shifts, open needs, availability, calendar, profile."""

from django.urls import path

from . import availability_views, feed_views, profile_views, shift_views

app_name = "clinician"
urlpatterns = [
    path("", shift_views.my_shifts, name="shifts"),
    path("besoins/", shift_views.needs, name="needs"),
    path("besoins/<int:shift_id>/je-viens/", shift_views.take, name="take"),
    path("vacations/<int:shift_id>/rendre/", shift_views.give_back, name="give_back"),
    path("disponibilites/", availability_views.availability, name="availability"),
    path("calendrier/", feed_views.feeds, name="feeds"),
    path("calendrier/<int:feed_id>/fermer/", feed_views.revoke, name="feed_revoke"),
    path("profil/", profile_views.profile, name="profile"),
]
