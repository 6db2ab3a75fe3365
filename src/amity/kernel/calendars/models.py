from django.db import models


class WorkingCalendar(models.Model):
    """When a team works: weekly hours, and the holidays of a country that close it."""

    key = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=64, default="UTC")
    weekly_hours = models.JSONField(default=dict)  # {"mon": [["09:00", "17:00"]], …}
    country = models.CharField(max_length=2, default="", blank=True)
    subdivision = models.CharField(max_length=10, default="", blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_calendar",
            )
        ]

    def __str__(self) -> str:
        return self.name


class CalendarException(models.Model):
    """A day that differs: closed, or open in other hours."""

    calendar = models.ForeignKey(
        WorkingCalendar, on_delete=models.CASCADE, related_name="exceptions"
    )
    day = models.DateField()
    name = models.CharField(max_length=100)
    hours = models.JSONField(default=list)  # empty: closed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "day"], name="one_exception_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
