"""What topics are learned from, and whether it is enough. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from amity.run.inbox.rules.working import InboxError

LEAST_TEXTS = 30
LEAST_TOPICS = 2
LEAST_EACH = 5
MOST_TEXTS = 10_000
MOST_LETTERS = 2000  # of a conversation; what it is about is said before that


class NotEnoughError(InboxError):
    """There is too little to learn from."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text, and the topic that a person gave it."""

    text: str
    topic: str


def text_of(subject: str, said: Iterable[str]) -> str:
    """What is read of a conversation: its subject and what the customer said, to a limit."""
    return "\n".join((subject, *said))[:MOST_LETTERS]


def check_enough(counts: Mapping[str, int]) -> set[str]:
    """The topics that can be learned from so many texts of each.

    Raises:
        NotEnoughError: there are too few of them or of their texts.
    """
    learned = {topic for topic, count in counts.items() if count >= LEAST_EACH}
    texts = sum(counts[topic] for topic in learned)
    if texts >= LEAST_TEXTS and len(learned) >= LEAST_TOPICS:
        return learned
    raise NotEnoughError(
        f"Not enough data: needs {LEAST_TEXTS} conversations in at least {LEAST_TOPICS} topics "
        f"with {LEAST_EACH} or more each, has {texts} in {len(learned)}. Say of more "
        "conversations what they are about, or bring a file of texts with their topics."
    )


def usable(lessons: Sequence[Lesson]) -> tuple[list[Lesson], dict[str, int]]:
    """The lessons of topics that have enough, and how many the others have.

    They come newest first; of equal texts the first counts, and of all `MOST_TEXTS`.

    Raises:
        NotEnoughError: there are too few texts or topics.
    """
    first: dict[str, Lesson] = {}
    for one in lessons:
        first.setdefault(one.text, one)
    kept = list(first.values())[:MOST_TEXTS]
    counts = Counter(one.topic for one in kept)
    learned = check_enough(counts)
    left_out = {topic: count for topic, count in counts.items() if topic not in learned}
    return [one for one in kept if one.topic in learned], left_out
