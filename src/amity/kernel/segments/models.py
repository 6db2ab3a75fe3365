from django.db import models
from django.db.models import Q

from amity.kernel.access.models import User
from amity.kernel.customers.models import Customer


class Segment(models.Model):
    """A saved rule over live data; the unit of decision on the canvas."""

    key = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    description = models.TextField(default="", blank=True)
    rule = models.JSONField()
    color = models.PositiveSmallIntegerField(default=0)  # step of the segments' palette
    version = models.PositiveIntegerField(default=1)
    customer_count = models.PositiveIntegerField(null=True)  # as of the last refresh
    value_minor = models.BigIntegerField(null=True)  # of its members; None where not measured
    counted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class SegmentMembership(models.Model):
    """That a customer was in a segment from `since` until `until` (None: still is)."""

    stays_at_merge = True  # computed anew

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="segment_memberships"
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "customer"],
                condition=Q(until__isnull=True),
                name="once_in_a_segment_at_a_time",
            )
        ]
        indexes = [
            models.Index(
                fields=["customer"], condition=Q(until__isnull=True), name="current_segments"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"


class SegmentCount(models.Model):
    """How large a segment was on a day, as its last refresh of that day found it."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="counts")
    day = models.DateField()
    customers = models.PositiveIntegerField()
    value_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="one_count_a_day")]

    def __str__(self) -> str:
        return f"{self.segment_id} on {self.day}: {self.customers}"


class SegmentOverlap(models.Model):
    """How many customers two segments share, as of the last refresh of either."""

    first = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    customers = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_overlap_a_pair"),
            models.CheckConstraint(
                condition=Q(first__lt=models.F("second")), name="overlap_in_one_direction"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}: {self.customers}"


class SavedView(models.Model):
    """A list as somebody likes to see it: filter, columns, order; private or shared."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="views")
    list_name = models.CharField(max_length=50, default="customers")
    name = models.CharField(max_length=100)
    rule = models.JSONField(null=True)
    search = models.CharField(max_length=200, default="", blank=True)
    columns = models.JSONField(default=list)
    sort = models.CharField(max_length=50, default="", blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "list_name", "name"], name="one_view_per_name")
        ]

    def __str__(self) -> str:
        return self.name
