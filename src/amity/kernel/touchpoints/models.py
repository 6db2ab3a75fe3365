from django.db import models

from amity.base.vocabulary import Control, Owner


class Touchpoint(models.Model):
    """One concrete place or moment where customer and company meet (DOMAIN 5.3)."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        LIVE = "live", "Live"
        FROZEN = "frozen", "Frozen"
        CLOSING = "closing", "Closing"
        CLOSED = "closed", "Closed"

    key = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    channel = models.CharField(max_length=50)
    purposes = models.JSONField(default=list)  # communicate, sell, distribute
    owner = models.CharField(
        max_length=10, choices=[(o.value, o.value) for o in Owner], default=Owner.OWN
    )
    partner_name = models.CharField(max_length=100, default="", blank=True)
    control = models.CharField(
        max_length=10, choices=[(c.value, c.value) for c in Control], default=Control.DIRECT
    )
    stages = models.JSONField(default=list)  # values of Stage
    relationship_types = models.JSONField(default=list)  # the types it can carry
    languages = models.JSONField(default=list)
    hours = models.CharField(max_length=200, default="", blank=True)
    calendar_key = models.CharField(max_length=50, default="", blank=True)
    service_level = models.CharField(max_length=200, default="", blank=True)
    responsible = models.CharField(max_length=100, default="", blank=True)
    system_of_record = models.CharField(max_length=100, default="", blank=True)
    integration = models.JSONField(default=list)  # of the seven points of DOMAIN 5.4
    monthly_volume = models.FloatField(null=True)
    unit_cost_minor = models.BigIntegerField(null=True)
    fixed_cost_minor = models.BigIntegerField(null=True)  # a year
    upkeep_hours = models.FloatField(null=True)  # a year
    is_monitored = models.BooleanField(default=False)  # of indirect ones
    response_rule = models.CharField(max_length=200, default="", blank=True)
    started_on = models.DateField(null=True)
    review_on = models.DateField(null=True)
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.LIVE)
    is_guess = models.BooleanField(default=False)  # drafted by the wizard, not yet confirmed
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name
