"""Runs jobs: one at a time in a process; more processes are more workers."""

import logging
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random
from types import FrameType
from zoneinfo import ZoneInfo

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.hooks.discovery import load
from amity.kernel.jobs import leases
from amity.kernel.jobs.context import (
    JobCanceled,
    JobContext,
    JobInterrupted,
    Listener,
    RetryLater,
)
from amity.kernel.jobs.identity import dead_workers, new_worker_name
from amity.kernel.jobs.leases import Claim, LeaseLostError, claim_next
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.registry import job_kind
from amity.kernel.jobs.schedule import enqueue_due, sync_schedules

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.5
SCHEDULE_SECONDS = 10.0
DATABASE_WAIT_SECONDS = 2.0
UTC_ZONE = ZoneInfo("UTC")


class Worker:
    """A loop that claims and runs jobs until it is told to stop."""

    def __init__(
        self,
        *,
        zone: Callable[[], ZoneInfo] = lambda: UTC_ZONE,
        clock: Callable[[], datetime] = now,
        rng: Random | None = None,
        has_heartbeat: bool = True,
    ) -> None:
        self.name = new_worker_name()
        self._zone = zone
        self._clock = clock
        self._rng = rng or Random()  # noqa: S311 -- spreads retries, guards nothing
        self._has_heartbeat = has_heartbeat
        self._stop = threading.Event()
        self._looked_at_schedule = float("-inf")

    def stop(self) -> None:
        """Asks the loop to end; a running job goes back to the queue at its next progress."""
        self._stop.set()

    def run_forever(self) -> None:
        """Claims and runs until `stop`; waits out a database that does not answer."""
        is_started = False
        while not self._stop.is_set():
            try:
                close_old_connections()
                if not is_started:
                    self._start()
                    is_started = True
                self._schedule_if_time()
                if not self.run_one():
                    self._stop.wait(POLL_SECONDS)
            except (DatabaseError, InterfaceError):
                logger.warning("the database does not answer; trying again", exc_info=True)
                connection.close()
                self._stop.wait(DATABASE_WAIT_SECONDS)

    def release_dead(self) -> None:
        """Gives back what workers of this machine held that are gone."""
        at = self._clock()
        held = Job.objects.filter(status=Job.Status.RUNNING).values_list("worker", flat=True)
        leases.expire_leases_of(dead_workers(set(held)), at=at)

    def _start(self) -> None:
        self.release_dead()
        sync_schedules(at=self._clock(), zone=self._zone())

    def _schedule_if_time(self) -> None:
        if time.monotonic() - self._looked_at_schedule < SCHEDULE_SECONDS:
            return
        self._looked_at_schedule = time.monotonic()
        enqueue_due(at=self._clock(), zone=self._zone())

    def run_one(self, *, job_id: int | None = None, listener: Listener | None = None) -> bool:
        """Claims and runs one job; returns whether there was one."""
        claim = claim_next(worker=self.name, at=self._clock(), job_id=job_id)
        if claim is None:
            return False
        try:
            with self._heartbeat(claim):
                self._run(claim, listener)
        except LeaseLostError:
            logger.warning("job %s was taken over by another worker", claim.job.pk)
        return True

    def _run(self, claim: Claim, listener: Listener | None) -> None:
        context = JobContext(
            claim, listener=listener, is_stopping=self._stop.is_set, clock=self._clock
        )
        try:
            run = load(job_kind(claim.job.kind).run)
            result = run(context)
        except JobCanceled:
            leases.cancel(claim, at=self._clock())
        except JobInterrupted:
            leases.give_back(claim, at=self._clock())
        except LeaseLostError:
            raise
        except AmityError as error:  # an expected failure: trying again would not help
            self._fail(claim, str(error), is_final=True)
        except RetryLater as error:
            self._fail(claim, str(error), is_final=False)
        except Exception:  # noqa: BLE001 -- a job may fail in any way; the worker goes on
            self._fail(claim, traceback.format_exc(limit=-20), is_final=False)
        else:
            leases.finish(claim, at=self._clock(), result=result)

    def _fail(self, claim: Claim, error: str, *, is_final: bool) -> None:
        will_retry = leases.fail(
            claim, at=self._clock(), error=error, is_final=is_final, rng=self._rng
        )
        after = "will be tried again" if will_retry else "failed for good"
        logger.warning("job %s (%s) %s: %s", claim.job.pk, claim.job.kind, after, error)

    @contextmanager
    def _heartbeat(self, claim: Claim) -> Iterator[None]:
        if not self._has_heartbeat:
            yield
            return
        ended = threading.Event()
        thread = threading.Thread(target=self._beat, args=(claim, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _beat(self, claim: Claim, ended: threading.Event) -> None:
        """Renews the lease three times in its length, on a connection of this thread's own."""
        try:
            while not ended.wait(claim.job.lease_seconds / 3):
                try:
                    leases.renew(claim, at=self._clock())
                except LeaseLostError:
                    return
                except (DatabaseError, InterfaceError):
                    logger.warning("could not renew the lease of job %s", claim.job.pk)
                    connection.close()
        finally:
            connection.close()


def stop_on_signals(worker: Worker) -> None:
    """Lets SIGTERM and SIGINT stop the worker in order."""

    def stop(number: int, frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def run_until_idle(*, clock: Callable[[], datetime] = now, limit: int = 1000) -> int:
    """Runs what is due in this process until nothing is, and returns how many jobs ran.

    Inside a transaction (a test) no heartbeat runs: its thread could not see the job.
    """
    worker = Worker(clock=clock, has_heartbeat=not connection.in_atomic_block)
    ran = 0
    while ran < limit and worker.run_one():
        ran += 1
    return ran


def run_to_end(job_id: int, *, listener: Listener | None = None) -> Job:
    """Runs one job here, or watches the worker that has it, until it has ended.

    For commands that wait: `listener` hears of the progress either way.
    """
    worker = Worker(has_heartbeat=not connection.in_atomic_block)
    worker.release_dead()
    while True:
        did_run = worker.run_one(job_id=job_id, listener=listener)
        job = Job.objects.get(pk=job_id)
        if job.status not in {Job.Status.READY, Job.Status.RUNNING}:
            return job
        if not did_run:
            if listener is not None and job.status == Job.Status.RUNNING:
                listener(job.progress_done, job.progress_total, job.message)
            time.sleep(POLL_SECONDS)
