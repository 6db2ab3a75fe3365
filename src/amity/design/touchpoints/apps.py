from django.apps import AppConfig


class TouchpointsConfig(AppConfig):
    name = "amity.design.touchpoints"
    label = "design_touchpoints"
