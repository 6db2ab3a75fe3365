from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "amity.run.contracts"
    label = "contracts"
