"""Value, RFM, cohorts and the whale curve."""

from datetime import date

import numpy as np
import pytest

from amity.base.time import day_number
from amity.measure.analytics.bgnbd import BgNbd
from amity.measure.analytics.clv import DAYS_A_MONTH, Outlook, kept_share, value_customers
from amity.measure.analytics.cohorts import cohorts
from amity.measure.analytics.rfm import grid, quintile, score
from amity.measure.analytics.summary import Log, Summary, make_log, summarize
from amity.measure.analytics.verdict import fit_purchases, fit_spend
from amity.measure.analytics.whale import whale


def test_undiscounted_value_is_purchases_times_spend(calibration: Summary) -> None:
    fit, spend = fit_purchases(calibration), fit_spend(calibration)
    assert spend is not None

    values = value_customers(calibration, fit, spend, Outlook(months=9, discount=0.0))

    days = 9 * DAYS_A_MONTH
    ahead = fit.model.expected(calibration.x, calibration.t_x, calibration.T, days)
    each = spend.model.expected(calibration.spend_count, calibration.spend_mean)
    assert values.purchases == pytest.approx(ahead)
    assert values.clv == pytest.approx(ahead * each * kept_share(calibration))
    assert kept_share(calibration) == pytest.approx(1.0, abs=0.01)


def test_discount_and_margin_reduce_value(calibration: Summary) -> None:
    fit, spend = fit_purchases(calibration), fit_spend(calibration)

    plain = value_customers(calibration, fit, spend, Outlook(discount=0.0))
    later = value_customers(calibration, fit, spend, Outlook(discount=0.15))
    half = value_customers(calibration, fit, spend, Outlook(discount=0.15, margin=0.5))

    assert 0.90 < later.clv.sum() / plain.clv.sum() < 0.97
    assert half.clv == pytest.approx(later.clv / 2)
    assert later.purchases == pytest.approx(plain.purchases)


def test_value_bears_an_interval(calibration: Summary) -> None:
    fit, spend = fit_purchases(calibration), fit_spend(calibration)

    values = value_customers(calibration, fit, spend, Outlook(band=0.14))

    assert (values.clv_low < values.clv).all()
    assert (values.clv < values.clv_high).all()
    assert (values.purchases_low < values.purchases).all()
    assert (values.purchases_high / values.purchases > 1.14).all()


def test_more_past_purchases_with_the_same_silence_mean_less_value() -> None:
    # The iso-value result of Fader, Hardie, Lee (2005b): value rises, then falls with x.
    model = BgNbd(0.243, 4.414, 0.793, 2.426, "week")

    value = model.expected(np.arange(1.0, 26.0), np.full(25, 20.0), np.full(25, 39.0), 52.0)

    peak = int(np.argmax(value))
    assert 0 < peak < 10
    assert (np.diff(value[: peak + 1]) > 0).all()
    assert (np.diff(value[peak:]) < 0).all()


def test_returns_on_other_days_reduce_value() -> None:
    log = make_log([1, 1, 1, 2], [0, 10, 20, 0], [100, 100, -100, 100])

    summary = summarize(log, 30)

    assert kept_share(summary) == pytest.approx(200 / 3 / 100)


def test_quintiles_of_distinct_values_are_equal_fifths() -> None:
    scores = quintile(np.random.default_rng(1).permutation(100).astype(float))

    assert np.bincount(scores).tolist() == [0, 20, 20, 20, 20, 20]


def test_equal_values_get_equal_scores_in_any_order() -> None:
    values = np.array([0.0] * 60 + [1.0] * 25 + [2.0] * 15)

    scores = quintile(values)
    again = quintile(values[::-1])[::-1]

    assert scores.tolist() == again.tolist() == [2] * 60 + [4] * 25 + [5] * 15


def test_one_customer_is_in_the_middle() -> None:
    assert quintile(np.array([7.0])).tolist() == [3]
    assert quintile(np.array([])).tolist() == []


def test_rfm_grid_counts_every_customer(cdnow: Log) -> None:
    summary = summarize(cdnow, int(cdnow.day.max()))

    rfm = score(summary)

    assert grid(rfm).sum() == summary.customers
    assert set(rfm.m.tolist()) == {1, 2, 3, 4, 5}
    assert rfm.group[int(np.argmax(summary.x))] in {"champions", "loyal"}


def test_rfm_without_money_has_no_money_score() -> None:
    rfm = score(summarize(make_log([1, 2, 2], [1, 1, 9]), 10))

    assert rfm.m.tolist() == [0, 0]
    assert rfm.r.tolist() == [2, 4]


def days(*texts: str) -> list[int]:
    return [day_number(date.fromisoformat(text)) for text in texts]


def test_cohort_triangle_by_hand() -> None:
    log = make_log(
        [1, 1, 1, 2, 3, 3],
        days("2024-01-05", "2024-01-20", "2024-03-02", "2024-01-31", "2024-02-01", "2024-03-31"),
        [100, 100, 100, 100, 100, 100],
    )

    table = cohorts(log, day_number(date(2024, 3, 31)))

    assert table.starts == (date(2024, 1, 1), date(2024, 2, 1))
    assert table.sizes.tolist() == [2, 1]
    assert table.active[0].tolist() == [2, 0, 1]
    assert table.share[0].tolist() == [1.0, 0.0, 0.5]
    assert table.spend[0].tolist() == [300.0, 0.0, 100.0]
    assert table.active[1, :2].tolist() == [1, 1]
    assert np.isnan(table.active[1, 2])
    assert np.isnan(table.spend[1, 2])
    assert table.partial_age == (None, None)


def test_period_that_is_still_running_is_partial() -> None:
    log = make_log([1, 2], days("2024-01-05", "2024-03-01"))

    table = cohorts(log, day_number(date(2024, 3, 15)))

    assert table.starts == (date(2024, 1, 1), date(2024, 3, 1))
    assert table.partial_age == (2, 0)


def test_one_order_of_another_century_makes_no_huge_triangle() -> None:
    log = make_log([1, 2, 3], days("1900-01-01", "2024-02-03", "2024-03-31"))

    table = cohorts(log, day_number(date(2024, 3, 31)), "week", last=26)

    assert table.starts == (date(1900, 1, 1), date(2024, 1, 29), date(2024, 3, 25))
    assert table.share.shape == (3, 27)
    assert np.isnan(table.share[2, 1:]).all()


def test_the_latest_cohorts_are_kept_and_the_others_counted(cdnow: Log) -> None:
    table = cohorts(cdnow, day_number(date(1998, 6, 30)), "week", last=5)

    assert len(table.starts) == 5
    assert table.left_out > 5
    assert table.share.shape == (5, 6)
    assert table.share[:, 0].tolist() == [1.0] * 5


def test_weeks_begin_on_monday() -> None:
    log = make_log([1, 2], days("2024-01-07", "2024-01-08"))

    table = cohorts(log, day_number(date(2024, 1, 14)), "week")

    assert table.starts == (date(2024, 1, 1), date(2024, 1, 8))
    assert table.partial_age == (None, None)


def test_no_purchase_makes_an_empty_table() -> None:
    assert cohorts(make_log([], [], []), 100).starts == ()


def test_whale_rises_above_the_total_and_falls_back() -> None:
    found = whale(np.array([50.0, -20.0, 100.0, -30.0, 0.0]))

    assert found.total == 100.0
    assert (found.peak, found.peak_share) == (150.0, 0.4)
    assert found.cumulative.tolist() == [0.0, 100.0, 150.0, 150.0, 130.0, 100.0]
    assert (found.losing, found.top_fifth) == (2, 1.0)


def test_whale_of_nobody_is_flat() -> None:
    found = whale(np.array([np.nan]))

    assert (found.customers, found.total, found.top_fifth) == (0, 0.0, None)
    assert found.cumulative.tolist() == [0.0]
