"""Two people at one deal in the same moment; real only on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection

from amity.base.results import AmityError, StaleError
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.operations import create_customer
from amity.kernel.interactions.models import Interaction
from amity.run.deals.models import Deal
from amity.run.deals.operations.closing import Ending, win_deal
from amity.run.deals.operations.deals import NewDeal, move_deal, open_deal
from amity.run.deals.operations.lines import NewLine, add_line
from amity.run.deals.operations.pipelines import create_pipeline

from .conftest import AT

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]


def _at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call gave or raised, all begun in the same moment."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=10)
            return call()
        except AmityError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def _deal() -> Deal:
    create_pipeline(name="Sales", actor=SYSTEM, at=AT)
    buyer = create_customer(name="Pumps", actor=SYSTEM, at=AT)
    new = NewDeal(customer_id=buyer.pk, title="Ten", expected_close_on=date(2026, 12, 1))
    return open_deal(new, actor=SYSTEM, at=AT)


def test_of_two_who_move_one_deal_one_is_told() -> None:
    deal = _deal()

    def to(stage: str) -> Callable[[], object]:
        return lambda: move_deal(deal.pk, stage_key=stage, version=1, actor=SYSTEM, at=AT)

    ends = _at_once(to("needs-known"), to("agreeing"))

    assert sorted(type(end).__name__ for end in ends) == ["Deal", "StaleError"]
    assert Interaction.objects.filter(kind="deals.moved").count() == 1


def test_a_deal_is_won_once() -> None:
    deal = _deal()

    def win() -> object:
        return win_deal(deal.pk, Ending(), version=1, actor=SYSTEM, at=AT)

    ends = _at_once(win, win, win)

    assert sum(isinstance(end, StaleError) for end in ends) == 2
    assert Interaction.objects.filter(kind="deals.won").count() == 1


def test_lines_added_at_once_all_count() -> None:
    deal = _deal()

    def add() -> object:
        line = NewLine(unit_price_minor=100, description="Pump")
        return add_line(deal.pk, line, actor=SYSTEM, at=AT)

    _at_once(add, add, add, add)

    deal.refresh_from_db()
    assert deal.amount_minor == 400
