"""The map of France, and the table that says the same."""

from django.urls import URLPattern, path

from . import map_table_views, map_views

urlpatterns: list[URLPattern] = [
    path("carte/", map_views.page, name="map"),
    path("carte/communes.json", map_views.index, name="map-index"),
    path("carte/lieux.json", map_views.sites, name="map-sites"),
    path("carte/couches/<slug:layer>.json", map_views.layer, name="map-layer"),
    path("carte/tuiles/<slug:fingerprint>/<int:z>/<int:x>/<int:y>.mvt", map_views.tile, name="map-tile"),
    path("carte/tableau/", map_table_views.page, name="map-table"),
    path("carte/tableau.csv", map_table_views.download, name="map-csv"),
]
