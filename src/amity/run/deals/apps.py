from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "amity.run.deals"
    label = "deals"
