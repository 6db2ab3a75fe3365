from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "amity.kernel.commerce"
    label = "commerce"
