"""What is agreed for one account, what a manager has time for, and what help is expected to do."""

from django.db import models
from django.db.models import Q

from amity.base.results import Grade
from amity.kernel.access.models import User
from amity.kernel.customers.models import Customer


class Account(models.Model):
    """What differs for one customer from the policy of their segment; None follows the policy."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="accounts")
    cadence_days = models.PositiveIntegerField(null=True)  # at most so many days of silence
    hours_a_year = models.FloatField(null=True)  # planned for them

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], name="one_account_a_customer"),
            models.CheckConstraint(
                condition=Q(cadence_days__isnull=True) | Q(cadence_days__gt=0),
                name="cadence_is_a_day_or_more",
            ),
            models.CheckConstraint(
                condition=Q(hours_a_year__isnull=True) | Q(hours_a_year__gte=0),
                name="planned_hours_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"account of {self.customer_id}"


class Capacity(models.Model):
    """The hours a year that a person has for their accounts."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    hours_a_year = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], name="one_capacity_a_person"),
            models.CheckConstraint(condition=Q(hours_a_year__gte=0), name="capacity_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.hours_a_year:g} h of {self.user_id}"


class HelpLevel(models.Model):
    """What dedicated help of so many hours is expected to change for customers of a segment."""

    segment_key = models.SlugField(max_length=50)
    name = models.CharField(max_length=50)  # "full", "light"
    hours_a_year = models.FloatField()
    retention_without = models.FloatField()  # a year, 0..1
    retention_with = models.FloatField()
    margin_minor = models.BigIntegerField(null=True)  # a year; None: what is measured of each
    grade = models.CharField(
        max_length=1, choices=[(g.value, f"{g.value}: {g.label}") for g in Grade], default=Grade.D
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment_key", "name"], name="one_level_a_name"),
            models.CheckConstraint(
                condition=Q(retention_without__gte=0, retention_without__lte=1)
                & Q(retention_with__gte=0, retention_with__lte=1),
                name="retention_is_a_share",
            ),
            models.CheckConstraint(condition=Q(hours_a_year__gt=0), name="level_takes_hours"),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.segment_key}"
