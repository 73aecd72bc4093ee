"""The diagnosis of a territory: to find it, to read it, to print it, its figures."""

from django.urls import URLPattern, path

from . import converters, diagnosis_views  # noqa: F401  (registers the converter)

urlpatterns: list[URLPattern] = [
    path("territoires/", diagnosis_views.home, name="home"),
    path("territoires/suggestions", diagnosis_views.suggestions, name="suggestions"),
    path("territoires/<territory_code:code>/", diagnosis_views.diagnosis, name="diagnosis"),
    path("territoires/<territory_code:code>/diagnostic.pdf", diagnosis_views.document, name="diagnosis-pdf"),
    path("territoires/<territory_code:code>/chiffres.csv", diagnosis_views.figures, name="diagnosis-csv"),
]
