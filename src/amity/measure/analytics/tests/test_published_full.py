"""The full CDNOW log: 23,570 customers, where it lies beside the repository.

Figures of lifetimes, btyd and clvkit on the same file, which agree to six digits; in weeks, with 39
weeks of calibration. The file is that of the package `lifetimes`; it is too large to keep here.
"""

from datetime import date
from pathlib import Path

import pytest

from amity.base.time import day_number
from amity.measure.analytics import Log, Question, Valuation, Verdict, make_log, value

MASTER = Path(__file__).parents[6] / "shared/data/cdnow/CDNOW_master.txt"
AS_OF = day_number(date(1997, 9, 30))

pytestmark = pytest.mark.skipif(
    not MASTER.exists(), reason=f"the full CDNOW log is not at ../shared/data/cdnow/{MASTER.name}"
)


@pytest.fixture(scope="module")
def log() -> Log:
    """All 69,659 lines, amounts in cents."""
    lines = [line.split() for line in MASTER.read_text().splitlines()]
    rows = [line for line in lines if line and line[0].isdigit()]
    return make_log(
        [int(row[0]) for row in rows],
        [day_number(date.fromisoformat(row[1])) for row in rows],
        [round(float(row[-1]) * 100) for row in rows],
    )


@pytest.fixture(scope="module")
def found(log: Log) -> Valuation:
    return value(log, AS_OF, Question(holdout=273))


def test_bgnbd_of_the_full_log_in_weeks(log: Log, found: Valuation) -> None:
    fit = found.models.fit.per("week")

    assert len(log) == 69_659
    assert (fit.customers, fit.repeaters, fit.verdict) == (23_570, 9_451, Verdict.OK)
    assert fit.parameters() == pytest.approx(
        {"r": 0.25162396, "alpha": 4.78894296, "a": 0.72343358, "b": 2.16108836}, rel=1e-6
    )
    assert fit.standard_errors() == pytest.approx(
        {"r": 0.00420, "alpha": 0.13125, "a": 0.05393, "b": 0.19859}, rel=2e-3
    )
    assert fit.log_likelihood == pytest.approx(-95_368.44393, abs=1e-4)
    assert found.models.fit.log_likelihood == pytest.approx(-142_726.059, abs=1e-3)


def test_hold_out_of_the_full_log(found: Valuation) -> None:
    held = found.models.held

    assert held is not None
    assert held.result.actual == 19_684
    assert held.result.forecast == pytest.approx(16_873.7, abs=0.05)
    assert held.result.error == pytest.approx(-0.143, abs=5e-4)


def test_gamma_gamma_of_the_full_log_in_dollars(found: Valuation) -> None:
    spend = found.models.spend

    assert spend is not None
    assert (spend.customers, spend.dropped) == (9_450, 1)
    assert spend.model.scaled(0.01).vector() == pytest.approx(
        [6.27536, 3.62445, 14.98369], abs=5e-6
    )
