from django.apps import AppConfig


class RosteringConfig(AppConfig):
    name = "releve.contexts.rostering"
    label = "rostering"
    default_auto_field = "django.db.models.BigAutoField"
