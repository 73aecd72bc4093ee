from django.apps import AppConfig


class UiWebConfig(AppConfig):
    name = "releve.web.ui"
    label = "web_ui"
