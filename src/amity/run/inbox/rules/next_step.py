"""The one thing to do next in a conversation, and why. Pure."""

from dataclasses import dataclass
from datetime import datetime

from amity.run.inbox.rules.countdown import countdown


@dataclass(frozen=True, slots=True)
class Situation:
    """What the decision rests on; instants in UTC."""

    status: str
    waiting_since: datetime | None
    due_at: datetime | None
    has_assignee: bool
    has_customer: bool
    other_open: int
    last_rating: int | None
    reopened_count: int
    failed: bool  # our last answer did not arrive


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do, in a sentence, and why in another."""

    do: str
    why: str


def next_step(it: Situation, *, at: datetime) -> NextStep | None:
    """The first of these that holds; None where nothing is to be done.

    An answer that did not arrive, a customer who is not known, a promise, an owner, a twin,
    a matter that came back.
    """
    if it.status == "closed":
        return None
    if it.failed:
        return NextStep("Send the answer again", "Our last one did not reach the customer.")
    if it.waiting_since is not None and it.status == "open":
        return _answer(it, at)
    if it.status == "waiting":
        return NextStep("Wait for the customer", "They have the word; it opens when they write.")
    if it.status == "snoozed":
        return None
    return NextStep("Close it", "Everything that was asked has its answer.")


def _answer(it: Situation, at: datetime) -> NextStep:
    left = countdown(it.due_at, at=at)
    if left is not None and left.kind:
        return NextStep("Answer now", f"What was promised: {left.text}.")
    if not it.has_customer:
        return NextStep("Say whose matter it is", "Nobody of ours is known by this address.")
    if not it.has_assignee:
        return NextStep("Take it", "Nobody has it yet, and the customer waits.")
    return _history(it) or NextStep(
        "Answer", f"What was promised: {left.text}." if left else "They wait for us."
    )


def _history(it: Situation) -> NextStep | None:
    if it.other_open:
        matters = "matter is" if it.other_open == 1 else "matters are"
        return NextStep("Look at the others first", f"{it.other_open} other {matters} open.")
    if it.last_rating is not None and it.last_rating <= 2:
        return NextStep("Call them", f"They rated our last help with {it.last_rating} of 5.")
    if it.reopened_count:
        times = "once" if it.reopened_count == 1 else f"{it.reopened_count} times"
        return NextStep("Solve it for good", f"It came back {times}.")
    return None
