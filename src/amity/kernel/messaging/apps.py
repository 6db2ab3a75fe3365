from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "amity.kernel.messaging"
    label = "messaging"
