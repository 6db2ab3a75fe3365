from django.db import models
from django.db.models import Q

from amity.kernel.access.models import User


class PolicyVersion(models.Model):
    """One version of the canvas; its document is a `CanvasDocument`, fixed once published."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PROPOSAL = "proposal", "Proposal"
        PUBLISHED = "published", "Published"
        SUPERSEDED = "superseded", "Superseded"
        DECLINED = "declined", "Declined"

    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="heirs")
    document = models.JSONField()
    digest = models.CharField(max_length=64)  # of the canonical document
    reason = models.TextField(default="", blank=True)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=200, default="", blank=True)
    expected_effect = models.JSONField(default=dict)  # of proposals: what adapt computed
    editor_name = models.CharField(max_length=200, default="", blank=True)  # who changed it last
    lock_version = models.PositiveIntegerField(default=1)  # for concurrent edits
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    publish_reason = models.TextField(default="", blank=True)
    decline_reason = models.TextField(default="", blank=True)  # of declined proposals

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(status="published"),
                name="one_published_policy",
            )
        ]

    def __str__(self) -> str:
        return f"Version {self.number}: {self.name}"


class CompiledPromise(models.Model):
    """What one version promises to one segment, ready to be looked up."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.CASCADE, related_name="promises")
    segment_key = models.SlugField(max_length=50)
    position = models.PositiveIntegerField()  # the first segment that holds a customer decides
    payload = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "segment_key"], name="one_promise_per_segment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.segment_key} in version {self.version_id}"
