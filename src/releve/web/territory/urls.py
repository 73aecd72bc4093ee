"""Each page family keeps its own list of routes; one namespace for all."""

from django.urls import URLPattern

app_name = "territory"
urlpatterns: list[URLPattern] = []
