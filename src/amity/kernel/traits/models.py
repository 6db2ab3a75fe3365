from django.db import models

from amity.base.results import Grade
from amity.base.vocabulary import RelationshipType
from amity.kernel.customers.models import Customer

GRADE_CHOICES = [(grade.value, f"{grade.value}: {grade.label}") for grade in Grade]


class Trait(models.Model):
    """What measure found of one customer: one current value per name."""

    stays_at_merge = True  # measured anew

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="traits")
    name = models.CharField(max_length=50)
    number = models.FloatField(null=True)  # money: in minor units
    text = models.CharField(max_length=200, default="", blank=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    grade = models.CharField(max_length=1, choices=GRADE_CHOICES, default=Grade.B)
    as_of = models.DateTimeField()
    source = models.CharField(max_length=50)  # what found it: "insight.measure"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "name"], name="one_trait_per_name")
        ]
        indexes = [
            models.Index(fields=["name", "number", "customer"], name="traits_by_number"),
            models.Index(fields=["name", "text", "customer"], name="traits_by_text"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.customer_id}"


class Evidence(models.Model):
    """What is known of a cell of the canvas: an estimate with interval, grade and source."""

    segment_key = models.SlugField(max_length=50, default="", blank=True)  # empty: the company
    relationship_type = models.CharField(
        max_length=30,
        choices=[(t.value, t.label) for t in RelationshipType],
        default="",
        blank=True,
    )
    measure = models.CharField(max_length=60)  # "contacts_per_customer", "uplift", …
    value = models.FloatField()
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    unit = models.CharField(max_length=30, default="", blank=True)
    grade = models.CharField(max_length=1, choices=GRADE_CHOICES)
    as_of = models.DateTimeField()
    expires_on = models.DateField(null=True)  # from then on it counts one grade lower
    source = models.CharField(max_length=200)
    note = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment_key", "relationship_type", "measure", "source"],
                name="one_evidence_per_cell_and_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.segment_key}/{self.relationship_type}"
