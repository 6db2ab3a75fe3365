from django.db import models

from amity.kernel.customers.models import Customer


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
    """What the value models need of a customer, made from her orders; absent for who never bought.

    Days since 1970-01-01; money in minor units of the cursor's currency, 0 where not known.
    """

    stays_at_merge = True  # made anew from the orders, which move

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    first_day = models.IntegerField()
    last_day = models.IntegerField()
    repeats = models.PositiveIntegerField()  # purchase days after the first
    spends = models.PositiveIntegerField()  # those of them with a positive net
    last_spent = models.BooleanField()  # whether the last of them is
    spent_minor = models.BigIntegerField()  # on them in all

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.repeats} repeats"


class StateCursor(models.Model):
    """How far the states are: the last row of the log in them, and when. One row."""

    through = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="", blank=True)
    refreshed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"through {self.through}"
