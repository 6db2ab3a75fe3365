from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "amity.run.inbox"
    label = "inbox"
