from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from amity.base.results import ConflictError, NotFoundError, StaleError
from amity.kernel.access.models import AuditEntry, User
from amity.kernel.access.operations import set_rate
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.commerce.models import Product
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import assign_owner, create_customer, merge_customers
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import timeline
from amity.run.deals.models import CloseReason, Deal, Pipeline
from amity.run.deals.operations.advice import Advice, record_advice
from amity.run.deals.operations.closing import Ending, lose_deal, reopen_deal, win_deal
from amity.run.deals.operations.deals import NewDeal, book_minutes, edit_deal, move_deal, open_deal
from amity.run.deals.operations.lines import NewLine, add_line, remove_line
from amity.run.deals.operations.pipelines import (
    GivenStage,
    add_reason,
    change_pipeline,
    create_pipeline,
    retire_reason,
)
from amity.run.deals.operations.reassigning import reassign_deals, undo_reassignment
from amity.run.deals.operations.writing import DealError
from amity.run.deals.queries.forecasts import forecast_of, outcomes_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Deal]


def kinds(customer_id: int) -> list[str]:
    return [row.kind for row in timeline(customer_id)]


def test_a_deal_goes_to_its_win_with_minutes_cost_and_value(
    deal: Make, buyer: Customer, actor: Actor, at: datetime
) -> None:
    ten = deal(minutes=10)
    later = at + timedelta(days=3)
    moved = move_deal(
        ten.pk, stage_key="offer-made", version=ten.version, minutes=30, actor=actor, at=later
    )
    book_minutes(ten.pk, minutes=20, what="Drew the plan", actor=actor, at=later)
    end = later + timedelta(days=2)

    won = win_deal(ten.pk, Ending(), version=moved.version + 1, actor=actor, at=end)

    assert (won.status, won.stage.key, won.closed_at) == ("won", "won", end)
    assert (won.staff_seconds, won.cost_minor) == (3_600, 6_000)
    assert kinds(buyer.pk) == ["deals.won", "deals.worked", "deals.moved", "deals.opened"]
    log = Interaction.objects.filter(customer=buyer)
    assert sum(row.cost_minor for row in log) == won.cost_minor
    assert log.get(kind="deals.won").value_minor == 100_000
    assert [row.stage_seconds for row in won.events.filter(kind__in=("moved", "won"))] == [
        259_200,
        172_800,
    ]
    assert AuditEntry.objects.filter(action="deals.won", object_id=str(won.pk)).exists()


def test_a_loss_needs_its_reason_and_keeps_the_competitor(
    deal: Make, lost_for: CloseReason, actor: Actor, at: datetime
) -> None:
    ten = deal()
    won_for = CloseReason.objects.filter(kind="won").first()
    assert won_for is not None
    for reason in (None, won_for.pk):
        with pytest.raises(DealError):
            lose_deal(ten.pk, Ending(reason_id=reason), version=1, actor=actor, at=at)
    with pytest.raises(NotFoundError):
        lose_deal(ten.pk, Ending(reason_id=99_999), version=1, actor=actor, at=at)
    ten.refresh_from_db()
    assert (ten.status, ten.version) == ("open", 1)

    ending = Ending(reason_id=lost_for.pk, competitor="Flow AG")
    lost = lose_deal(ten.pk, ending, version=1, actor=actor, at=at)

    assert (lost.reason, lost.competitor) == (lost_for, "Flow AG")
    row = Interaction.objects.get(kind="deals.lost")
    assert (row.value_minor, row.properties["reason"]) == (None, "Price")
    with pytest.raises(ConflictError):
        move_deal(ten.pk, stage_key="agreeing", version=2, actor=actor, at=at)


def test_opened_again_it_stands_where_it_stood_and_its_work_still_costs(
    deal: Make, buyer: Customer, actor: Actor, at: datetime
) -> None:
    ten = deal()
    move_deal(ten.pk, stage_key="agreeing", version=1, actor=actor, at=at)
    win_deal(ten.pk, Ending(minutes=30), version=2, actor=actor, at=at)

    again = reopen_deal(ten.pk, version=3, actor=actor, at=at + timedelta(days=1))

    assert (again.status, again.stage.key, again.closed_at) == ("open", "agreeing", None)
    assert "deals.won" not in kinds(buyer.pk)
    assert sum(row.cost_minor for row in timeline(buyer.pk)) == again.cost_minor == 3_000
    with pytest.raises(ConflictError):
        reopen_deal(ten.pk, version=4, actor=actor, at=at)


def test_the_second_of_two_movers_is_told(deal: Make, actor: Actor, at: datetime) -> None:
    ten = deal()
    move_deal(ten.pk, stage_key="needs-known", version=1, actor=actor, at=at)

    with pytest.raises(StaleError, match="Somebody changed"):
        move_deal(ten.pk, stage_key="agreeing", version=1, actor=actor, at=at)

    ten.refresh_from_db()
    assert ten.stage.key == "needs-known"
    assert Interaction.objects.filter(kind="deals.moved").count() == 1


def test_a_move_to_the_same_stage_changes_nothing_and_to_an_end_is_refused(
    deal: Make, actor: Actor, at: datetime
) -> None:
    ten = deal()

    assert move_deal(ten.pk, stage_key="first-talk", version=1, actor=actor, at=at).version == 1
    for key, error in (("won", ConflictError), ("nowhere", NotFoundError)):
        with pytest.raises(error):
            move_deal(ten.pk, stage_key=key, version=1, actor=actor, at=at)
    assert ten.events.count() == 1


def test_lines_make_the_amount(deal: Make, actor: Actor, at: datetime) -> None:
    ten = deal()
    pump = Product.objects.create(key="P1", name="Pump")
    line = NewLine(unit_price_minor=9_900, product_id=pump.pk, quantity_milli=10_000)
    made = add_line(ten.pk, line, actor=actor, at=at)
    add_line(
        ten.pk,
        NewLine(unit_price_minor=5_000, description="Fitting", discount_minor=1_000),
        actor=actor,
        at=at,
    )
    ten.refresh_from_db()

    assert (made.description, ten.amount_minor) == ("Pump", 103_000)
    with pytest.raises(DealError, match="sum of its lines"):
        edit_deal(ten.pk, changes={"amount_minor": 1}, version=3, actor=actor, at=at)
    for wrong in (
        NewLine(unit_price_minor=-1, description="x"),
        NewLine(unit_price_minor=5, description="x", discount_minor=6),
        NewLine(unit_price_minor=5, description="x", quantity_milli=0),
        NewLine(unit_price_minor=5),
    ):
        with pytest.raises(DealError):
            add_line(ten.pk, wrong, actor=actor, at=at)
    assert remove_line(ten.pk, made.pk, actor=actor, at=at).amount_minor == 4_000
    with pytest.raises(NotFoundError):
        remove_line(ten.pk, made.pk, actor=actor, at=at)


def test_editing_cleans_and_keeps_history(
    deal: Make, ada: User, actor: Actor, at: datetime
) -> None:
    ten = deal()
    changes = {"title": " Twelve pumps ", "owner": ada.pk, "is_committed": True}

    changed = edit_deal(ten.pk, changes=changes, version=1, actor=actor, at=at)

    assert (changed.title, changed.owner, changed.is_committed) == ("Twelve pumps", ada, True)
    assert ten.events.latest("pk").detail == "title, owner, is_committed"
    refused: list[dict[str, Any]] = [{"title": " "}, {"amount_minor": -1}]
    for one in refused:
        with pytest.raises(DealError):
            edit_deal(ten.pk, changes=one, version=2, actor=actor, at=at)
    with pytest.raises(NotFoundError):
        edit_deal(ten.pk, changes={"touchpoint": "moon"}, version=2, actor=actor, at=at)


def test_a_deal_falls_to_whoever_looks_after_the_customer(
    pipeline: Pipeline, buyer: Customer, ben: User, actor: Actor, at: datetime
) -> None:
    assign_owner(buyer.pk, owner=ben, actor=SYSTEM, at=at)
    new = NewDeal(customer_id=buyer.pk, title="Pumps", expected_close_on=date(2026, 12, 1))

    ours = open_deal(new, actor=actor, at=at)

    assert ours.owner == ben


def test_deals_are_given_on_together_and_taken_back(
    deal: Make, ada: User, ben: User, actor: Actor, at: datetime
) -> None:
    one, two, closed = deal(owner_id=ada.pk), deal(), deal(owner_id=ada.pk)
    win_deal(closed.pk, Ending(), version=1, actor=actor, at=at)
    ids = [one.pk, two.pk, closed.pk]

    batch, count = reassign_deals(ids, owner_id=ben.pk, actor=actor, at=at)

    assert count == 2
    assert set(Deal.objects.filter(owner=ben)) == {one, two}
    edit_deal(two.pk, changes={"owner": ada.pk}, version=2, actor=actor, at=at)
    assert undo_reassignment(batch, actor=actor, at=at) == 1
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.owner, two.owner) == (ada, ada)
    assert undo_reassignment(batch, actor=actor, at=at) == 0
    for wrong in ("", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(NotFoundError):
            undo_reassignment(wrong, actor=actor, at=at)
    with pytest.raises(DealError):
        reassign_deals([], owner_id=ben.pk, actor=actor, at=at)


def test_stages_are_renamed_added_and_kept_where_deals_stood(
    deal: Make, pipeline: Pipeline, actor: Actor, at: datetime
) -> None:
    deal()
    there = list(pipeline.stages.filter(is_won=False, is_lost=False).order_by("position"))

    def change(*stages: GivenStage) -> None:
        change_pipeline(
            pipeline.pk, name="Pumps", hour_minor=None, stages=stages, actor=actor, at=at
        )

    change(
        GivenStage("Hello", 0.05, there[0].pk), GivenStage("Trial", 0.4), GivenStage("Trial 2", 1)
    )

    names = [stage.name for stage in pipeline.stages.order_by("position")]
    assert names == ["Hello", "Trial", "Trial 2", "Won", "Lost"]
    with pytest.raises(ConflictError, match="history stays"):
        change(GivenStage("Trial", 0.4))
    for wrong in ((), (GivenStage("a", 0.1), GivenStage("A", 0.1)), (GivenStage("a", 1.2),)):
        with pytest.raises(DealError):
            change(*wrong)
    with pytest.raises(ConflictError):
        create_pipeline(name="sales", actor=actor, at=at)


def test_a_retired_reason_comes_back_by_its_name(
    lost_for: CloseReason, actor: Actor, at: datetime
) -> None:
    assert retire_reason(lost_for.pk, actor=actor, at=at).is_retired
    again = add_reason(kind="lost", name="Price", actor=actor, at=at)
    assert (again.pk, again.is_retired) == (lost_for.pk, False)
    with pytest.raises(DealError):
        add_reason(kind="maybe", name="x", actor=actor, at=at)


def test_a_merge_takes_the_deals_along(
    deal: Make, buyer: Customer, actor: Actor, at: datetime
) -> None:
    ten = deal()
    survivor = create_customer(name="Pumps Group", kind="organization", actor=SYSTEM, at=at)

    merge_customers(survivor_id=survivor.pk, absorbed_id=buyer.pk, reason="", actor=actor, at=at)
    move_deal(ten.pk, stage_key="agreeing", version=1, actor=actor, at=at)

    ten.refresh_from_db()
    assert ten.customer_id == survivor.pk
    assert kinds(survivor.pk)[:2] == ["deals.moved", "deals.opened"]


def test_a_persons_own_rate_goes_before_the_pipelines_in_the_companys_currency_alone(
    deal: Make, buyer: Customer, ada: User, actor: Actor, at: datetime
) -> None:
    set_rate(hour_minor=9_000, user=ada, actor=SYSTEM, at=at)
    ten = deal(minutes=10)  # of the house, at the pipeline's 60.00
    won = win_deal(ten.pk, Ending(minutes=20), version=1, actor=actor, at=at)

    again = reopen_deal(ten.pk, version=won.version, actor=SYSTEM, at=at)

    assert again.cost_minor == 1_000 + 3_000
    assert sum(row.cost_minor for row in timeline(buyer.pk)) == again.cost_minor
    Pipeline.objects.update(currency="CHF")
    book_minutes(ten.pk, minutes=10, what="Drew", actor=actor, at=at)
    ten.refresh_from_db()
    assert ten.cost_minor == again.cost_minor + 1_000


def test_advice_is_kept_with_its_minutes_and_becomes_lines(
    deal: Make, buyer: Customer, actor: Actor, at: datetime
) -> None:
    ten = deal()
    pumps = [Product.objects.create(key=f"P{n}", name=f"Pump {n}") for n in range(3)]
    ids = [pump.pk for pump in pumps]
    advice = Advice(
        customer_id=buyer.pk, minutes=12, suggested=ids, taken=ids[:1], prices={ids[0]: 500},
        pieces=4, deal_id=ten.pk, answers={"category": "Pumps"},
    )  # fmt: skip

    row = record_advice(advice, actor=actor, at=at)

    assert (row.kind, row.staff_seconds, row.cost_minor) == ("deals.advised", 720, 1_200)
    assert (row.subject, row.relationship_type) == ("Pump 0", "personal_assistance")
    ten.refresh_from_db()
    assert (ten.amount_minor, ten.cost_minor) == (2_000, 1_200)
    other = create_customer(name="Else", actor=SYSTEM, at=at)
    for wrong, error in (
        (Advice(customer_id=other.pk, minutes=1, suggested=ids, deal_id=ten.pk), NotFoundError),
        (Advice(customer_id=buyer.pk, minutes=1, suggested=ids[1:], taken=ids[:1]), DealError),
        (Advice(customer_id=buyer.pk, minutes=1, suggested=[99_999]), NotFoundError),
        (Advice(customer_id=buyer.pk, minutes=-1, suggested=ids), DealError),
    ):
        with pytest.raises(error):
            record_advice(wrong, actor=actor, at=at)
    assert Interaction.objects.filter(kind="deals.advised").count() == 1


def test_the_forecast_measures_stages_from_closed_deals(
    deal: Make, pipeline: Pipeline, lost_for: CloseReason, actor: Actor, at: datetime
) -> None:
    for number in range(30):
        one = deal()
        move_deal(one.pk, stage_key="offer-made", version=1, actor=actor, at=at + timedelta(days=2))
        if number < 12:
            win_deal(one.pk, Ending(), version=2, actor=actor, at=at + timedelta(days=4))
        else:
            ending = Ending(reason_id=lost_for.pk, competitor="Flow AG")
            lose_deal(one.pk, ending, version=2, actor=actor, at=at + timedelta(days=4))
    deal(is_committed=True)
    deal(stage_key="agreeing", expected_close_on=date(2026, 12, 5))

    found = forecast_of(pipeline)

    records = {record.stage.key: record for record in found.stages}
    assert records["first-talk"].conversion.share == 0.4
    assert records["offer-made"].conversion.share == 0.4
    assert records["agreeing"].conversion.share is None
    assert (records["first-talk"].mean_days, records["first-talk"].left) == (2.0, 30)
    november, december = found.months
    assert (november.month, november.committed_minor) == (date(2026, 11, 1), 100_000)
    assert (november.weighted_minor, november.measured_minor) == (10_000, 40_000)
    assert (december.weighted_minor, december.measured_minor) == (80_000, None)
    ends = outcomes_of(pipeline, at + timedelta(days=5))
    price = next(row for row in ends.reasons if row.name == "Price")
    assert (price.won, price.lost, price.lost_minor) == (0, 18, 1_800_000)
    flow = next(row for row in ends.competitors if row.name == "Flow AG")
    assert (flow.won, flow.lost) == (0, 18)
    assert sum(row.won for row in ends.owners) == 12
