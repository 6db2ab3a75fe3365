from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "amity.kernel.calendars"
    label = "calendars"
