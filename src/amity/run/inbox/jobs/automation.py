"""The rules of the inbox at work."""

from amity.kernel.jobs.context import JobContext
from amity.run.inbox.operations.automation import run_rules
from amity.run.inbox.rules.automation import read_event


def run(context: JobContext) -> dict[str, object]:
    """Lets the rules of an event look at a conversation; run again, it goes on where it was."""
    asked = context.payload
    done: list[int] = list(context.checkpoint.get("done", []))

    def note_done(rule_id: int) -> None:
        done.append(rule_id)
        context.save_checkpoint({"done": done})

    acted = run_rules(
        asked["conversation"],
        read_event(asked["event"]),
        at=context.now(),
        chain=asked["chain"],
        done=tuple(done),
        note_done=note_done,
    )
    return {"acted": acted}
