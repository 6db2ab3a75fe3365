from django.db import models

from amity.kernel.access.models import User
from amity.kernel.imports.formats.kinds import kind_labels


class Import(models.Model):
    """One file taken in: what it was, how it was read, how far it came, what it brought."""

    class Kind(models.TextChoices):  # the house's own
        ORDERS = "orders", "Orders"
        CUSTOMERS = "customers", "Customers"
        PRODUCTS = "products", "Products"
        INTERACTIONS = "interactions", "Interactions"

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"
        UNDONE = "undone", "Taken back"

    kind = models.CharField(max_length=15)  # one of Kind, or one that a capability brings
    status = models.CharField(max_length=10, choices=Status, default=Status.UPLOADED)
    file_name = models.CharField(max_length=255)
    file_path = models.CharField(max_length=500)
    file_digest = models.CharField(max_length=64)
    file_bytes = models.BigIntegerField()
    source = models.CharField(max_length=50, default="", blank=True)  # namespace of its numbers
    mapping = models.JSONField(default=dict)  # field -> column
    options = models.JSONField(default=dict)  # delimiter, encoding, date style, key, …
    checkpoint = models.JSONField(default=dict)  # where a killed run goes on
    summary = models.JSONField(default=dict)
    rejects_path = models.CharField(max_length=500, default="", blank=True)
    error = models.TextField(default="", blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Import {self.pk}: {self.file_name}"

    @property
    def kind_label(self) -> str:
        """What the file holds, in words; the bare kind where its capability is gone."""
        return kind_labels().get(self.kind, self.kind)


class ImportChange(models.Model):
    """What an import found before it changed it, so that it can be taken back."""

    import_id = models.BigIntegerField()
    object_type = models.CharField(max_length=20)  # "order", "product", "customer"
    object_id = models.BigIntegerField()
    before = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["import_id", "object_type", "object_id"], name="one_before_per_import"
            )
        ]
        indexes = [models.Index(fields=["object_type", "object_id"], name="import_changes_of")]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_id} before import {self.import_id}"
