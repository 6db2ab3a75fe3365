"""Topics: which there are, what they are learned from, and the model that is in use."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Prefetch, Q, QuerySet

from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import ACTIVE
from amity.run.inbox.models import Conversation, Message, Topic, TopicExample, TopicTraining
from amity.run.inbox.queries.lists import live
from amity.run.inbox.rules.topics.judging import Report
from amity.run.inbox.rules.topics.lessons import MOST_LETTERS, MOST_TEXTS, Lesson, text_of

Origin = Conversation.TopicOrigin
LATELY = timedelta(days=28)
MESSAGES = 10  # of a conversation that are read


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic with what it was given to and what it can be learned from."""

    topic: Topic
    lately: int  # conversations opened in the last four weeks
    said: int  # of all, those to which a person gave it
    examples: int  # texts of files


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The model in use: how it was judged, and what it has done since."""

    training: TopicTraining
    report: Report
    names: dict[str, str]  # of topics, by id
    guessed: int
    sure: int
    corrected: int


@dataclass(frozen=True, slots=True)
class Learning:
    """A training that runs or that came to nothing, with its job."""

    training: TopicTraining
    job: Job | None

    @property
    def is_running(self) -> bool:
        """Whether an answer is still to come."""
        return self.job is not None and self.job.status in ACTIVE

    @property
    def share(self) -> float | None:
        """How far it is, 0..1."""
        if self.job is None or not self.job.progress_total:
            return None
        return min(1.0, self.job.progress_done / self.job.progress_total)


def topic_rows(at: datetime) -> list[TopicRow]:
    """All topics by name, the archived ones last; four statements."""
    lately = _by_topic(live().filter(opened_at__gte=at - LATELY))
    said = _by_topic(labeled())
    examples = dict(TopicExample.objects.values_list("topic").annotate(n=Count("pk")).order_by())
    found = Topic.objects.order_by(F("archived_at").asc(nulls_first=True), "name", "pk")
    return [
        TopicRow(one, lately.get(one.name, 0), said.get(one.name, 0), examples.get(one.pk, 0))
        for one in found
    ]


def _by_topic(rows: QuerySet[Conversation]) -> dict[str, int]:
    counted = rows.exclude(topic="").values_list("topic").annotate(n=Count("pk")).order_by()
    return dict(counted)


def labeled() -> QuerySet[Conversation]:
    """The conversations of which a person said what they are about."""
    return live().filter(topic_origin=Origin.PERSON).exclude(topic="")


def lesson_counts() -> dict[str, int]:
    """How many lessons there are for each topic that may be given, by its id; two statements."""
    said = _by_topic(labeled())
    rows = Topic.objects.filter(archived_at=None).annotate(n=Count("examples"))
    return {str(one.pk): said.get(one.name, 0) + one.n for one in rows}


def lessons() -> list[Lesson]:
    """What can be learned from, newest first: people's word, then texts of files.

    Topics are named by their id, so that a new name asks for no new model.
    """
    ids = {row.name: str(row.pk) for row in Topic.objects.filter(archived_at=None)}
    rows = labeled().filter(topic__in=ids).order_by("-last_message_at", "-pk")
    found = [
        Lesson(text, ids[one.topic]) for one, text in with_texts(rows[:MOST_TEXTS]) if text.strip()
    ]
    examples = TopicExample.objects.filter(topic__archived_at=None).order_by("-pk")
    pairs = examples.values_list("text", "topic_id")[: MOST_TEXTS - len(found)]
    return found + [Lesson(text, str(pk)) for text, pk in pairs]


def with_texts(rows: QuerySet[Conversation]) -> Iterator[tuple[Conversation, str]]:
    """Conversations with what is read of each: the subject, and what the customer said."""
    incoming = (
        Message.objects.filter(kind=Message.Kind.INCOMING, is_automatic=False)
        .order_by("at", "pk")
        .only("conversation_id", "text")
    )
    loaded = rows.prefetch_related(Prefetch("messages", incoming))
    for one in loaded.iterator(chunk_size=200):
        heard = list(one.messages.all())  # those of the prefetch
        yield one, text_of(one.subject, (said.text[:MOST_LETTERS] for said in heard[:MESSAGES]))


def training_in_use() -> TopicTraining | None:
    """The model that new conversations are given to, without its bytes."""
    return TopicTraining.objects.defer("model").filter(is_in_use=True).first()


def last_training() -> Learning | None:
    """The training that was asked for last."""
    row = TopicTraining.objects.defer("model").order_by("-pk").first()
    if row is None:
        return None
    return Learning(row, Job.objects.filter(pk=row.job_id or 0).first())


def model_facts() -> ModelFacts | None:
    """The model in use with its report; None where there is none."""
    training = training_in_use()
    if training is None or training.report is None:
        return None
    guessed = live().filter(topic_model=training)
    person = Q(topic_origin=Origin.PERSON)
    counts = guessed.aggregate(
        n=Count("pk"),
        sure=Count("pk", filter=~Q(topic_guess="")),
        corrected=Count("pk", filter=person & ~Q(topic_guess="") & ~Q(topic=F("topic_guess"))),
    )
    return ModelFacts(
        training=training,
        report=Report.from_json(training.report),
        names={str(pk): name for pk, name in Topic.objects.values_list("pk", "name")},
        guessed=counts["n"],
        sure=counts["sure"],
        corrected=counts["corrected"],
    )
