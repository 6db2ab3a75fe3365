"""The same done to very many conversations, and taken back."""

from typing import Any

from amity.kernel.jobs.context import JobContext
from amity.run.inbox.operations import bulk_jobs


def run(context: JobContext) -> dict[str, Any]:
    """Does a change to very many conversations."""
    return bulk_jobs.run(context)


def undo(context: JobContext) -> dict[str, Any]:
    """Takes a change of very many back."""
    return bulk_jobs.undo(context)
