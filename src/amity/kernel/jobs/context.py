"""What a job function is given: its payload, its checkpoint, and a way to say how far it is."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from amity.base.time import now
from amity.kernel.jobs.leases import Claim, renew
from amity.kernel.jobs.models import Job

WRITE_EVERY = 0.5  # seconds between two progress reports that are written down
Listener = Callable[[int, int | None, str], None]


class JobCanceled(Exception):  # noqa: N818 -- not an error: somebody asked for it
    """Somebody asked for the job to stop; let it pass through."""


class JobInterrupted(Exception):  # noqa: N818 -- not an error: the worker is stopping
    """The worker is stopping; the job goes back to the queue and resumes from its checkpoint."""


class RetryLater(Exception):  # noqa: N818 -- not an error: the outside world is not ready
    """Raised by a job function whose outside world is not ready; it is tried again later."""


class JobContext:
    """A running job, seen from its function.

    A job function is idempotent: after a kill it runs again, with `checkpoint` as it was last
    saved. Save the checkpoint in the same transaction as the work it counts, and that work is done
    exactly once.
    """

    def __init__(
        self,
        claim: Claim,
        *,
        listener: Listener | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._claim = claim
        self._listener = listener
        self._is_stopping = is_stopping
        self._clock = clock
        self._written = float("-inf")
        self.checkpoint: dict[str, Any] = dict(claim.job.checkpoint)

    @property
    def job_id(self) -> int:
        """The number of the job."""
        return self._claim.job.pk

    @property
    def payload(self) -> dict[str, Any]:
        """What was asked for."""
        return dict(self._claim.job.payload)

    @property
    def created_by(self) -> int | None:
        """The person who asked for it, where one did."""
        return self._claim.job.created_by

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return self._claim.attempt

    def now(self) -> datetime:
        """The worker's clock: a job is a door, so it may read it."""
        return self._clock()

    def save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Notes where a resumed run goes on.

        Raises:
            LeaseLostError: another worker holds the job; let it pass through, so that the
                transaction around it is rolled back.
        """
        renew(self._claim, at=self._clock(), checkpoint=checkpoint)
        self.checkpoint = dict(checkpoint)

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Says how far the job is, and keeps the lease; cheap enough to call for every row.

        Call it outside transactions where it can be: PostgreSQL keeps the job's row locked to the
        end of one, and a request to cancel waits for that.

        Raises:
            JobCanceled: somebody asked for the job to stop.
            JobInterrupted: the worker is stopping.
            LeaseLostError: another worker holds the job.
        """
        elapsed = time.monotonic()
        if elapsed - self._written < WRITE_EVERY:
            return
        self._written = elapsed
        self._write(done, total, message)
        if self._listener is not None:
            self._listener(done, total, message)
        if Job.objects.filter(pk=self.job_id, cancel_requested_at__isnull=False).exists():
            raise JobCanceled
        if self._is_stopping():
            raise JobInterrupted

    def _write(self, done: int, total: int | None, message: str) -> None:
        changes: dict[str, Any] = {"progress_done": done, "progress_total": total}
        if message:
            changes["message"] = message[:500]
        renew(self._claim, at=self._clock(), **changes)
