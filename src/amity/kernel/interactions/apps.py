from django.apps import AppConfig


class InteractionsConfig(AppConfig):
    name = "amity.kernel.interactions"
    label = "interactions"
