"""Decisions of a measurement, made from values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from amity.base.results import AmityError

MODELS = ("BG/NBD", "MBG/NBD")
QUIET_DAYS = 31
MONTHS = 12
WINDOWS = (30, 90, 180, 365)  # days between the two days whose RFM groups are compared
USUAL_WINDOW = 90


class MeasureError(AmityError):
    """A measurement that cannot be made as asked."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of a measurement.

    `as_of` is the last day that counts (None: the last day of the log). `holdout` compares the
    fit with that many days after it; without it the back-test is made inside the history.
    `discount` a year and `margin` (contribution / spend) are shares.
    """

    as_of: date | None = None
    holdout: int | None = None
    model: str = MODELS[0]
    discount: float = 0.1
    margin: float = 1.0


def check(options: Options) -> None:
    """Raises MeasureError when an option makes no sense."""
    if options.model not in MODELS:
        raise MeasureError(f"There is no model {options.model}. Use {' or '.join(MODELS)}.")
    if options.holdout is not None and options.holdout < 1:
        raise MeasureError("A hold-out has at least one day.")
    if not 0 <= options.discount < 1:
        raise MeasureError("The yearly discount is a share from 0 to below 1, such as 0.1.")
    if not 0 < options.margin <= 1:
        raise MeasureError("The margin is a share above 0 and at most 1, such as 0.35.")


def check_holdout(as_of: date, holdout: int, last_day: date | None) -> None:
    """Raises MeasureError when the log does not reach through the hold-out.

    A log may fall silent for a month before it counts as ended.
    """
    if last_day is None or last_day <= as_of:
        raise MeasureError(
            f"There is no order after {as_of}, so nothing to compare with. "
            "Choose an earlier --as-of."
        )
    there = (last_day - as_of).days
    if holdout > there + QUIET_DAYS:
        raise MeasureError(
            f"The orders end on {last_day}, {there} days after {as_of}. "
            f"Choose --holdout {there} or an earlier --as-of."
        )


def main_currency(currencies: Sequence[str], company: str) -> str:
    """The currency of most orders; the company's own where there is none, or on a tie."""
    counts = Counter(currencies)
    if not counts:
        return company
    return max(counts, key=lambda code: (counts[code], code == company, code))


def end_of(day: date, zone: str) -> datetime:
    """The last second of a day in the company's time zone: when a figure as of that day holds."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=ZoneInfo(zone))


def months_before(day: date, months: int) -> date:
    """The first day of the month that lies `months` before the month of `day`."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def day_after(day: date, days: int) -> date:
    """The day that is `days` later."""
    return day + timedelta(days=days)


RANKS = ("hibernating", "at risk", "fading", "new", "promising", "loyal", "champions")
"""The RFM groups from the worst to the best."""


def direction_of(before: str, after: str) -> str:
    """Whether a move between two RFM groups is "up", "down" or "same"; "new" for who came."""
    if before not in RANKS:
        return "new"
    step = RANKS.index(after) - RANKS.index(before)
    return "up" if step > 0 else "down" if step < 0 else "same"
