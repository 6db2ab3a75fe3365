"""A book that went from one person to another."""

from django.db import models

from amity.kernel.access.models import User


class Handover(models.Model):
    """What was handed over, with what is needed to take it back."""

    source = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(
        default=dict
    )  # {"customers": [[id, owner, deputy, team]], "tasks": []}
    at = models.DateTimeField()
    actor_name = models.CharField(max_length=200, default="", blank=True)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.source_id} to {self.target_id}"
