"""`amity measure` and `amity report`, as typed."""

import json

import pytest
from typer.testing import CliRunner

from amity.cli.main import app
from amity.measure.insight.models import MeasureRun

pytestmark = pytest.mark.django_db


def amity(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_measure_prints_exactly_what_is_promised(cdnow: None) -> None:
    printed = json.loads(amity("measure", "--as-of", "1997-09-30", "--holdout", "273", "--json"))

    assert list(printed) == [
        "customers", "repeaters", "purchases", "model", "verdict", "reason", "parameters",
        "standard_errors", "log_likelihood", "unit", "forecast", "actual", "error", "band",
    ]  # fmt: skip
    assert (printed["actual"], round(printed["forecast"], 1)) == (1882, 1653.4)
    assert MeasureRun.objects.get().actor_name.endswith("(command line)")


def test_measure_says_in_words_what_it_found(cdnow: None) -> None:
    words = amity("measure", "--as-of", "1997-09-30", "--holdout", "273")

    assert "2,357 customers, 946 of them came back, 2,457 repeat purchases" in words
    assert "Parameters per week: r 0.242595 (s.e. 0.0126)" in words
    assert "1,653.4 purchases expected" in words
    assert "1,882 made, error -12.1%" in words


def test_reports_are_printed_as_text_and_as_json(cdnow: None) -> None:
    amity("measure", "--as-of", "1997-09-30", "--holdout", "273")

    for name in ("value", "rfm", "cohorts", "whale", "backtest"):
        words = amity("report", name)
        printed = json.loads(amity("report", name, "--json"))

        assert words.startswith("As of 1997-09-30, BG/NBD: ok.")
        assert len(words.splitlines()) > 5
        assert printed["report"] == name
        assert printed["as_of"] == "1997-09-30"


def test_movement_and_groups_are_printed_over_a_window_and_with_their_interval(
    cdnow: None,
) -> None:
    amity("measure", "--as-of", "1997-09-30")

    printed = json.loads(amity("report", "movement", "--days", "180", "--json"))
    assert (printed["before"], printed["days"]) == ("1997-04-03", 180)
    assert "hibernating" in amity("report", "movement", "--days", "30")
    quiet = next(
        line for line in amity("report", "rfm").splitlines() if line.startswith("hibernating")
    )
    assert "%-" in quiet


def test_reports_of_an_empty_house_say_so() -> None:
    amity("measure")

    for name in ("value", "rfm", "cohorts", "whale", "backtest"):
        assert "Nothing to show: there is no purchase yet." in amity("report", name)


def test_cohorts_that_are_not_yet_observed_are_null(cdnow: None) -> None:
    amity("measure", "--as-of", "1997-09-30")

    month = json.loads(amity("report", "cohorts", "--json"))["month"]

    assert month["starts"] == ["1997-01-01", "1997-02-01", "1997-03-01"]
    assert sum(month["sizes"]) == 2357
    assert month["share"][0][0] == 1.0
    assert None not in month["share"][0][:9]
    assert month["share"][2][7:] == [None, None]


def test_states_are_brought_up_to_date_by_hand(cdnow: None) -> None:
    assert amity("states").strip() == "2,357 customers made anew."
    assert json.loads(amity("states", "--rebuild", "--json")) == {"customers": 2357}
