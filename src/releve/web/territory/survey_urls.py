"""Field surveys: the public form and its notice; opening, following and reading them."""

from django.urls import URLPattern, path

from . import converters, survey_desk_views, survey_views  # noqa: F401  (registers the converter)

urlpatterns: list[URLPattern] = [
    path("enquetes/<slug:token>/", survey_views.answer, name="survey"),
    path("enquetes/<slug:token>/merci/", survey_views.thanks, name="survey-thanks"),
    path("enquetes/<slug:token>/affiche/", survey_views.poster, name="survey-poster"),
    path("territoires/<territory_code:code>/enquete/", survey_views.of_place, name="survey-place"),
    path("coordination/enquetes/", survey_desk_views.surveys, name="surveys"),
    path("coordination/enquetes/nouvelle/", survey_desk_views.new_survey, name="survey-new"),
    path("coordination/enquetes/<int:survey_id>/", survey_desk_views.manage, name="survey-manage"),
    path(
        "coordination/enquetes/<int:survey_id>/modifier/", survey_desk_views.edit_survey, name="survey-edit"
    ),
    path(
        "coordination/enquetes/<int:survey_id>/resultats.csv",
        survey_desk_views.results,
        name="survey-results",
    ),
    path(
        "coordination/enquetes/<int:survey_id>/reponses/<int:response_id>/",
        survey_desk_views.moderate,
        name="survey-moderate",
    ),
]
