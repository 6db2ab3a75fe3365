"""All kinds of jobs: those of the kernel's rooms, named here, and those of the manifests."""

from functools import cache

from amity.base.results import AmityError
from amity.kernel.hooks.discovery import capabilities
from amity.kernel.hooks.manifest import JobKind, Schedule, Subscription

# A room is named by dotted path only: the floors below may not import the floors above.
KERNEL_JOBS: tuple[JobKind, ...] = (
    JobKind("jobs.prune", "Remove old finished jobs", "amity.kernel.jobs.upkeep.prune"),
    JobKind("jobs.check", "Check what must always hold", "amity.kernel.jobs.upkeep.check_all"),
    JobKind(
        "imports.run",
        "Import a file",
        "amity.kernel.imports.jobs.run",
        max_attempts=20,
        lease_seconds=120,
    ),
    JobKind(
        "imports.undo",
        "Take an import back",
        "amity.kernel.imports.jobs.undo",
        max_attempts=2,
        lease_seconds=600,
    ),
    JobKind("access.seal_audit", "Seal the trail of changes", "amity.kernel.access.jobs.seal"),
    JobKind("access.forget_keys", "Forget old answers", "amity.kernel.access.jobs.forget_keys"),
    JobKind("messaging.send", "Send mails", "amity.kernel.messaging.outbox.send"),
    JobKind(
        "segments.refresh",
        "Put customers into their segments",
        "amity.kernel.segments.jobs.refresh",
    ),
)
KERNEL_SCHEDULES: tuple[Schedule, ...] = (
    Schedule("jobs.prune", "40 3 * * *"),
    Schedule("jobs.check", "50 3 * * *"),
    Schedule("access.seal_audit", "*/15 * * * *"),
    Schedule("access.forget_keys", "20 3 * * *"),
    Schedule("segments.refresh", "10 * * * *"),
    Schedule("messaging.send", "*/5 * * * *"),  # what was put off, and what a dead worker left
)


class UnknownJobKindError(AmityError):
    """Nobody declares this kind of job."""


@cache
def job_kinds() -> dict[str, JobKind]:
    """Every declared kind by its name.

    Raises:
        ValueError: two declare the same name.
    """
    declared = [kind for manifest in capabilities() for kind in manifest.jobs]
    kinds: dict[str, JobKind] = {}
    for kind in (*KERNEL_JOBS, *declared):
        if kind.name in kinds:
            raise ValueError(f"job kind {kind.name} is declared twice")
        kinds[kind.name] = kind
    return kinds


def job_kind(name: str) -> JobKind:
    """The declaration of one kind.

    Raises:
        UnknownJobKindError: nobody declares it, for example because its capability was removed.
    """
    try:
        return job_kinds()[name]
    except KeyError:
        raise UnknownJobKindError(
            f"There is no job kind {name}. Its capability may have been removed."
        ) from None


@cache
def schedules() -> tuple[Schedule, ...]:
    """Every periodic job."""
    declared = (row for manifest in capabilities() for row in manifest.schedules)
    return (*KERNEL_SCHEDULES, *declared)


@cache
def subscriptions() -> tuple[Subscription, ...]:
    """Every subscription to kinds of interactions."""
    return tuple(row for manifest in capabilities() for row in manifest.subscriptions)
