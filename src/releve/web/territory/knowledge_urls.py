"""Local knowledge, saved groups of communes, dated parameters."""

from django.urls import URLPattern, path

from . import converters, knowledge_views, parameter_views, perimeter_views  # noqa: F401  (registers the converter)

urlpatterns: list[URLPattern] = [
    path("territoires/<territory_code:code>/connaissances/", knowledge_views.knowledge, name="knowledge"),
    path(
        "coordination/connaissances/<int:knowledge_id>/retirer/",
        knowledge_views.withdraw,
        name="knowledge-withdraw",
    ),
    path("perimetres/", perimeter_views.perimeters, name="perimeters"),
    path("perimetres/nouveau/", perimeter_views.new_perimeter, name="perimeter-new"),
    path("perimetres/<slug:slug>/modifier/", perimeter_views.edit_perimeter, name="perimeter-edit"),
    path("perimetres/<slug:slug>/supprimer/", perimeter_views.delete_perimeter, name="perimeter-delete"),
    path("administration/parametres/", parameter_views.parameters, name="parameters"),
    path(
        "administration/parametres/<int:parameter_id>/retirer/",
        parameter_views.withdraw,
        name="parameter-withdraw",
    ),
]
