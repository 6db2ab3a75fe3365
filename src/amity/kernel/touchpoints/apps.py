from django.apps import AppConfig


class TouchpointsConfig(AppConfig):
    name = "amity.kernel.touchpoints"
    label = "touchpoints"
