"""How a promise stands, in words that need no color. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SOON = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Countdown:
    """`kind` is the chip's: bad when broken, warn when near, empty else."""

    text: str
    kind: str
    icon: str


def span(length: timedelta) -> str:
    """A length of time in one unit: `12 min`, `3 h`, `5 d`."""
    minutes = max(0, round(length.total_seconds() / 60))
    if minutes < 90:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} d"


def countdown(due_at: datetime | None, *, at: datetime) -> Countdown | None:
    """What is left of a promise, or how late it is; None where none runs."""
    if due_at is None:
        return None
    left = due_at - at
    if left < timedelta():
        return Countdown(f"{span(-left)} late", "bad", "alert-circle")
    kind, icon = ("warn", "alert-triangle") if left <= SOON else ("", "clock")
    return Countdown(f"{span(left)} left", kind, icon)
