"""The question after a close. Pure."""

from collections.abc import Mapping

SCORES: Mapping[int, str] = {
    5: "Very well",
    4: "Well",
    3: "So-so",
    2: "Badly",
    1: "Not at all",
}
UNASKED = frozenset({"spam", "duplicate", "no_answer_needed", "answered_elsewhere"})


def asks(outcome: str, *, is_spam: bool) -> bool:
    """Whether a matter that ended so is asked about."""
    return not is_spam and outcome not in UNASKED


def sentiment_of(score: int) -> float:
    """A score of 1 to 5 on the scale of the log, -1 to 1."""
    return (score - 3) / 2
