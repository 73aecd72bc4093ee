from django.urls import URLPattern, path

from . import health, style_views

app_name = "ui"
urlpatterns: list[URLPattern] = [
    path("style/", style_views.style_guide, name="style"),
    path("healthz", health.healthz, name="healthz"),
]
