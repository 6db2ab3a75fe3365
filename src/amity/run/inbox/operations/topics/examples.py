"""Texts with their topics from a file, to learn from before there are enough conversations."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from amity.base.results import AmityError
from amity.base.text import clean_text, fold
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.files.opening import open_table
from amity.run.inbox.models import Topic, TopicExample
from amity.run.inbox.operations.topics.naming import MOST_TOPICS, topic_name
from amity.run.inbox.rules.topics.lessons import MOST_LETTERS, MOST_TEXTS
from amity.run.inbox.rules.working import InboxError

COLUMNS = ("text", "topic")
MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: texts kept, topics made, rows that were not taken."""

    texts: int
    topics_made: tuple[str, ...]
    rejects: tuple[Reject, ...]


@transaction.atomic
def take_examples(path: Path, *, actor: Actor, at: datetime) -> Taken:
    """Keeps the texts of a file with the columns text and topic; topics that are missing are made.

    A text that is there already gets the topic of the file. Rows that cannot be are left out.

    Raises:
        FileError: it is no table.
        InboxError: it has other columns, or is too large.
    """
    rows, rejects = _read(path)
    topics = {one.name_folded: one for one in Topic.objects.all()}
    named = {fold(topic): topic for _text, topic in reversed(rows)}  # as it is first written
    missing = {folded: topic for folded, topic in named.items() if folded not in topics}
    if len(topics) + len(missing) > MOST_TOPICS:
        raise InboxError(
            f"The file names {len(missing)} new topics; {MOST_TOPICS} in all are kept. "
            "Merge some of them in the file."
        )
    Topic.objects.bulk_create(Topic(created_at=at).called(name) for name in missing.values())
    topics = {one.name_folded: one for one in Topic.objects.all()}
    texts = {_digest(text): (text, topics[fold(topic)]) for text, topic in rows}
    TopicExample.objects.bulk_create(
        (
            TopicExample(topic=topic, text=text, digest=digest, created_at=at)
            for digest, (text, topic) in texts.items()
        ),
        batch_size=500,
        update_conflicts=True,
        update_fields=["topic"],
        unique_fields=["digest"],
    )
    taken = Taken(len(texts), tuple(sorted(missing.values())), tuple(rejects))
    words = f"{taken.texts} texts, {len(rejects)} rows left out"
    _audit("topic_examples_taken", words, actor=actor, at=at)
    return taken


@transaction.atomic
def forget_examples(*, actor: Actor, at: datetime) -> int:
    """Deletes the texts that came from files; how many these were."""
    gone, _rows = TopicExample.objects.all().delete()
    if gone:
        _audit("topic_examples_deleted", f"{gone} texts", actor=actor, at=at)
    return gone


def _audit(action: str, summary: str, *, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=f"inbox.{action}",
        object_type="inbox",
        object_id=0,
        at=at,
        summary=summary,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> tuple[list[tuple[str, str]], list[Reject]]:
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise InboxError(f"The file has more than {MOST_BYTES // 1_000_000} MB. Split it.")
    table = open_table(path)
    named = {name.strip().lower(): name for name in table.names}
    missing = [name for name in COLUMNS if name not in named]
    if missing:
        found = ", ".join(table.names[:10])
        raise InboxError(
            f"The file has no column {' and no column '.join(missing)}; it has {found}. "
            "Its first row must name the columns text and topic."
        )
    rows: list[tuple[str, str]] = []
    rejects: list[Reject] = []
    for batch in table.batches([named[name] for name in COLUMNS]):
        rejects += batch.rejects
        _take(batch, named, rows, rejects)
        if len(rows) > MOST_TEXTS:
            raise InboxError(f"The file has more than {MOST_TEXTS:,} rows. Keep the best of each.")
    return rows, sorted(rejects, key=lambda one: one.row)


def _take(
    batch: Batch, named: dict[str, str], rows: list[tuple[str, str]], rejects: list[Reject]
) -> None:
    texts, topics = (batch.columns[named[name]].to_pylist() for name in COLUMNS)
    for number, text, topic in zip(batch.numbers, texts, topics, strict=True):
        try:
            rows.append((_text(str(text or "")), _topic(str(topic or ""))))
        except _BadCellError as error:
            rejects.append(Reject(int(number), error.column, "unusable", error.value, str(error)))


class _BadCellError(AmityError):
    def __init__(self, column: str, value: str, remedy: str) -> None:
        super().__init__(remedy)
        self.column, self.value = column, value[:100]


def _text(value: str) -> str:
    try:
        text = clean_text(value[:MOST_LETTERS], field="text", max_length=MOST_LETTERS)
    except AmityError as error:
        raise _BadCellError("text", value, str(error)) from error
    if not text:
        raise _BadCellError("text", value, "The text is empty. Write it, or take the row out.")
    return text


def _topic(value: str) -> str:
    try:
        return topic_name(value)
    except AmityError as error:
        raise _BadCellError("topic", value, str(error)) from error
