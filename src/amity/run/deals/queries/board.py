"""Open deals by stage, in three statements however many there are."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Sum, Window
from django.db.models.functions import RowNumber

from amity.run.deals.models import Deal, Pipeline, PipelineStage

SHOWN = 30  # cards of one stage


@dataclass(frozen=True, slots=True)
class Column:
    """One open stage with its first deals, and how many there are in all."""

    stage: PipelineStage
    deals: list[Deal]
    total: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Board:
    """A pipeline as columns."""

    pipeline: Pipeline
    columns: list[Column]

    @property
    def total(self) -> int:
        """All open deals."""
        return sum(column.total for column in self.columns)

    @property
    def amount_minor(self) -> int:
        """What they come to."""
        return sum(column.amount_minor for column in self.columns)


def board_of(pipeline: Pipeline, *, owner_id: int | None = None) -> Board:
    """The board of a pipeline, of everybody or of one person; three statements."""
    stages = list(pipeline.stages.filter(is_won=False, is_lost=False).order_by("position", "pk"))
    open_deals = Deal.objects.filter(pipeline=pipeline, status=Deal.Status.OPEN)
    if owner_id is not None:
        open_deals = open_deals.filter(owner_id=owner_id)
    sums = {
        stage_id: (count, amount)
        for stage_id, count, amount in open_deals.order_by()
        .values_list("stage_id")
        .annotate(count=Count("pk"), amount=Sum("amount_minor"))
    }
    place = Window(
        RowNumber(), partition_by=F("stage_id"), order_by=[F("expected_close_on"), F("id")]
    )
    cards: dict[int, list[Deal]] = {}
    for deal in (
        open_deals.annotate(place=place)
        .filter(place__lte=SHOWN)
        .select_related("customer", "owner")
        .order_by("expected_close_on", "pk")
    ):
        cards.setdefault(deal.stage_id, []).append(deal)
    return Board(
        pipeline,
        [Column(stage, cards.get(stage.pk, []), *sums.get(stage.pk, (0, 0))) for stage in stages],
    )


def overdue_of(user_id: int, today: date) -> int:
    """How many open deals of a person are over their day."""
    return Deal.objects.filter(
        owner_id=user_id, status=Deal.Status.OPEN, expected_close_on__lt=today
    ).count()
