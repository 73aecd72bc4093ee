from django.apps import AppConfig


class PractitionersConfig(AppConfig):
    name = "releve.contexts.practitioners"
    label = "practitioners"
    default_auto_field = "django.db.models.BigAutoField"
