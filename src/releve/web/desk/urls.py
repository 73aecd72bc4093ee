"""Routes of the desk's day, below `/secretariat/`."""

from django.urls import path

from . import booking_views, day_views, day_visit_views, patients_views, print_views

app_name = "desk"
urlpatterns = [
    path("", day_views.choose, name="choose"),
    path("<slug:practice_slug>/jour/", day_views.today, name="today"),
    path("<slug:practice_slug>/jour/<slug:site_slug>/<str:day>/", day_views.day, name="day"),
    path("<slug:practice_slug>/imprimer/<slug:site_slug>/<str:day>/", print_views.print_day, name="print"),
    path("<slug:practice_slug>/visites/<int:appointment_id>/", day_visit_views.visit, name="visit"),
    path("<slug:practice_slug>/visites/<int:appointment_id>/etape/", day_visit_views.step, name="step"),
    path("<slug:practice_slug>/visites/<int:appointment_id>/deplacer/", day_visit_views.move, name="move"),
    path("<slug:practice_slug>/visites/<int:appointment_id>/annuler/", day_visit_views.cancel, name="cancel"),
    path("<slug:practice_slug>/patients/", patients_views.patients, name="patients"),
    path("<slug:practice_slug>/patients/propositions/", patients_views.suggest, name="suggest"),
    path("<slug:practice_slug>/patients/<int:patient_id>/", patients_views.sheet, name="patient"),
    path("<slug:practice_slug>/patients/<int:patient_id>/corriger/", patients_views.correct, name="correct"),
    path("<slug:practice_slug>/rendez-vous/", booking_views.start, name="book"),
    path("<slug:practice_slug>/rendez-vous/<slug:draft_key>/", booking_views.book, name="book_draft"),
]
