"""Scenarios: build one, read, compare and export those that were saved, ask where to open."""

from django.urls import URLPattern, path

from . import scenario_saved_views, scenario_siting_views, scenario_views

urlpatterns: list[URLPattern] = [
    path("scenarios/", scenario_saved_views.mine, name="scenarios"),
    path("scenarios/nouveau/", scenario_views.new, name="scenario-new"),
    path("scenarios/calcul", scenario_views.calculate, name="scenario-calculate"),
    path("scenarios/communes", scenario_views.communes, name="scenario-communes"),
    path("scenarios/comparer/", scenario_saved_views.compare, name="scenario-compare"),
    path("scenarios/ou-ouvrir/", scenario_siting_views.page, name="scenario-siting"),
    path("scenarios/<slug:token>/", scenario_saved_views.saved, name="scenario"),
    path("scenarios/<slug:token>/modifier/", scenario_views.edit, name="scenario-edit"),
    path("scenarios/<slug:token>/supprimer/", scenario_saved_views.delete, name="scenario-delete"),
    path("scenarios/<slug:token>/rattacher/", scenario_saved_views.attach, name="scenario-attach"),
    path("scenarios/<slug:token>/detacher/", scenario_saved_views.detach, name="scenario-detach"),
    path("scenarios/<slug:token>/scenario.csv", scenario_saved_views.as_csv, name="scenario-csv"),
    path("scenarios/<slug:token>/scenario.json", scenario_saved_views.as_json, name="scenario-json"),
]
