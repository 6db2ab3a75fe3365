from django.apps import AppConfig


class TraitsConfig(AppConfig):
    name = "amity.kernel.traits"
    label = "traits"
