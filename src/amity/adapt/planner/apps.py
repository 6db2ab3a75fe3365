from django.apps import AppConfig


class PlannerConfig(AppConfig):
    name = "amity.adapt.planner"
    label = "adapt_planner"
