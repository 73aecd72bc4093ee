"""Routes of the roster calendar, below `/secretariat/<practice_slug>/calendrier/`."""

from django.urls import path

from . import roster_bulk_views, roster_calendar_views, roster_shift_views, roster_template_views

app_name = "roster"
urlpatterns = [
    path("", roster_calendar_views.calendar, name="calendar"),
    path("imprimer/", roster_calendar_views.print_month, name="print"),
    path("vacations/nouvelle/", roster_shift_views.new_shift, name="shift_new"),
    path("vacations/<int:shift_id>/", roster_shift_views.shift_page, name="shift"),
    path("vacations/<int:shift_id>/annuler/", roster_shift_views.cancel_shift, name="shift_cancel"),
    path("vacations/<int:shift_id>/action/", roster_shift_views.act_on_shift, name="shift_act"),
    path("placer/", roster_bulk_views.place_people, name="place"),
    path("semaine-type/", roster_template_views.typical_week, name="templates"),
    path("semaine-type/<slug:site_slug>/ligne/", roster_template_views.line, name="template_new"),
    path(
        "semaine-type/<slug:site_slug>/ligne/<int:template_id>/", roster_template_views.line, name="template"
    ),
    path(
        "semaine-type/<slug:site_slug>/ligne/<int:template_id>/supprimer/",
        roster_template_views.delete_line,
        name="template_delete",
    ),
    path("semaine-type/<slug:site_slug>/generer/", roster_template_views.generate, name="generate"),
]
