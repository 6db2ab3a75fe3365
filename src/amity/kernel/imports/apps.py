from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "amity.kernel.imports"
    label = "imports"
