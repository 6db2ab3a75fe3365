"""A process of its own for the tests: asks for jobs and works on them. Run by path, not imported.

driver.py COMMAND [TIMES PAYLOAD]: puts TIMES jobs of the kind test.count in the queue, then works.
"""

import json
import os
import sys
import time
from datetime import timedelta
from zoneinfo import ZoneInfo

import django

django.setup()

from django.db import transaction  # noqa: E402 -- Django is set up first

from amity.base.time import now  # noqa: E402 -- likewise
from amity.kernel.hooks.manifest import JobKind, Schedule  # noqa: E402 -- likewise
from amity.kernel.jobs import registry, schedule  # noqa: E402 -- likewise
from amity.kernel.jobs.context import JobContext  # noqa: E402 -- likewise
from amity.kernel.jobs.models import Job, ScheduledJob  # noqa: E402 -- likewise
from amity.kernel.jobs.operations import enqueue  # noqa: E402 -- likewise
from amity.kernel.jobs.worker import Worker, stop_on_signals  # noqa: E402 -- likewise

UTC = ZoneInfo("UTC")


def count_slowly(context: JobContext) -> dict[str, object]:
    """Counts to the payload's number, one checkpoint a step; dies at `die_at`, once."""
    counted = context.checkpoint.get("counted", 0)
    for number in range(counted + 1, context.payload["to"] + 1):
        with transaction.atomic():
            context.save_checkpoint({"counted": number})
            enqueue("test.mark", {"number": number}, at=now(), priority=-1)
        if number == context.payload.get("die_at") and context.attempt == 1:
            os.kill(os.getpid(), 9)
        time.sleep(context.payload.get("seconds", 0))
        context.progress(number, context.payload["to"])
    return {"counted": context.payload["to"]}


def mark(context: JobContext) -> None:
    """Does nothing; its row is the mark."""


def work_until_idle() -> None:
    """Works as long as any job waits or runs anywhere."""
    worker = Worker()
    while Job.objects.filter(status__in=["ready", "running"]).exists():
        if not worker.run_one():
            time.sleep(0.05)


def look_at_the_schedule() -> None:
    """Looks twenty times at a job that became due hours ago, as another scheduler does too."""
    hourly = (Schedule("test.mark", "0 * * * *"),)
    schedule.sync_schedules(at=now(), zone=UTC, declared=hourly)
    never = ScheduledJob.objects.filter(last_run_at=None)
    never.update(next_run_at=now() - timedelta(hours=5))
    for _ in range(20):
        schedule.enqueue_due(at=now(), zone=UTC)


registry.job_kinds().update(
    {
        "test.count": JobKind("test.count", "Count", "__main__.count_slowly", lease_seconds=3),
        "test.mark": JobKind("test.mark", "Mark", "__main__.mark", lease_seconds=3),
    }
)

if __name__ == "__main__":
    if len(sys.argv) > 2:
        for _ in range(int(sys.argv[2])):
            enqueue("test.count", json.loads(sys.argv[3]), at=now())
    if sys.argv[1] == "work":
        forever = Worker()
        stop_on_signals(forever)
        forever.run_forever()
    elif sys.argv[1] == "work-until-idle":
        work_until_idle()
    elif sys.argv[1] == "schedule":
        look_at_the_schedule()
