"""Mails that a chat goes on in. Pure."""

from collections.abc import Sequence
from datetime import datetime


def letter_of(answers: Sequence[str], *, can_answer: bool) -> str:
    """Answers that were not seen in the chat, and how it goes on."""
    onward = (
        "Answer this mail to go on, or open the chat on our site again."
        if can_answer
        else "Open the chat on our site again to go on."
    )
    head = "You left before this answer came:" if len(answers) == 1 else "While you were away:"
    return "\n\n".join([head, *answers, onward])


def said_in(lines: Sequence[tuple[str, datetime, str]]) -> str:
    """A transcript: who, when (in UTC), what."""
    return "\n\n".join(f"{who}, {at:%Y-%m-%d %H:%M} UTC:\n{text}" for who, at, text in lines)
