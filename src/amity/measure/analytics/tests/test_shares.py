"""Who of a group is still there, with an interval."""

import numpy as np
import pytest

from amity.measure.analytics.shares import still_there
from amity.measure.analytics.summary import Summary, make_log, summarize
from amity.measure.analytics.valuation import Models, Question, fit_models
from amity.testing.populations import CDNOW, buyers


def fitted(customers: int) -> tuple[Models, Summary]:
    log = make_log(*buyers(customers, 11, CDNOW))
    summary = summarize(log, 730)
    return fit_models(log, summary, Question()), summary


def test_bounds_are_those_of_drawing_the_parameters_anew() -> None:
    models, summary = fitted(3000)
    teller = models.teller
    assert teller is not None
    assert teller.covariance is not None
    alive = teller.model.alive(summary.x, summary.t_x, summary.T)
    groups = {"once": np.flatnonzero(summary.x == 0), "often": np.flatnonzero(summary.x > 2)}

    found = still_there(alive, models.timed, teller, groups)

    point = teller.model.vector()
    logs = np.random.default_rng(5).multivariate_normal(
        np.log(point), teller.covariance / np.outer(point, point), 400
    )
    for name, rows in groups.items():
        drawn = [
            float(
                teller.model.moved(np.exp(one))
                .alive(summary.x[rows], summary.t_x[rows], summary.T[rows])
                .mean()
            )
            for one in logs
        ]
        share = found[name]
        assert share is not None
        assert share.share == pytest.approx(alive[rows].mean())
        low, high = np.quantile(drawn, [0.025, 0.975])
        assert share.high - share.low == pytest.approx(high - low, rel=0.25)
        assert 0.0 < share.low < share.share < share.high < 1.0


def test_more_customers_make_it_surer() -> None:
    def width(customers: int) -> float:
        models, summary = fitted(customers)
        assert models.teller is not None
        alive = models.teller.model.alive(summary.x, summary.t_x, summary.T)
        everyone = {"all": np.arange(summary.customers)}
        share = still_there(alive, models.timed, models.teller, everyone)["all"]
        assert share is not None
        return share.high - share.low

    assert width(6000) < width(1500)


def test_nobody_can_be_told_of_without_a_model_or_without_customers() -> None:
    models, summary = fitted(3000)
    alive, nobody = np.ones(summary.customers), np.zeros(0, dtype=np.int64)

    assert still_there(alive, models.timed, None, {"all": np.arange(3)}) == {"all": None}
    told = still_there(alive * 0.5, models.timed, models.teller, {"none": nobody})
    assert told == {"none": None}
    few = make_log([1, 1, 2], [0, 5, 3], [1.0, 2.0, 3.0])
    assert fit_models(few, summarize(few, 40), Question()).teller is None
