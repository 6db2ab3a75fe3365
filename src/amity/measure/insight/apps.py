from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "amity.measure.insight"
    label = "insight"
