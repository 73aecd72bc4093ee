from django.apps import AppConfig


class CoordinatorWebConfig(AppConfig):
    name = "releve.web.coordinator"
    label = "web_coordinator"
