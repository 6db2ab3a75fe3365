"""The worker's part: every day missed contacts and measures, every five minutes reminders."""

from amity.kernel.access.rules import SYSTEM
from amity.kernel.jobs.context import JobContext
from amity.run.accounts.operations.cadence import watch_cadence
from amity.run.accounts.operations.measuring import measure_accounts
from amity.run.accounts.operations.playbooks import start_by_events
from amity.run.accounts.operations.reminders import send_reminders
from amity.run.accounts.operations.renewals import watch_renewals


def daily(context: JobContext) -> dict[str, object]:
    """Job `accounts.daily`: tasks for missed contacts, then the traits of all accounts."""
    at = context.now()
    watched = watch_cadence(
        actor=SYSTEM,
        at=at,
        progress=lambda done, total: context.progress(done, 2 * total, "Looking for silence"),
    )
    renewals = watch_renewals(actor=SYSTEM, at=at)
    measured = measure_accounts(
        at=at,
        progress=lambda done, total: context.progress(total + done, 2 * total, "Measuring"),
    )
    return {"cadence": watched, "renewals": renewals, "measured": measured}


def play(context: JobContext) -> dict[str, object]:
    """Job `accounts.play`: begins the playbooks that listen to what happened."""
    return {"begun": start_by_events(actor=SYSTEM, at=context.now())}


def remind(context: JobContext) -> dict[str, object]:
    """Job `accounts.remind`: one mail for each task whose reminder is due."""
    return {"reminded": send_reminders(at=context.now())}
