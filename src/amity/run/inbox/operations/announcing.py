"""Tells the rules that something happened; they act in a job, after the commit.

What a rule sets off carries the chain of rules that led there, so that a loop is seen and ended.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from amity.kernel.jobs.operations import enqueue
from amity.run.inbox.models import Conversation, Rule
from amity.run.inbox.queries.once import once
from amity.run.inbox.rules.automation import Event

_CHAIN: ContextVar[tuple[int, ...]] = ContextVar("inbox_chain", default=())


@contextmanager
def led_by(chain: tuple[int, ...]) -> Iterator[None]:
    """Whatever is announced inside was set off by these rules, the first first."""
    token = _CHAIN.set(chain)
    try:
        yield
    finally:
        _CHAIN.reset(token)


def announce(conversation: Conversation, event: Event, *, at: datetime) -> None:
    """Asks for the rules of an event, in the transaction of what happened; one statement or two."""
    if conversation.is_spam:
        return
    if event.value not in once("events", _events_with_rules):
        return
    payload = {"conversation": conversation.pk, "event": event.value, "chain": list(_CHAIN.get())}
    enqueue("inbox.run_rules", payload, at=at)


def _events_with_rules() -> frozenset[str]:
    return frozenset(Rule.objects.filter(is_active=True).values_list("event", flat=True))
