"""Repeating tasks: a part of RFC 5545's rules, and the next day that one names. Pure."""

from datetime import UTC, date, datetime, time

from dateutil.rrule import rrulestr

from amity.base.results import AmityError

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH")
USUAL = (
    ("", "Once"),
    ("FREQ=WEEKLY", "Every week"),
    ("FREQ=WEEKLY;INTERVAL=2", "Every two weeks"),
    ("FREQ=MONTHLY", "Every month"),
    ("FREQ=MONTHLY;INTERVAL=3", "Every quarter"),
    ("FREQ=YEARLY", "Every year"),
)


class RecurrenceError(AmityError):
    """A rule of repetition that is not understood."""


def clean_rule(rule: str) -> str:
    """The rule in capitals without `RRULE:`; an empty one is none.

    Raises:
        RecurrenceError: it is not one of ours, as in FREQ=WEEKLY;BYDAY=MO.
    """
    text = rule.strip().upper().removeprefix("RRULE:")
    if not text:
        return ""
    parts = dict(part.partition("=")[::2] for part in text.split(";"))
    if parts.get("FREQ") not in FREQUENCIES or any(name not in PARTS for name in parts):
        raise RecurrenceError(
            f"Use FREQ={'/'.join(FREQUENCIES)} with {', '.join(PARTS[1:])}, as in"
            " FREQ=WEEKLY;BYDAY=MO."
        )
    if len(text) > 200:
        raise RecurrenceError("The rule of repetition is longer than 200 characters.")
    next_day(text, starts_on=date(2026, 1, 1), after=date(2026, 1, 1))
    return text


def next_day(rule: str, *, starts_on: date, after: date) -> date | None:
    """The first day of the series that begins on `starts_on` which lies after `after`.

    None where the series is over.

    Raises:
        RecurrenceError: the rule is not understood.
    """
    if not rule:
        return None
    try:
        series = rrulestr(_in_utc(rule), dtstart=_noon(starts_on))
        found: datetime | None = series.after(_noon(after))
    except (ValueError, TypeError, OverflowError) as error:
        raise RecurrenceError(f"{rule} is no rule of repetition: {error}") from error
    return found.date() if found is not None else None


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _in_utc(rule: str) -> str:
    """UNTIL as an instant at the end of its day, as the series has instants with a zone."""
    parts = []
    for part in rule.split(";"):
        name, _equals, value = part.partition("=")
        until = value.partition("T")[0]
        parts.append(f"UNTIL={until}T235959Z" if name == "UNTIL" else part)
    return ";".join(parts)
