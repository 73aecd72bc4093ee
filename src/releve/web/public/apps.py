from django.apps import AppConfig


class PublicWebConfig(AppConfig):
    name = "releve.web.public"
    label = "web_public"
