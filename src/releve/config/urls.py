"""Every route of the platform, by audience."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    # First: the parts without a prefix are long to try.
    path("api/v1/", include("releve.api.v1.urls")),
    path("", include("releve.web.ui.urls")),
    path("demonstration/", include("releve.web.ui.demo_urls")),
    path("", include("releve.web.public.urls")),
    path("", include("releve.web.territory.urls")),
    path("secretariat/<slug:practice_slug>/calendrier/", include("releve.web.desk.roster_urls")),
    path("secretariat/", include("releve.web.desk.settings_urls")),
    path("secretariat/", include("releve.web.desk.urls")),
    path("medecin/", include("releve.web.clinician.urls")),
    path("coordination/", include("releve.web.coordinator.urls")),
    path("partenaire/", include("releve.web.partner.urls")),
    path("", include("releve.web.account.urls")),
    path("compte/", include("releve.web.account.allauth_urls")),
    path("calendriers/", include("releve.api.ical.urls")),
]

handler400 = "releve.web.ui.errors.bad_request"
handler403 = "releve.web.ui.errors.permission_denied"
handler404 = "releve.web.ui.errors.page_not_found"
handler500 = "releve.web.ui.errors.server_error"
