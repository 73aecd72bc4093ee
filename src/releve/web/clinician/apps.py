from django.apps import AppConfig


class ClinicianWebConfig(AppConfig):
    name = "releve.web.clinician"
    label = "web_clinician"
