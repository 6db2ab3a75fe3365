"""The order of help: monotone in risk and in value, unknown as the median, overdue first."""

from hypothesis import given
from hypothesis import strategies as st

from amity.run.inbox.rules.urgency import PRIORITY, Running, risk, urgency, weight

MEDIAN = 12_000.0
MINUTES = st.floats(0, 100_000, allow_nan=False)
VALUES = st.one_of(st.none(), st.floats(-1e9, 1e12, allow_nan=False))
MEDIANS = st.one_of(st.none(), st.floats(0, 1e9, allow_nan=False))
PRIORITIES = st.sampled_from(sorted(PRIORITY))


def of(used: float, promised: float = 60, value: float | None = MEDIAN, priority: int = 2) -> float:
    return urgency(
        (Running(used, promised),),
        waited_hours=1,
        value_minor=value,
        median_minor=MEDIAN,
        priority=priority,
    )


def test_the_figures_of_the_formula() -> None:
    assert of(0) == 0.1
    assert of(30) == 0.1 + 0.9 / 4
    assert of(60) == 1.0
    assert of(120) == 100.5
    assert weight(0, median_minor=MEDIAN) == 0.25
    assert weight(3 * MEDIAN, median_minor=MEDIAN) == 0.25 + 1.5 * 0.75
    assert risk((), waited_hours=24) == 0.1 * 24 / 48
    assert risk((), waited_hours=None) == 0


def test_an_unknown_value_is_neutral() -> None:
    assert weight(None, median_minor=MEDIAN) == weight(MEDIAN, median_minor=MEDIAN) == 1.0
    assert weight(5_000, median_minor=None) == 1.0


def test_the_promise_that_is_nearest_to_its_end_counts() -> None:
    assert risk((Running(10, 60), Running(55, 60)), waited_hours=0) == risk(
        (Running(55, 60),), waited_hours=0
    )


@given(st.tuples(MINUTES, MINUTES), st.floats(1, 10_000), VALUES, MEDIANS, PRIORITIES)
def test_it_never_falls_as_time_passes(
    times: tuple[float, float],
    promised: float,
    value: float | None,
    median: float | None,
    priority: int,
) -> None:
    less, more = sorted(times)
    figures = [
        urgency(
            (Running(used, promised),),
            waited_hours=1,
            value_minor=value,
            median_minor=median,
            priority=priority,
        )
        for used in (less, more)
    ]

    assert 0 <= figures[0] <= figures[1]


@given(MINUTES, st.floats(0, 1e12), st.floats(0, 1e12))
def test_it_never_falls_as_value_rises(used: float, one: float, two: float) -> None:
    less, more = sorted((one, two))

    assert of(used, value=less) <= of(used, value=more)


@given(st.floats(0, 1), st.floats(1.000001, 100), st.tuples(VALUES, VALUES, PRIORITIES, PRIORITIES))
def test_overdue_comes_before_all_that_can_still_be_kept(
    early: float, late: float, drawn: tuple[float | None, float | None, int, int]
) -> None:
    rich, poor, urgent, low = drawn

    assert of(late * 60, value=poor, priority=low) > of(early * 60, value=rich, priority=urgent)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_promise_comes_before_none_and_waiting_counts(one: float, two: float) -> None:
    less, more = sorted((one, two))

    assert risk((), waited_hours=less) <= risk((), waited_hours=more) <= 0.1
