"""A few deals of the demonstration company's largest households; every word is invented."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from amity.kernel.access.rules import Actor
from amity.kernel.hooks.seeding import SeedContext
from amity.kernel.traits.models import Trait
from amity.run.deals.forms import people
from amity.run.deals.models import CloseReason, Deal, Pipeline
from amity.run.deals.operations.closing import Ending, lose_deal, win_deal
from amity.run.deals.operations.deals import NewDeal, move_deal, open_deal
from amity.run.deals.operations.lines import NewLine, add_line
from amity.run.deals.operations.pipelines import create_pipeline

HOUR_MINOR = 3_200


@dataclass(frozen=True, slots=True)
class _Story:
    """A deal as it went: amounts in minor units, days before now; `end` is "" while it is open."""

    title: str
    amount_minor: int
    opened: int
    closes_in: int
    stages: tuple[str, ...] = ()
    end: str = ""
    reason: str = ""
    competitor: str = ""
    lines: tuple[tuple[str, int, int], ...] = ()  # what, pieces, price each
    is_committed: bool = False


STORIES = (
    _Story("Weekly box for the year", 124_800, 40, 20, ("needs-known", "offer-made"),
           lines=(("Vegetable box", 52, 2_400),), is_committed=True),
    _Story("Buffet for a wedding", 189_000, 25, 45, ("needs-known",), competitor="Hall Catering"),
    _Story("Fruit for the office, monthly", 86_400, 18, 30, ("needs-known", "offer-made"),
           competitor="FreshDesk Fruit"),
    _Story("Hampers for the team", 67_500, 12, 24, ("needs-known", "offer-made", "agreeing"),
           lines=(("Hamper, large", 15, 4_500),)),
    _Story("Standing order for a day nursery", 312_000, 60, -4, ("needs-known", "offer-made")),
    _Story("Birthday party for forty", 42_000, 5, 16),
    _Story("Diet plan with deliveries", 58_500, 3, 60),
    _Story("Weekly box, half a year", 62_400, 90, -60, ("needs-known", "offer-made"), "won",
           "They trust us"),
    _Story("Anniversary dinner", 54_000, 80, -50, ("needs-known", "offer-made", "agreeing"), "won",
           "Fits best"),
    _Story("Coffee corner for a practice", 96_000, 75, -40, ("needs-known", "offer-made"), "lost",
           "Price", "FreshDesk Fruit"),
    _Story("Street party drinks", 38_000, 50, -30, ("needs-known",), "lost", "No decision"),
)  # fmt: skip


def seed(context: SeedContext) -> None:
    """Writes the story where there is no pipeline yet."""
    if Pipeline.objects.exists():
        return
    best = Trait.objects.filter(name="clv_12m", customer__merged_into=None)
    customers = list(
        best.order_by("-number", "customer_id").values_list("customer_id", flat=True)[
            : len(STORIES)
        ]
    )
    with transaction.atomic():
        create_pipeline(
            name="Sales",
            hour_minor=HOUR_MINOR,
            actor=context.actor,
            at=context.at - timedelta(days=100),
        )
        for count, (customer_id, story) in enumerate(zip(customers, STORIES, strict=False), 1):
            _play(story, customer_id, context.actor, context.at)
            context.progress(count, len(STORIES), story.title)


def _play(story: _Story, customer_id: int, actor: Actor, at: datetime) -> None:
    owner_id = people().values_list("pk", flat=True).first()
    opened = at - timedelta(days=story.opened)
    deal = open_deal(
        NewDeal(
            customer_id=customer_id,
            title=story.title,
            expected_close_on=(at + timedelta(days=story.closes_in)).date(),
            amount_minor=0 if story.lines else story.amount_minor,
            competitor=story.competitor,
            owner_id=owner_id,
            is_committed=story.is_committed,
            minutes=15,
        ),
        actor=actor,
        at=opened,
    )
    for what, pieces, price in story.lines:
        line = NewLine(description=what, quantity_milli=pieces * 1000, unit_price_minor=price)
        add_line(deal.pk, line, actor=actor, at=opened)
    step = timedelta(days=story.opened) / (len(story.stages) + 3)
    for place, stage in enumerate(story.stages, 1):
        _move(deal.pk, stage, actor, opened + place * step)
    if story.end:
        _end(deal.pk, story, actor, opened + (len(story.stages) + 1) * step)


def _move(deal_id: int, stage: str, actor: Actor, at: datetime) -> None:
    version = Deal.objects.get(pk=deal_id).version
    move_deal(deal_id, stage_key=stage, version=version, minutes=20, actor=actor, at=at)


def _end(deal_id: int, story: _Story, actor: Actor, at: datetime) -> None:
    reason = CloseReason.objects.get(kind=story.end, name=story.reason)
    close = win_deal if story.end == "won" else lose_deal
    version = Deal.objects.get(pk=deal_id).version
    close(deal_id, Ending(reason_id=reason.pk, minutes=10), version=version, actor=actor, at=at)
