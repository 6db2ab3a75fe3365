"""What conversations are about."""

from amity.kernel.jobs.context import JobContext
from amity.run.inbox.operations.topics.guessing import find_topic, guess_open
from amity.run.inbox.operations.topics.learning import train


def learn(context: JobContext) -> dict[str, object]:
    """Learns the topics anew, then lets the model look at what is not closed."""
    training = train(context.payload["training"], at=context.now(), hear=context.progress)
    if training.refusal:
        return {"message": training.refusal}
    done = guess_open(at=context.now(), alive=lambda: context.progress(1, 1))
    return {"model": training.pk, "conversations": done}


def find(context: JobContext) -> dict[str, object]:
    """Lets the model in use say what a conversation is about."""
    found = find_topic(context.payload["conversation"], at=context.now())
    return {"topic": found.topic if found is not None else None}
