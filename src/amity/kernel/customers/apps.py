from django.apps import AppConfig
from django.db.models.signals import post_migrate

from amity.kernel.customers import search_index


class CustomersConfig(AppConfig):
    name = "amity.kernel.customers"
    label = "customers"

    def ready(self) -> None:
        post_migrate.connect(
            search_index.after_migrate, sender=self, dispatch_uid="customers.search"
        )
