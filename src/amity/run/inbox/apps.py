from django.apps import AppConfig
from django.db.models.signals import post_migrate

from amity.run.inbox.queries import search_index


class InboxConfig(AppConfig):
    name = "amity.run.inbox"
    label = "inbox"

    def ready(self) -> None:
        post_migrate.connect(search_index.after_migrate, sender=self, dispatch_uid="inbox.search")
