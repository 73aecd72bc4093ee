from django.urls import URLPattern, path

from . import search_views, site_views, views

app_name = "public"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("pres-de-chez-vous/", search_views.search, name="search"),
    path("pres-de-chez-vous/suggestions", search_views.suggestions, name="suggestions"),
    path("lieux/<slug:site_slug>/", site_views.site_page, name="site"),
    path("lieux/<slug:site_slug>/carte.json", site_views.site_map, name="site-map"),
]
