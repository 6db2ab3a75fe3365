"""Self-service first."""

from amity.kernel.jobs.context import JobContext
from amity.run.inbox.operations.first_help import offer


def run(context: JobContext) -> dict[str, object]:
    """Answers with the help that there is, once."""
    return {"offered": offer(context.payload["conversation"], at=context.now())}
