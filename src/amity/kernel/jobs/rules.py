"""When to try again, when a schedule is due next, who listens to what. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from random import Random
from zoneinfo import ZoneInfo

from cronsim import CronSim

from amity.kernel.hooks.manifest import Subscription

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)


def wait_before_retry(attempt: int, rng: Random) -> timedelta:
    """How long to wait after the failed attempt number `attempt` (from 1).

    Doubles from ten seconds to an hour; half of it is by chance, so that jobs that failed together
    (a database that was down) do not come back together.
    """
    doublings: int = 2 ** min(attempt - 1, 20)
    full = min(FIRST_WAIT * doublings, LONGEST_WAIT)
    return full * (0.5 + rng.random() / 2)


def next_run(cron: str, *, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after `after` that `cron` (five fields, in `zone`) names, in UTC.

    Raises:
        cronsim.CronSimError: the expression cannot be read.
    """
    return next(CronSim(cron, after.astimezone(zone))).astimezone(UTC)


def subscribed_jobs(kind: str, subscriptions: Iterable[Subscription]) -> list[str]:
    """The job kinds that listen to interactions of `kind`, each once, in the order declared."""
    listening = (row.job for row in subscriptions if fnmatchcase(kind, row.kind))
    return list(dict.fromkeys(listening))
