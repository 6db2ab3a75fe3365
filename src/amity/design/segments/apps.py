from django.apps import AppConfig


class SegmentsPagesConfig(AppConfig):
    name = "amity.design.segments"
    label = "design_segments"
