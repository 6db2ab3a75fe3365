"""The measurement, from orders to traits and the stored run."""

from datetime import date

import pytest

from amity.kernel.access.models import AuditEntry
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Order
from amity.kernel.traits.models import Trait
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.operations import measure
from amity.measure.insight.queries import measured
from amity.measure.insight.rules import MeasureError, Options
from amity.measure.insight.tests.conftest import AT, make_customers, make_order

pytestmark = pytest.mark.django_db
SEPTEMBER = date(1997, 9, 30)


def run(options: Options | None = None, **kwargs: object) -> MeasureRun:
    return measure(options=options or Options(), at=AT, actor=SYSTEM, **kwargs)  # type: ignore[arg-type]  # the tests name what they pass


def test_cdnow_gets_the_published_figures(cdnow: None) -> None:
    found = measured(run(Options(as_of=SEPTEMBER, holdout=273)), with_holdout=True)

    assert list(found) == [
        "customers", "repeaters", "purchases", "model", "verdict", "reason", "parameters",
        "standard_errors", "log_likelihood", "unit", "forecast", "actual", "error", "band",
    ]  # fmt: skip
    assert (found["customers"], found["repeaters"], found["purchases"]) == (2357, 946, 2457)
    assert (found["model"], found["verdict"], found["unit"]) == ("BG/NBD", "ok", "week")
    assert {name: round(value, 6) for name, value in found["parameters"].items()} == {
        "r": 0.242595, "alpha": 4.413602, "a": 0.792922, "b": 2.425907,
    }  # fmt: skip
    assert round(found["standard_errors"]["alpha"], 4) == 0.3782
    assert round(found["log_likelihood"], 4) == -9582.4292
    assert (round(found["forecast"], 1), found["actual"]) == (1653.4, 1882)
    assert round(found["error"], 3) == -0.121
    low, high = found["band"]
    assert low < 1653.4 < high


def test_every_customer_gets_traits_with_time_grade_and_interval(cdnow: None) -> None:
    run(Options(as_of=SEPTEMBER))

    assert Trait.objects.values("customer").distinct().count() == 2357
    value = Trait.objects.get(customer__name="1", name="clv_12m")
    assert value.number is not None
    assert value.low is not None
    assert value.high is not None
    assert value.low < value.number < value.high
    assert (value.grade, value.source) == ("B", "insight.measure")
    assert value.as_of.date() == SEPTEMBER
    of_one = dict(Trait.objects.filter(customer__name="1").values_list("name", "number"))
    assert (of_one["orders"], of_one["frequency"], of_one["tenure_days"]) == (3, 2, 272)
    last = Trait.objects.get(customer__name="1", name="last_order_on")
    assert (last.text, of_one["recency_days"]) == ("1997-08-02", 59)
    assert of_one["spend_total"] == 2933 + 2973 + 1496
    once = Trait.objects.filter(name="frequency", number=0).values("customer")
    alive = Trait.objects.filter(name="p_alive", customer__in=once, number__gte=1)
    assert not alive.exists()


def test_measuring_again_changes_nothing_but_adds_a_run(cdnow: None) -> None:
    run(Options(as_of=SEPTEMBER))
    before = list(Trait.objects.order_by("customer", "name").values_list("name", "number", "text"))

    run(Options(as_of=SEPTEMBER))

    after = list(Trait.objects.order_by("customer", "name").values_list("name", "number", "text"))
    assert before == after
    assert MeasureRun.objects.count() == 2
    assert AuditEntry.objects.filter(action="insight.measured").count() == 2


def test_job_that_runs_again_keeps_one_run(cdnow: None) -> None:
    run(Options(as_of=SEPTEMBER), job_id=7)
    run(Options(as_of=SEPTEMBER), job_id=7)

    assert MeasureRun.objects.count() == 1


def test_measuring_an_earlier_day_takes_later_traits_away(cdnow: None) -> None:
    run()
    assert Trait.objects.filter(name="last_order_on", text__gt="1997-01-31").exists()

    run(Options(as_of=date(1997, 1, 31)))

    assert not Trait.objects.filter(name="last_order_on", text__gt="1997-01-31").exists()
    assert Trait.objects.values("customer").distinct().count() < 2357


def test_without_a_holdout_the_band_comes_from_inside_the_history(cdnow: None) -> None:
    found = run(Options(as_of=SEPTEMBER))

    assert (found.holdout_days, found.holdout_from) == (90, date(1997, 7, 2))
    assert found.band is not None
    assert 0.03 < found.band < 0.5
    printed = measured(found, with_holdout=False)
    assert [printed[name] for name in ("forecast", "actual", "error", "band")] == [None] * 4


def test_stop_between_stages_leaves_the_former_run(cdnow: None) -> None:
    class Stopped(Exception):  # noqa: N818 -- the test's own signal
        pass

    def stop(_done: int, _total: int | None, message: str) -> None:
        if message == "Writing traits":
            raise Stopped

    with pytest.raises(Stopped):
        run(Options(as_of=SEPTEMBER), progress=stop)

    assert not MeasureRun.objects.exists()


def test_no_orders_are_not_enough_data() -> None:
    found = run()

    assert (found.customers, found.verdict) == (0, "not enough data")
    assert found.reason.startswith("Not enough data yet: there is no purchase.")
    assert found.value_minor is None


def test_odd_orders_are_told_in_the_notes() -> None:
    people = make_customers(["Ann", "Bob"])
    day = date(2024, 5, 1)
    Order.objects.bulk_create(
        [
            make_order(1, people["Ann"], day, 5000),
            make_order(2, people["Ann"], date(2024, 5, 9), 7000),
            make_order("C2", people["Ann"], date(2024, 5, 10), -7000, kind=Order.Kind.RETURN),
            make_order("C3", people["Bob"], date(2024, 5, 10), None, kind=Order.Kind.CANCELLATION),
            make_order(3, people["Bob"], day, 900, currency="EUR"),
            make_order(4, None, day, 100),
        ]
    )

    found = run()

    assert (found.customers, found.purchases, found.currency) == (2, 1, "USD")
    assert found.as_of == date(2024, 5, 10)
    assert found.notes == [
        "1 sales without a customer are outside customer value.",
        "1 orders in another currency than USD count as purchases without an amount.",
        "1 returns reduce the money and are no purchases.",
    ]
    ann = dict(Trait.objects.filter(customer=people["Ann"]).values_list("name", "number"))
    assert (ann["orders"], ann["spend_total"], ann["monetary"]) == (2, 5000, 6000)
    bob = set(Trait.objects.filter(customer=people["Bob"]).values_list("name", flat=True))
    assert "clv_12m" in bob
    assert "spend_total" not in bob


def test_orders_without_amounts_have_purchases_and_no_value() -> None:
    people = make_customers(["Ann"])
    rows = [make_order(k, people["Ann"], date(2024, 5, k + 1), None) for k in range(3)]
    Order.objects.bulk_create(rows)

    found = run()

    assert found.value_minor is None
    assert "The orders have no amounts" in found.notes[0]
    names = set(Trait.objects.values_list("name", flat=True))
    assert "expected_purchases_12m" in names
    assert "clv_12m" not in names


def test_holdout_that_the_log_does_not_reach_is_refused(cdnow: None) -> None:
    with pytest.raises(MeasureError, match="The orders end on 1998-06-30, 273 days after"):
        run(Options(as_of=SEPTEMBER, holdout=400))
    with pytest.raises(MeasureError, match="There is no order after"):
        run(Options(as_of=date(1998, 6, 30), holdout=30))

    assert not MeasureRun.objects.exists()
    assert not Trait.objects.exists()


@pytest.mark.parametrize(
    "options",
    [Options(model="ARIMA"), Options(discount=1.5), Options(margin=0), Options(holdout=0)],
)
def test_options_that_make_no_sense_are_refused(options: Options) -> None:
    with pytest.raises(MeasureError):
        run(options)
