from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "amity.kernel.customers"
    label = "customers"
