from django.apps import AppConfig


class AccountWebConfig(AppConfig):
    name = "releve.web.account"
    label = "web_account"
