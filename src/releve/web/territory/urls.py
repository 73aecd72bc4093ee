"""Each page family keeps its own list of routes; one namespace for all."""

from django.urls import URLPattern

from . import diagnosis_urls, knowledge_urls, map_urls, scenario_urls, survey_urls

app_name = "territory"
urlpatterns: list[URLPattern] = []
urlpatterns += diagnosis_urls.urlpatterns
urlpatterns += map_urls.urlpatterns
urlpatterns += scenario_urls.urlpatterns
urlpatterns += survey_urls.urlpatterns
urlpatterns += knowledge_urls.urlpatterns
