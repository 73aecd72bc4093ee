"""The territory: what needs action first, coverage by site and week, the same figures as a file."""

from django.urls import path

from . import need_views, views

app_name = "coordinator"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("couverture.csv", views.coverage_csv, name="coverage_csv"),
    path("besoins.csv", views.needs_csv, name="needs_csv"),
    path("besoins/nouveau/", need_views.new_need, name="need_new"),
]
