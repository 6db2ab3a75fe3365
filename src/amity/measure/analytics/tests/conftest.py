"""The published base of the papers, and small logs by hand."""

import csv
from datetime import date
from pathlib import Path

import pytest

from amity.base.time import day_number
from amity.measure.analytics.summary import Log, Summary, make_log, summarize

CDNOW = Path(__file__).parent / "data" / "cdnow_sample.csv"


@pytest.fixture(scope="session")
def cdnow() -> Log:
    """The CDNOW one-tenth sample, amounts in cents."""
    with CDNOW.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return make_log(
        [int(row["customer"]) for row in rows],
        [day_number(date.fromisoformat(row["date"])) for row in rows],
        [round(float(row["amount"]) * 100) for row in rows],
    )


@pytest.fixture(scope="session")
def calibration(cdnow: Log) -> Summary:
    """39 weeks, to 1997-09-30 inclusive."""
    return summarize(cdnow, day_number(date(1997, 9, 30)))
