"""Buyers by habit: what Erlang gaps change, and that k = 1 is MBG/NBD."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.special import gamma as gamma_function
from scipy.stats import beta, gamma

from amity.measure.analytics import erlang, mbgnbd
from amity.measure.analytics.arrays import floats
from amity.measure.analytics.backtest import backtest, backtest_habits
from amity.measure.analytics.base import base_of, make_base
from amity.measure.analytics.clv import DAYS_A_MONTH, Outlook, value_customers
from amity.measure.analytics.erlang import Habits
from amity.measure.analytics.judged import fit_habits
from amity.measure.analytics.mbgnbd import MbgNbd
from amity.measure.analytics.summary import Log, Summary, make_log, summarize
from amity.measure.analytics.valuation import Question, value
from amity.measure.analytics.verdict import Verdict
from amity.testing.populations import by_habit

X, T_X, T = (
    np.array([0.0, 1, 3, 12]),
    np.array([0.0, 40, 200, 260]),
    np.array([90.0, 280, 270, 275]),
)


def test_one_step_a_purchase_is_mbgnbd(calibration: Summary) -> None:
    base = base_of(calibration)
    point = mbgnbd.fit(base).point
    plain, habits = MbgNbd.at(point), Habits.at(point, 1)

    assert erlang.log_likelihood(habits, base) == pytest.approx(
        mbgnbd.log_likelihood(plain, base), rel=1e-10
    )
    assert habits.alive(X, T_X, T) == pytest.approx(plain.alive(X, T_X, T), rel=1e-9)
    assert habits.expected(X, T_X, T, 180.0) == pytest.approx(
        plain.expected(X, T_X, T, 180.0), rel=1e-6
    )
    times = np.array([7.0, 90.0, 700.0])
    assert habits.new_customer(times) == pytest.approx(plain.new_customer(times), rel=1e-6)
    assert erlang.fit(base, 1).point == pytest.approx(point, rel=1e-4)


def test_likelihood_is_the_integral_over_rates_and_chances_of_leaving() -> None:
    r, alpha, a, b, k = 1.4, 30.0, 0.8, 2.5, 3
    x, t_x, T = 2, 120.0, 150.0

    def density(p: float, rate: float) -> float:
        silent = sum((rate * (T - t_x)) ** j / gamma_function(j + 1) for j in range(k))
        there = (1 - p) * np.exp(-rate * (T - t_x)) * silent
        given = rate ** (k * x) * np.exp(-rate * t_x) * (1 - p) ** x * (there + p)
        return float(given * gamma.pdf(rate, r, scale=1 / alpha) * beta.pdf(p, a, b))

    whole = dblquad(density, 0.0, 1.5, 0.0, 1.0, epsabs=0, epsrel=1e-8)[0]

    base = make_base(np.array([x]), np.array([120]), np.array([150]))
    assert erlang.log_likelihood(Habits(r, alpha, a, b, k), base) == pytest.approx(
        np.log(whole), rel=1e-6
    )


def test_gradient_and_hessian_are_those_of_the_value(calibration: Summary) -> None:
    evaluate = erlang.likelihood(base_of(calibration), 3)
    point = np.array([0.6, 15.0, 0.9, 2.0])
    _, gradient, hessian = evaluate(point)

    for k in range(4):
        step = np.zeros(4)
        step[k] = 1e-5 * point[k]
        up, down = evaluate(point + step), evaluate(point - step)
        assert (up[0] - down[0]) / (2 * step[k]) == pytest.approx(gradient[k], rel=1e-5)
        assert (up[1] - down[1]) / (2 * step[k]) == pytest.approx(hessian[k], rel=1e-4)


def habitual(customers: int, k: int, days: int, seed: int = 3) -> Log:
    """Purchases by habit without amounts, from day 10,000 on."""
    who, day, _ = by_habit(customers, seed, k, days)
    return make_log(who, 10_000 + day)


def test_habits_are_found_and_forecast_better_than_chance_does() -> None:
    log = habitual(3_000, 4, 900)

    fit, held = backtest_habits(log, 10_500, 400, 4)
    plain = backtest(log, 10_500, 400, "MBG/NBD")[1]

    assert fit.verdict is Verdict.OK
    truth = {"r": 2.0, "alpha": 20.0, "a": 1.0, "b": 6.0}
    for name, found in fit.parameters().items():
        assert abs(found - truth[name]) < 4 * fit.standard_errors()[name]
    assert held is not None
    assert held.error is not None
    assert plain.error is not None
    assert abs(held.error) < 0.05 < abs(plain.error)


def test_a_valuation_of_buyers_by_habit_sets_the_two_models_side_by_side() -> None:
    found = value(habitual(3_000, 4, 900), 10_900)

    habitual_answer, usual = found.models.habitual, found.models.held
    assert habitual_answer is not None
    assert usual is not None
    assert habitual_answer.fit.model is not None
    assert habitual_answer.fit.model.k == found.models.habits.erlang == 4
    assert habitual_answer.held is not None
    assert abs(habitual_answer.held.error or 1.0) < abs(usual.result.error or 0.0)
    assert habitual_answer.purchases is not None
    assert "the values are those of MBG/CNBD-4." in habitual_answer.in_words(usual)
    assert found.models.by_habit is habitual_answer
    plain = value_customers(
        found.models.timed, found.models.fit, found.models.spend, Outlook(band=0.1)
    )
    assert found.values.purchases.sum() == pytest.approx(habitual_answer.purchases)
    assert found.values.purchases.sum() < plain.purchases.sum()


def test_values_by_habit_are_expected_purchases_times_spend_with_bounds() -> None:
    bare = habitual(1_500, 3, 700)
    log = make_log(bare.customer, bare.day, 500.0 + 100.0 * (bare.customer % 5))
    found = value(log, 10_700, Question(months=6, discount=0.0, margin=0.4))
    models, values = found.models, found.values
    assert models.by_habit is not None
    assert models.by_habit.held is not None
    model = models.by_habit.fit.model
    assert model is not None
    x, t_x, T = models.timed.x, models.timed.t_x, models.timed.T

    assert values.alive == pytest.approx(model.alive(x, t_x, T))
    assert values.purchases == pytest.approx(model.expected(x, t_x, T, 6 * DAYS_A_MONTH))
    assert values.clv == pytest.approx(values.purchases * values.spend * 0.4)
    assert (values.purchases_low < values.purchases).all()
    assert (values.purchases < values.purchases_high).all()
    assert models.band == models.by_habit.held.band
    assert models.teller is not None
    assert models.teller.model == model


def test_model_of_habits_that_misses_by_more_gives_no_values() -> None:
    found = value(habitual(3_000, 4, 900), 10_900)
    beside, usual = found.models.habitual, found.models.held
    assert beside is not None
    assert beside.held is not None
    assert usual is not None
    worse = replace(beside, held=replace(beside.held, error=0.9))

    models = replace(found.models, habitual=worse)

    assert models.by_habit is None
    assert models.habitual_values(Outlook()) is None
    assert models.band == usual.result.band
    assert "the values are those of the usual model." in worse.in_words(usual)


def test_purchases_by_chance_ask_for_no_other_model(cdnow: Log) -> None:
    models = value(cdnow, int(cdnow.day.max())).models

    assert models.habits.warning == ""
    assert models.habitual is None


def test_who_missed_her_usual_day_is_less_likely_there_than_chance_says() -> None:
    log = habitual(3_000, 4, 500)
    summary = summarize(log, 10_500)
    habits, plain = fit_habits(summary, 4), mbgnbd.fit(base_of(summary))
    overdue = floats([6.0]), floats([240.0]), floats([400.0])  # every 40 days, silent for 160

    assert habits.model is not None
    assert habits.model.alive(*overdue)[0] < 0.5 * MbgNbd.at(plain.point).alive(*overdue)[0]


def test_few_are_not_fitted() -> None:
    log = make_log([1, 1, 2], [10_000, 10_100, 10_050])

    fit, held = backtest_habits(log, 10_200, 30, 2)

    assert (fit.model, fit.verdict, held) == (None, Verdict.NOT_ENOUGH_DATA, None)
