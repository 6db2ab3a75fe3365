from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "amity.kernel.segments"
    label = "segments"
