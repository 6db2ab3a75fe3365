from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "amity.design.studio"
    label = "studio"
