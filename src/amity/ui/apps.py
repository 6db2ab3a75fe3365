from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "amity.ui"
    label = "ui"
