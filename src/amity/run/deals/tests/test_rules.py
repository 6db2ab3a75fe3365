from datetime import date

import pytest

from amity.base.vocabulary import RelationshipType
from amity.run.deals.rules.amounts import line_amount
from amity.run.deals.rules.choice import Answers, Offer, Sale, facts_of, suggest
from amity.run.deals.rules.forecast import Conversion, OpenSum, forecast_by_month, wilson
from amity.run.deals.rules.steps import Situation, next_step

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


def test_a_line_is_rounded_half_to_even_after_its_quantity() -> None:
    given = {"quantity_milli": 2_500, "unit_price_minor": 333, "discount_minor": 100}

    assert line_amount(**given) == 732


def test_wilson_gives_the_published_interval() -> None:
    low, high = wilson(81, 263)  # Newcombe 1998, table I: 0.2553 to 0.3662

    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 20)[0] == 0.0


def test_a_conversion_is_said_from_thirty_closed_deals_on() -> None:
    assert Conversion(15, 29).share is None
    assert Conversion(15, 30).share == 0.5


def test_a_month_sums_best_committed_weighted_and_measured() -> None:
    sums = [
        OpenSum(DECEMBER, 2, 50_000, 0, 1),
        OpenSum(NOVEMBER, 1, 100_000, 40_000, 2),
        OpenSum(NOVEMBER, 2, 50_000, 0, 1),
    ]
    planned, measured = {1: 0.2, 2: 0.6}, {1: Conversion(30, 100), 2: Conversion(3, 4)}

    november, december = forecast_by_month(sums, planned=planned, measured=measured)

    assert (november.best_minor, november.committed_minor) == (150_000, 40_000)
    assert (november.weighted_minor, november.deals) == (50_000, 3)
    assert november.measured_minor is None
    assert december.weighted_minor == 30_000
    only = forecast_by_month([sums[1]], planned=planned, measured=measured)
    assert only[0].measured_minor == 30_000


SITUATION = Situation(date(2026, 11, 2), date(2026, 11, 30), 3, True, "Offer made")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Agree on what brings it to Offer made"),
        ({"next_stage": ""}, "Ask for their decision"),
        ({"has_lines": False}, "Find out what they need"),
        ({"days_in_stage": 31}, "it stands here for 31 days"),
        ({"expected_close_on": date(2026, 11, 1)}, "Ask whether they still want it"),
    ],
)
def test_the_next_step_follows_the_situation(changed: dict[str, object], said: str) -> None:
    values = {name: getattr(SITUATION, name) for name in Situation.__slots__}
    situation = Situation(**(values | changed))

    step = next_step(situation, relationship_type=None, touchpoints=(), promised_by="No policy.")

    assert said in step.what
    assert (step.way, step.reason) == ("As you think best", "No policy.")


def test_the_way_is_that_of_the_promise() -> None:
    step = next_step(
        SITUATION,
        relationship_type=RelationshipType.SELF_SERVICE,
        touchpoints=("Web shop", "Phone"),
        promised_by="Version 3 promises it.",
    )

    assert step.way.startswith("Send them what they need to decide alone")
    assert step.way.endswith("by Web shop or Phone")


OFFERS = [
    Offer(1, "Coffee", "Drinks", "coffee house drinks"),
    Offer(2, "Filter", "Kitchen", "filter kitchen"),
    Offer(3, "Tea", "Drinks", "tea drinks"),
    Offer(4, "Kettle", "Kitchen", "kettle steel kitchen"),
]
SALES = [
    Sale(1, 1, 500), Sale(1, 2, 200), Sale(2, 1, 700), Sale(2, 2, 200), Sale(3, 3, 300),
    Sale(4, 3, 300), Sale(5, 3, None), Sale(6, 4, 4_000), Sale(6, 1, 600),
]  # fmt: skip


def test_what_is_bought_with_theirs_comes_first_and_says_so() -> None:
    facts = facts_of(SALES, {1})

    found = suggest(OFFERS, Answers(familiar="new", pieces=3), facts, {1})

    assert [one.name for one in found] == ["Filter", "Kettle", "Tea"]
    assert (found[0].together, found[0].with_name, found[0].total_minor) == (2, "Coffee", 600)
    assert (found[2].together, found[2].orders) == (0, 3)


@pytest.mark.parametrize(
    ("answers", "names"),
    [
        (Answers(category="Drinks"), ["Coffee", "Tea"]),
        (Answers(word="steel"), ["Kettle"]),
        (Answers(most_minor=300), ["Filter", "Tea"]),
        (Answers(familiar="known"), ["Coffee"]),
        (Answers(category="Drinks", most_minor=100), []),
    ],
)
def test_every_answer_filters(answers: Answers, names: list[str]) -> None:
    found = suggest(OFFERS, answers, facts_of(SALES, {1}), {1})

    assert sorted(one.name for one in found) == names
    assert facts_of(SALES, {1}).prices[1] == 600
