from django.db import models

from amity.kernel.customers.models import Customer
from amity.kernel.touchpoints.models import Touchpoint


class MeasureRun(models.Model):
    """One measurement of the customer base: what was fitted, how far to trust it, the reports.

    Money is in minor units of `currency`; parameters are in `unit`. `band` is the relative
    half-width that the back-test found, shown beside every forecast; `forecast`, `actual` and
    `error` are those of the back-test, null without one.
    """

    as_of = models.DateField()
    measured_at = models.DateTimeField()
    job_id = models.BigIntegerField(null=True, unique=True)  # run again, a job writes one row
    seconds = models.FloatField(default=0.0)
    actor_name = models.CharField(max_length=200, default="", blank=True)

    customers = models.PositiveIntegerField()
    repeaters = models.PositiveIntegerField()
    purchases = models.PositiveIntegerField()  # repeat purchase occasions
    model = models.CharField(max_length=20)
    verdict = models.CharField(max_length=20)
    reason = models.TextField()
    fallback = models.CharField(max_length=100, default="", blank=True)
    unit = models.CharField(max_length=10)
    parameters = models.JSONField(default=dict)
    standard_errors = models.JSONField(default=dict)
    log_likelihood = models.FloatField(null=True)

    holdout_from = models.DateField(null=True)  # the last day that the back-test was fitted on
    holdout_days = models.PositiveIntegerField(null=True)
    forecast = models.FloatField(null=True)
    actual = models.PositiveIntegerField(null=True)
    error = models.FloatField(null=True)  # forecast / actual - 1
    band_low = models.FloatField(null=True)
    band_high = models.FloatField(null=True)
    band = models.FloatField(null=True)

    currency = models.CharField(max_length=3)
    discount = models.FloatField()  # a year
    margin = models.FloatField()  # share of spend that is contribution
    months = models.PositiveIntegerField()
    expected_purchases = models.FloatField()
    value_minor = models.FloatField(null=True)  # null: the log has no money
    value_low = models.FloatField(null=True)
    value_high = models.FloatField(null=True)
    notes = models.JSONField(default=list)  # what was left out or is to be read with care
    reports = models.JSONField(default=dict)  # by name: rfm, cohorts, value, whale, backtest, fits

    class Meta:
        indexes = [models.Index(fields=["-measured_at", "-id"], name="measure_runs_recent")]

    def __str__(self) -> str:
        return f"{self.as_of} ({self.verdict})"


class LakeFile(models.Model):
    """A Parquet file of the analytic tables: what it holds, and what it was made from.

    A block is a range of ids; `source` tells whether the rows in the database are still those
    that were written, `digest` whether the file is still what was written.
    """

    table = models.CharField(max_length=20)
    block = models.PositiveIntegerField()
    path = models.CharField(max_length=200)  # below the folder of the lake
    rows = models.PositiveBigIntegerField()
    source = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # sha256 of the file
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "block"], name="one_file_per_block")
        ]

    def __str__(self) -> str:
        return self.path


class ValueState(models.Model):
    """What the value models need of a customer, made from her orders; absent for who has none.

    Days since 1970-01-01; money in minor units of the cursor's currency, 0 where not known. The
    counts are as of the last order; `entries` is what any earlier day needs (`running.packed`).
    """

    stays_at_merge = True  # made anew from the orders, which move

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    first_day = models.IntegerField(null=True)  # null: only returns
    last_day = models.IntegerField(null=True)
    repeats = models.PositiveIntegerField()  # purchase days after the first
    spends = models.PositiveIntegerField()  # those of them with a positive net
    last_spent = models.BooleanField()  # whether the last of them is
    spent_minor = models.BigIntegerField()  # on them in all
    entries = models.BinaryField(db_default=b"")  # day and net of every order, 12 bytes each

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.repeats} repeats"


class StateCursor(models.Model):
    """How far the states are: the last row of the log in them, and when. One row."""

    through = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="", blank=True)
    refreshed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"through {self.through}"


class Description(models.Model):
    """What was when last looked at: cost, acquisition, attribution, satisfaction, baskets.

    One row a name, replaced by its job; `body` is plain JSON with money in minor units of
    `currency`, days `since` to `as_of` counted.
    """

    name = models.CharField(max_length=30, unique=True)
    since = models.DateField()
    as_of = models.DateField()
    made_at = models.DateTimeField()
    seconds = models.FloatField(default=0.0)
    currency = models.CharField(max_length=3)
    body = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} as of {self.as_of}"


class AcquisitionSpend(models.Model):
    """What was spent in one month at one touchpoint to win customers, as somebody entered it.

    Money in minor units of the company's currency; `month` is its first day.
    """

    month = models.DateField()
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    entered_by = models.CharField(max_length=200, default="", blank=True)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "touchpoint"], name="one_spend_a_month"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=0), name="spend_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.touchpoint_id}"
