from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "amity.kernel.access"
    label = "access"
