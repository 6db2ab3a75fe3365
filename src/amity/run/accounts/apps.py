from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "amity.run.accounts"
    label = "accounts"
