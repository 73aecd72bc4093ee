from django.apps import AppConfig


class PartnerWebConfig(AppConfig):
    name = "releve.web.partner"
    label = "web_partner"
