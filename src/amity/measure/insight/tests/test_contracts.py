"""Segments that are meant for long are valued by their contracts, hybrid ones by both."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from amity.base.time import now
from amity.base.vocabulary import Nature
from amity.kernel.access.models import Company
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Contract, Order
from amity.kernel.customers.models import Customer
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.traits.models import Trait
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.operations import measure
from amity.measure.insight.queries import report
from amity.measure.insight.rules import Options
from amity.measure.insight.tests.conftest import make_customers, make_order
from amity.testing.canvases import canvas, design, office_hours, put_into, segment, touchpoints

pytestmark = pytest.mark.django_db
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
AS_OF = date(2017, 1, 1)
PAGE = "/insight/contracts/"


def sign(customers: Iterable[Customer], ends: Iterable[date | None], **fields: Any) -> None:
    """A contract for each customer, since New Year 2010."""
    Contract.objects.bulk_create(
        Contract(
            key=f"K{customer.pk}",
            customer=customer,
            ended_on=end,
            **{
                "started_on": date(2010, 1, 1),
                "period_months": 12,
                "fee_minor": 10_000,
                "currency": "USD",
                **fields,
            },
        )
        for customer, end in zip(customers, ends, strict=True)
    )


def regular_ends() -> list[date | None]:
    """The ends of the regular customers of Fader and Hardie."""
    leaving = [
        date(2009 + year, 12, 31)
        for year in range(1, 8)
        for _ in range(REGULAR[year - 1] - REGULAR[year])
    ]
    return [*leaving, *[None] * REGULAR[-1]]


def published(**members: tuple[Nature, Iterable[Customer]]) -> None:
    """A published canvas with these segments."""
    Company.objects.update_or_create(defaults={"currency": "USD"})
    office_hours()
    touchpoints()
    designs = []
    for key, (nature, customers) in members.items():
        put_into(segment(key), customers)
        designs.append(design(key).model_copy(update={"nature": nature}))
    draft = create_draft(
        document=canvas(*designs), name="First", reason="", base=None, actor=SYSTEM, at=now()
    )
    publish(draft.pk, reason="", actor=SYSTEM, at=now())


def run() -> MeasureRun:
    return measure(options=Options(as_of=AS_OF), at=now(), actor=SYSTEM)


def bounded(low: float | None, value: float | None, high: float | None) -> bool:
    """Whether all three are known and in their order."""
    return low is not None and value is not None and high is not None and low < value < high


def traits(name: str) -> dict[int, Trait]:
    return {row.customer_id: row for row in Trait.objects.filter(name=name)}


def test_members_without_any_order_are_valued_by_their_contracts() -> None:
    people = list(make_customers([f"M{n}" for n in range(1000)]).values())
    sign(people, regular_ends())
    published(members=(Nature.LONG_TERM, people))

    found = run()

    whole, own = report("contracts")["groups"]
    assert (whole["name"], own["name"], own["months"]) == ("", "Members", 12)
    assert (own["contracts"], own["running"], own["verdict"]) == (1000, 241, "ok")
    assert own["model"] == "shifted-beta-geometric"
    assert own["parameters"]["alpha"] == pytest.approx(0.704, abs=5e-4)
    assert own["parameters"]["beta"] == pytest.approx(1.182, abs=5e-4)
    retention = own["curve"]["model"][8] / own["curve"]["model"][7]
    next_fee = 10_000 * retention / 1.1  # they renewed that day, and do so in a year again
    assert (found.customers, found.currency) == (1000, "USD")
    assert found.value_minor == pytest.approx(241 * next_fee, rel=1e-3)
    assert bounded(found.value_low, found.value_minor, found.value_high)
    row = report("value")["segments"][0]
    assert (row["customers"], row["alive"]) == (1000, 0.241)
    assert "1,000 of 1,000 customers have a contract" in row["meaning"]
    stays, left = people[-1].pk, people[0].pk
    assert (traits("p_alive")[stays].number, traits("p_alive")[left].number) == (1, 0)
    worth = traits("clv_12m")[stays]
    assert worth.number == pytest.approx(next_fee, rel=1e-3)
    assert bounded(worth.low, worth.number, worth.high)
    assert traits("clv_12m")[left].number == 0


def test_a_hybrid_segment_counts_fee_and_purchases_while_the_contract_runs(cdnow: None) -> None:
    people = list(Customer.objects.order_by("pk")[:200])
    gone = date(1997, 6, 30)
    sign(
        people,
        [None] * 150 + [gone] * 50,
        started_on=date(1997, 1, 1),
        period_months=1,
        fee_minor=500,
    )
    published(club=(Nature.HYBRID, people))
    measured = measure(options=Options(as_of=date(1997, 9, 30)), at=now(), actor=SYSTEM)

    club, rest = report("value")["segments"]
    assert club["nature_model"] == "contract and purchases"
    assert "200 of 200 customers have a contract" in club["meaning"]
    assert "beside the contract count while it runs" in club["meaning"]
    assert club["alive"] == pytest.approx(0.75)
    whole = club["value"] + rest["value"]
    assert whole == pytest.approx(measured.value_minor, rel=1e-6)
    assert club["value"] > 150 * 500 * 5  # fees alone
    assert all(traits("clv_12m")[row.pk].number == 0 for row in people[150:])
    expected = traits("expected_purchases_12m")
    assert all((expected[row.pk].number or 0) > 0 for row in people[:150])


def test_others_of_the_segment_and_other_segments_are_valued_by_purchases(cdnow: None) -> None:
    before = measure(options=Options(as_of=date(1997, 9, 30)), at=now(), actor=SYSTEM)
    people = list(Customer.objects.order_by("pk")[:100])
    sign(people[:1], [None], started_on=date(1997, 1, 1))
    published(club=(Nature.LONG_TERM, people))
    after = measure(options=Options(as_of=date(1997, 9, 30)), at=now(), actor=SYSTEM)

    club = report("value")["segments"][0]
    assert "1 of 100 customers have a contract" in club["meaning"]
    assert "valued as purchases at will" in club["meaning"]
    assert "Not enough data yet: needs 30 ended contracts, has 0." in club["meaning"]
    assert after.customers == before.customers
    assert after.parameters == before.parameters


def test_contracts_do_not_value_anybody_whom_the_canvas_serves_at_will(cdnow: None) -> None:
    people = list(Customer.objects.order_by("pk")[:100])
    published(shoppers=(Nature.TRANSACTIONAL, people))
    plain = measure(options=Options(as_of=date(1997, 9, 30)), at=now(), actor=SYSTEM)
    sign(people, [None] * 100, started_on=date(1997, 1, 1))

    found = measure(options=Options(as_of=date(1997, 9, 30)), at=now(), actor=SYSTEM)

    assert found.value_minor == pytest.approx(plain.value_minor)
    assert [group["name"] for group in report("contracts")["groups"]] == [""]


def test_fees_in_another_currency_leave_the_value_unknown_and_are_told() -> None:
    people = list(make_customers(["Ada", "Ben"]).values())
    Order.objects.bulk_create([make_order(1, people[0], date(2016, 5, 1), 1000)])
    sign(people, [None, None], currency="EUR")
    published(members=(Nature.LONG_TERM, people))

    found = run()

    assert found.value_minor is None
    assert any("2 contracts in another currency than USD" in note for note in found.notes)
    assert traits("clv_12m") == {}
    assert traits("p_alive")[people[1].pk].number == 1


def test_without_an_order_and_a_day_asked_for_the_last_fact_counts() -> None:
    people = list(make_customers(["Ada", "Ben"]).values())
    sign(people, [None, date(2011, 3, 1)], currency="CHF")

    found = measure(options=Options(), at=now(), actor=SYSTEM)

    assert (found.as_of, found.currency) == (date(2011, 3, 1), "CHF")


def test_the_page_shows_curve_model_and_verdict(ada_client: Client, ben_client: Client) -> None:
    people = list(make_customers([f"M{n}" for n in range(1000)]).values())
    sign(people, regular_ends())
    published(members=(Nature.LONG_TERM, people))
    assert "Here you will see" in ben_client.get(PAGE).content.decode()
    run()

    page = ben_client.get(PAGE).content.decode()

    assert "All contracts, every year" in page
    assert "Members, every year" in page
    assert "shifted-beta-geometric" in page
    assert "The model fits" in page
    worth = ben_client.get("/insight/").content.decode()
    assert "Customers are valued by their contracts alone." in worth
    assert "there is no purchase" not in worth
    assert ada_client.get("/api/v1/insight/reports/contracts").json()["groups"][1]["running"] == 241


def test_the_page_is_kind_where_there_is_no_contract(
    cdnow: None, ben_client: Client, cleo_client: Client
) -> None:
    measure(options=Options(as_of=date(1997, 9, 30)), at=now(), actor=SYSTEM)

    assert "No contract is known yet" in ben_client.get(PAGE).content.decode()
    assert cleo_client.get(PAGE).status_code == 403
