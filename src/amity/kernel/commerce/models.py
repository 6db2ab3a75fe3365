from django.db import models
from django.db.models import Q

from amity.kernel.customers.models import Customer


class Product(models.Model):
    """Something that is sold, or a line that is invoiced beside it (postage, a fee)."""

    class Kind(models.TextChoices):
        GOOD = "good", "Good"
        SERVICE = "service", "Service"
        POSTAGE = "postage", "Postage"
        FEE = "fee", "Fee"

    source = models.CharField(max_length=50, default="", blank=True)
    key = models.CharField(max_length=100)  # the shop's own number or name for it
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=100, default="", blank=True)
    department = models.CharField(max_length=100, default="", blank=True)
    brand = models.CharField(max_length=100, default="", blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.GOOD)
    import_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="one_product_per_key")
        ]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """What one customer bought or gave back at once. Amounts are in minor units of `currency`.

    `net_minor` is what the order brought: gross less discount less refunds; a return is negative.
    All amounts are None where the source had none.
    """

    class Kind(models.TextChoices):
        SALE = "sale", "Sale"
        RETURN = "return", "Return"
        CANCELLATION = "cancellation", "Cancellation"

    source = models.CharField(max_length=50, default="", blank=True)
    number = models.CharField(max_length=100)  # unique within its source
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.SALE)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="orders", db_index=False
    )  # None: an anonymous sale; `orders_of_customer` is its index
    ordered_on = models.DateField()
    ordered_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField(null=True)
    discount_minor = models.BigIntegerField(null=True)
    refund_minor = models.BigIntegerField(null=True)  # positive: money given back
    net_minor = models.BigIntegerField(null=True)
    line_count = models.PositiveIntegerField(default=0)
    channel = models.CharField(max_length=50, default="", blank=True)
    country = models.CharField(max_length=50, default="", blank=True)
    import_id = models.BigIntegerField(null=True)  # the import that created it
    content_hash = models.BigIntegerField(null=True)  # of what was imported; None once edited
    interaction_id = models.BigIntegerField(null=True)  # the row of the log that tells of it now

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number", "source"], name="one_order_per_number")
        ]
        indexes = [
            models.Index(fields=["customer", "ordered_on"], name="orders_of_customer"),
            models.Index(fields=["ordered_on"], name="orders_by_day"),
            models.Index(
                fields=["import_id"], condition=Q(import_id__isnull=False), name="orders_import"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One line of an order; a negative quantity came back.

    Lines are the longest table. They are written with their order in one transaction, so the
    database does not look up order and product for each (docs/decisions/0015); `amity check` does.
    """

    order = models.ForeignKey(
        Order,
        on_delete=models.CASCADE,
        related_name="lines",
        db_index=False,  # the unique constraint below is its index
        db_constraint=False,
    )
    position = models.PositiveIntegerField()
    product = models.ForeignKey(
        Product, null=True, on_delete=models.PROTECT, related_name="lines", db_constraint=False
    )
    description = models.CharField(max_length=200, default="", blank=True)
    quantity_milli = models.BigIntegerField(default=1000)  # thousandths of a unit
    unit_price_minor = models.BigIntegerField(null=True)
    amount_minor = models.BigIntegerField(null=True)  # after discount
    discount_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="one_line_per_position")
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"


class Contract(models.Model):
    """What a customer pays for period after period: a subscription, a service, a membership.

    Where a period ends, the next one begins unless the contract ends there. `ended_on` is the last
    day it ran or the day on which it was not renewed; None while it runs, a day to come once notice
    was given. The fee is that of one period, in minor units of `currency`.
    """

    source = models.CharField(max_length=50, default="", blank=True)
    key = models.CharField(max_length=100)  # unique within its source
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="contracts", db_index=False
    )  # `contracts_of_customer` is its index
    started_on = models.DateField()
    period_months = models.PositiveSmallIntegerField()
    fee_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    ended_on = models.DateField(null=True)
    end_reason = models.CharField(max_length=100, default="", blank=True)
    import_id = models.BigIntegerField(null=True)  # the import that created it
    signed_log_id = models.BigIntegerField(null=True)  # the rows of the log that tell of it now
    ended_log_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "source"], name="one_contract_per_key"),
            models.CheckConstraint(condition=Q(period_months__gte=1), name="contract_has_a_period"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=models.F("started_on")),
                name="contract_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "started_on"], name="contracts_of_customer"),
            models.Index(fields=["-started_on", "-id"], name="contracts_by_start"),
            models.Index(
                fields=["import_id"], condition=Q(import_id__isnull=False), name="contracts_import"
            ),
        ]

    def __str__(self) -> str:
        return self.key
