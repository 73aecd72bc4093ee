from django.apps import AppConfig


class DiagnosisConfig(AppConfig):
    name = "releve.contexts.diagnosis"
    label = "diagnosis"
    default_auto_field = "django.db.models.BigAutoField"
