from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "amity.kernel.policy"
    label = "policy"
