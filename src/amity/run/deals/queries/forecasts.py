"""What deals are expected to bring, how stages convert, and why deals end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from amity.run.deals.models import Deal, DealEvent, Pipeline, PipelineStage
from amity.run.deals.rules.forecast import (
    Conversion,
    MonthForecast,
    OpenSum,
    forecast_by_month,
)

YEAR = timedelta(days=365)
GROUPS = 50


@dataclass(frozen=True, slots=True)
class StageRecord:
    """One open stage: what was planned, what closed deals show, and how long deals stood there."""

    stage: PipelineStage
    conversion: Conversion
    mean_days: float | None
    left: int  # how many times a deal left it


@dataclass(frozen=True, slots=True)
class Forecast:
    """A pipeline's months and stages."""

    months: list[MonthForecast]
    stages: list[StageRecord]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Closed deals of one group: a reason, a competitor or an owner."""

    name: str
    won: int
    lost: int
    won_minor: int
    lost_minor: int
    cost_minor: int

    @property
    def conversion(self) -> Conversion:
        """The share that was won."""
        return Conversion(self.won, self.won + self.lost)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Closed deals by why, against whom, of whom and of what; a deal of two products is in both."""

    reasons: list[Outcome]
    competitors: list[Outcome]
    owners: list[Outcome]
    products: list[Outcome]


def forecast_of(pipeline: Pipeline) -> Forecast:
    """The forecast of a pipeline; four statements."""
    stages = list(pipeline.stages.filter(is_won=False, is_lost=False).order_by("position", "pk"))
    measured, times = conversions_of(pipeline), _times(pipeline)
    months = forecast_by_month(
        _open_sums(pipeline),
        planned={stage.pk: stage.probability for stage in stages},
        measured=measured,
    )
    nothing = Conversion(0, 0)
    rows = [
        StageRecord(stage, measured.get(stage.pk, nothing), *times.get(stage.pk, (None, 0)))
        for stage in stages
    ]
    return Forecast(months, rows)


def conversions_of(pipeline: Pipeline) -> dict[int, Conversion]:
    """Of the closed deals that ever entered a stage, how many were won, by stage; one statement."""
    is_won = Q(deal__status=Deal.Status.WON)
    rows = (
        DealEvent.objects.filter(deal__pipeline=pipeline, to_stage__isnull=False)
        .exclude(deal__status=Deal.Status.OPEN)
        .filter(to_stage__is_won=False, to_stage__is_lost=False)
        .order_by()
        .values_list("to_stage_id")
        .annotate(
            closed=Count("deal_id", distinct=True),
            won=Count("deal_id", filter=is_won, distinct=True),
        )
    )
    return {stage_id: Conversion(won, closed) for stage_id, closed, won in rows}


def _times(pipeline: Pipeline) -> dict[int, tuple[float | None, int]]:
    rows = (
        DealEvent.objects.filter(deal__pipeline=pipeline, stage_seconds__isnull=False)
        .order_by()
        .values_list("from_stage_id")
        .annotate(mean=Avg("stage_seconds"), left=Count("pk"))
    )
    return {stage_id: (float(seconds) / 86_400, left) for stage_id, seconds, left in rows}


def _open_sums(pipeline: Pipeline) -> list[OpenSum]:
    committed = Sum(Case(When(is_committed=True, then=F("amount_minor")), default=0))
    rows = (
        Deal.objects.filter(pipeline=pipeline, status=Deal.Status.OPEN)
        .order_by()
        .annotate(month=TruncMonth("expected_close_on"))
        .values_list("month", "stage_id")
        .annotate(best=Sum("amount_minor"), committed=committed, deals=Count("pk"))
    )
    return [OpenSum(*row) for row in rows]


def outcomes_of(pipeline: Pipeline, at: datetime, *, since: datetime | None = None) -> Outcomes:
    """The deals closed from `since` on, else in the last 365 days, grouped; four statements.

    Whoever followed an imported deal and has no account here is named as the file named them.
    """
    closed = Deal.objects.filter(
        pipeline=pipeline, closed_at__gt=since or at - YEAR, closed_at__lte=at
    )
    owner = Coalesce(F("owner__name"), F("imported__person"), Value(""))
    product = Coalesce(F("lines__product__name"), F("lines__description"), Value(""))
    return Outcomes(
        reasons=_groups(closed, "reason__name", "reason__kind"),
        competitors=_groups(closed, "competitor"),
        owners=_groups(closed.annotate(who=owner), "who", "owner_id"),
        products=_groups(closed.annotate(what=product), "what"),
    )


def _groups(closed: QuerySet[Deal], *by: str) -> list[Outcome]:
    won, lost = Q(status=Deal.Status.WON), Q(status=Deal.Status.LOST)
    rows = (
        closed.order_by()
        .values(*by)
        .annotate(
            won=Count("pk", filter=won),
            lost=Count("pk", filter=lost),
            won_minor=Sum("amount_minor", filter=won, default=0),
            lost_minor=Sum("amount_minor", filter=lost, default=0),
            cost=Sum("cost_minor"),
        )
        .order_by("-won_minor", *by)[:GROUPS]
    )
    return [
        Outcome(
            row[by[0]] or "",
            row["won"],
            row["lost"],
            row["won_minor"],
            row["lost_minor"],
            row["cost"],
        )
        for row in rows
    ]
