"""Playbooks: tasks that belong together, begun by a person or by what happened."""

from django.db import models

from amity.kernel.customers.models import Customer


class Playbook(models.Model):
    """A template of tasks. `trigger` is a kind of interaction that begins it, or empty."""

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=500, default="", blank=True)
    trigger = models.CharField(max_length=60, default="", blank=True)
    is_active = models.BooleanField(default=True)
    listens_since = models.DateTimeField(null=True)  # what happened before begins nothing

    def __str__(self) -> str:
        return self.name


class PlaybookStep(models.Model):
    """One task of a playbook, due so many days after it begins."""

    class Part(models.TextChoices):
        OWNER = "owner", "Owner"
        DEPUTY = "deputy", "Who stands in"

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    days_after = models.PositiveIntegerField(default=0)
    part = models.CharField(max_length=10, choices=Part, default=Part.OWNER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["playbook", "position"], name="one_step_a_place"),
        ]

    def __str__(self) -> str:
        return self.title


class Play(models.Model):
    """A playbook that was begun for a customer; the same occasion begins it once."""

    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="plays")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="plays")
    occasion = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["playbook", "occasion"], name="one_play_an_occasion"),
        ]

    def __str__(self) -> str:
        return f"{self.playbook_id} for {self.customer_id}"
