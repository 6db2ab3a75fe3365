"""What happens to conversations by itself as time passes."""

from amity.kernel.access.rules import SYSTEM
from amity.kernel.jobs.context import JobContext
from amity.run.inbox.operations import delivery
from amity.run.inbox.operations.drafts import forget_absent
from amity.run.inbox.operations.ratings import ask
from amity.run.inbox.operations.replying import release_held
from amity.run.inbox.operations.statuses import asleep_until, wake


def release(context: JobContext) -> dict[str, object]:
    """Sends the answers whose time to be taken back is over; each in its own transaction."""
    at = context.now()
    sent = sum(release_held(pk, at=at) for pk in delivery.due(at))
    return {"released": sent}


def tidy(context: JobContext) -> dict[str, object]:
    """Brings back what was put aside until now, and sends what a lost job has left behind."""
    at = context.now()
    woken = sum(wake(pk, actor=SYSTEM, at=at) for pk in asleep_until(at))
    sent = sum(release_held(pk, at=at) for pk in delivery.due(at))
    return {"woken": woken, "released": sent, "forgotten": forget_absent(at)}


def ask_rating(context: JobContext) -> dict[str, object]:
    """Mails the question after a close; a second run finds that it was asked."""
    rating = ask(int(context.payload["conversation"]), at=context.now())
    return {"rating": rating.pk if rating is not None else None}
