"""What follows from a change: clocks, routing, rules. One place, so that no change forgets one."""

from datetime import datetime

from amity.run.inbox.models import Conversation, Message


def received(
    conversation: Conversation, message: Message, *, is_new: bool, was_closed: bool, at: datetime
) -> None:
    """After a message of a customer."""


def replied(conversation: Conversation, message: Message, *, at: datetime) -> None:
    """After an answer."""


def status_changed(conversation: Conversation, *, before: str, at: datetime) -> None:
    """After a conversation was opened, put aside, closed, or waits for the customer."""


def spam_changed(conversation: Conversation, *, at: datetime) -> None:
    """After a conversation became spam, or is none any more."""


def merged(survivor: Conversation, absorbed: Conversation, *, at: datetime) -> None:
    """After one conversation was taken into another."""


def split(origin: Conversation, new: Conversation, *, at: datetime) -> None:
    """After messages of a conversation became one of their own."""


def customer_changed(conversation: Conversation, *, at: datetime) -> None:
    """After it was said whose matter it is."""


def unmerged(survivor: Conversation, absorbed: Conversation, *, at: datetime) -> None:
    """After a merge was taken back."""
