from django.apps import AppConfig


class TerritoryWebConfig(AppConfig):
    name = "releve.web.territory"
    label = "web_territory"
