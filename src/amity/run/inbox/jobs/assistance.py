"""Help of a language model."""

from amity.kernel.jobs.context import JobContext
from amity.run.inbox.operations.assistance.helping import help_out


def run(context: JobContext) -> dict[str, object]:
    """Asks it once; what came of it stands at the conversation."""
    done = help_out(context.payload["assistance"], at=context.now())
    return {"state": done.state, "tokens": done.tokens_in + done.tokens_out}
