from django.apps import AppConfig


class DeskWebConfig(AppConfig):
    name = "releve.web.desk"
    label = "web_desk"
