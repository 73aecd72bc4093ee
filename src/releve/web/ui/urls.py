from django.urls import URLPattern, path

from . import health

app_name = "ui"
urlpatterns: list[URLPattern] = [
    path("healthz", health.healthz, name="healthz"),
]
