"""Cases as conversations with their history.

History asks for nothing: no mail, no answer, no routing, no rule, and no promise that runs.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

import pyarrow as pa

from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel import bulk
from amity.kernel.access.queries import cost_rates
from amity.kernel.access.rules import cost_of_time
from amity.kernel.customers.bulk import Stranger, ensure_customers
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.interaction_rows import append_unknown
from amity.kernel.imports.models import ImportChange
from amity.kernel.imports.reasons import REMEDIES
from amity.kernel.imports.row_import import Taken, Work
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import (
    Conversation,
    ConversationEvent,
    ImportedCase,
    Message,
    Participant,
)
from amity.run.inbox.operations.change import inbox_settings, next_numbers, ring
from amity.run.inbox.operations.importing.places import Places, places_for
from amity.run.inbox.operations.importing.reading import read
from amity.run.inbox.rules.cases import Case, CaseRow, Step, case_of
from amity.run.inbox.rules.working import preview_of

SOURCE = "conversations"  # in the log, where the file names no system
ACTOR = "Import"


@dataclass(frozen=True, slots=True)
class _Known:
    """A case of the file beside what an earlier import left of it."""

    case: Case
    row: ImportedCase


def take(batch: Batch, work: Work) -> Taken:
    """Writes the cases of a batch, which holds all their rows; what is there as told stays."""
    rows, rejects = read(batch, work.settings)
    told = sorted(rows, key=attrgetter("key"))
    groups = {key: list(group) for key, group in groupby(told, key=attrgetter("key"))}
    cases = [case_of(group) for group in groups.values()]
    known = _known(cases, work.settings.source)
    new = [case for case in cases if case.key not in known]
    altered = [
        _Known(case, known[case.key])
        for case in cases
        if case.key in known and known[case.key].facts != case.to_json()
    ]
    ours = [one for one in altered if one.row.version == one.row.conversation.version]
    worked_on = [one for one in altered if one.row.version != one.row.conversation.version]
    rejects += _left_alone(worked_on, groups)
    _write(new, ours, work)
    return Taken(
        created=len(new),
        changed=len(ours),
        accepted=len(batch.numbers) - len(rejects),
        rejects=rejects,
    )


def _known(cases: Sequence[Case], source: str) -> dict[str, ImportedCase]:
    found: dict[str, ImportedCase] = {}
    keys = [case.key for case in cases]
    for start in range(0, len(keys), 500):
        rows = ImportedCase.objects.filter(source=source, key__in=keys[start : start + 500])
        found |= {row.key: row for row in rows.select_related("conversation")}
    return found


def _left_alone(
    worked_on: Iterable[_Known], groups: Mapping[str, Sequence[CaseRow]]
) -> list[Reject]:
    """The rows of cases that somebody has gone on with here: what they did stands."""
    reason = "worked_on_here"
    return [
        Reject(row.number, "conversation", reason, row.key, REMEDIES[reason])
        for one in worked_on
        for row in groups[one.case.key]
    ]


def _write(new: Sequence[Case], altered: Sequence[_Known], work: Work) -> None:
    cases = [*new, *(one.case for one in altered)]
    if not cases:
        return
    writer = Writer.for_cases(cases, work)
    rows = writer.create(new)
    rows += [writer.change(one) for one in altered]
    _tell(list(zip(cases, rows, strict=True)), writer)
    ring()


class Writer:
    """Writes cases with the people and places they name."""

    def __init__(self, work: Work, places: Places, customers: Mapping[str, int]) -> None:
        self.work = work
        self.places = places
        self.customers = customers
        self.source = work.settings.source
        self.rates, self.hour = cost_rates(), inbox_settings().hourly_cost_minor

    @classmethod
    def for_cases(cls, cases: Sequence[Case], work: Work) -> "Writer":
        """With the customers, channels and teams of these cases; who is missing is added."""
        strangers = {
            case.customer: Stranger(case.customer, case.customer_name)
            for case in cases
            if case.customer
        }
        customers = ensure_customers(
            list(strangers.values()),
            namespace=work.settings.source,
            at=work.at,
            import_id=work.import_id or None,
        )
        return cls(work, places_for(cases, import_id=work.import_id, at=work.at), customers)

    def create(self, cases: Sequence[Case]) -> list[Conversation]:
        """New conversations, with their messages, participants and events."""
        numbers = next_numbers(len(cases))
        rows = [
            self._put(Conversation(number=number, created_at=self.work.at), case)
            for number, case in zip(numbers, cases, strict=True)
        ]
        Conversation.objects.bulk_create(rows, batch_size=500)
        pairs = list(zip(cases, rows, strict=True))
        ImportedCase.objects.bulk_create(
            [
                ImportedCase(
                    conversation=row,
                    source=self.source,
                    key=case.key,
                    import_id=self.work.import_id or None,
                    version=row.version,
                    is_kept=case.kept,
                    facts=case.to_json(),
                )
                for case, row in pairs
            ],
            batch_size=500,
        )
        Participant.objects.bulk_create(
            [
                Participant(
                    conversation=row,
                    customer_id=row.customer_id,
                    address=case.customer.lower() if "@" in case.customer else "",
                    name=case.customer_name,
                )
                for case, row in pairs
                if case.customer
            ],
            batch_size=500,
        )
        Message.objects.bulk_create(
            [self._message(case, row) for case, row in pairs if case.text], batch_size=200
        )
        write_events(pairs, self.places)
        return rows

    def change(self, one: _Known) -> Conversation:
        """The conversation as the newer file tells it; what it was before is kept."""
        ImportChange.objects.get_or_create(
            import_id=self.work.import_id,
            object_type="case",
            object_id=one.row.pk,
            defaults={"before": one.row.facts},
        )
        return self.rewrite(one.row, one.case)

    def rewrite(self, row: ImportedCase, case: Case) -> Conversation:
        """Makes an imported conversation say what `case` says."""
        conversation = self._put(row.conversation, case)
        conversation.version += 1
        conversation.save()
        row.version, row.is_kept, row.facts = conversation.version, case.kept, case.to_json()
        row.save(update_fields=["version", "is_kept", "facts"])
        ConversationEvent.objects.filter(conversation=conversation).delete()
        write_events([(case, conversation)], self.places)
        return conversation

    def _put(self, row: Conversation, case: Case) -> Conversation:
        row.subject = case.subject
        row.preview = preview_of(case.text or case.subject)
        row.status, row.priority, row.topic = case.status, case.priority, case.topic
        origin = Conversation.TopicOrigin
        row.topic_origin = origin.PERSON if case.topic else origin.NOBODY
        row.channel = self.places.channel(case.channel)
        row.customer_id = self.customers.get(case.customer)
        row.team_id = self.places.team(case.team)
        row.assignee_id = self.places.person(case.person)
        row.opened_at, row.last_inbound_at = case.opened_at, case.opened_at
        row.first_responded_at, row.closed_at = case.answered_at, case.ended_at
        row.last_message_at, row.updated_at = case.last_at, self.work.at
        row.outcome = "resolved" if case.ended_at is not None else ""
        row.reopened_count, row.message_count = case.reopened, int(bool(case.text))
        hour = self.rates.hour(row.assignee_id, here=self.hour)
        row.staff_seconds, row.cost_minor = case.seconds, cost_of_time(case.seconds, hour)
        return row

    def _message(self, case: Case, row: Conversation) -> Message:
        return Message(
            conversation=row,
            kind=Message.Kind.INCOMING,
            channel=row.channel,
            customer_id=row.customer_id,
            author_name=case.customer_name,
            author_address=case.customer if "@" in case.customer else "",
            text=case.text,
            at=case.opened_at,
            source="import",
            source_id=f"{self.source}:{case.key}",
            created_at=self.work.at,
        )


def write_events(pairs: Iterable[tuple[Case, Conversation]], places: Places) -> None:
    """What became of each case, for its conversation's page and for the service report."""
    events = [
        (row.pk, at, kind, places.person(step.person if step else ""), sentence)
        for case, row in pairs
        for kind, at, step, sentence in _events(case)
    ]
    if not events:
        return
    ids, moments, kinds, users, sentences = zip(*events, strict=True)
    count = len(events)
    bulk.insert(
        ConversationEvent,
        pa.table(
            {
                "conversation_id": pa.array(ids, pa.int64()),
                "at": pa.array(moments, pa.timestamp("us", "UTC")),
                "kind": pa.array(kinds, pa.string()),
                "user_id": pa.array(users, pa.int64()),
                "actor_name": pa.array([ACTOR] * count),
                "sentence": pa.array(sentences, pa.string()),
                "detail": pa.array(["{}"] * count),
            }
        ),
    )


def _events(case: Case) -> Iterator[tuple[str, Any, Step | None, str]]:
    way = f" by {case.channel}" if case.channel else ""
    yield "opened", case.opened_at, None, f"Opened{way}, in another system, as {case.key}."
    if case.answered_at is not None:
        yield "answered", case.answered_at, None, "First answered."
    for step in case.steps:
        yield step.kind, step.at, step, _sentence(step)
    if case.kept is not None:
        words = "kept" if case.kept else "not kept"
        yield "promise", case.last_at, None, f"The promise was {words}, by that system's verdict."


def _sentence(step: Step) -> str:
    whom = " of ".join(part for part in (step.person, step.team) if part) or "somebody"
    return {
        "assigned": f"Given to {whom}.",
        "handed_over": f"Handed over to {whom}.",
        "resolved": "Resolved.",
        "reopened": "Reopened.",
        "closed": "Closed.",
    }[step.kind]


def _tell(pairs: Sequence[tuple[Case, Conversation]], writer: Writer) -> None:
    """Appends to the log what it does not know of these cases."""
    append_unknown(
        [fact for case, row in pairs for fact in _facts(case, row, writer)],
        same={
            "relationship_type": RelationshipType.PERSONAL_ASSISTANCE.value,
            "stage": Stage.SUPPORT.value,
            "currency": writer.work.settings.currency,
        },
        source=writer.source or SOURCE,
        import_id=writer.work.import_id,
        at=writer.work.at,
    )


def _facts(case: Case, row: Conversation, writer: Writer) -> Iterator[dict[str, Any]]:
    told: dict[str, int] = {}
    common = {
        "customer_id": row.customer_id,
        "touchpoint_id": writer.places.touchpoint(row.channel),
        "subject": case.subject,
        "direction": Interaction.Direction.NONE.value,
        "actor": Interaction.Actor.HUMAN.value,
        "staff_seconds": 0,
        "cost_minor": 0,
        "outcome": "",
    }
    for kind, at, more in _told(case, row):
        told[kind] = told.get(kind, 0) + 1
        properties = {"conversation": row.pk, "taken_over": True, **more.pop("properties", {})}
        yield {
            **common,
            "kind": f"inbox.{kind}",
            "happened_at": at,
            "source_id": f"{case.key}:{kind}:{told[kind]}",
            "properties": json.dumps(properties),
            **more,
        }


def _told(case: Case, row: Conversation) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Kind, instant and what differs from the other facts of the case."""
    inbound = {"direction": Interaction.Direction.INBOUND.value}
    yield "received", case.opened_at, {**inbound, "actor": Interaction.Actor.CUSTOMER.value}
    for step in case.steps:
        more: dict[str, Any] = {"properties": {"team": step.team, "person": step.person}}
        if step.kind == "closed":
            more = {"outcome": row.outcome}
        yield step.kind, step.at, more
    if case.seconds:
        spent = {"staff_seconds": case.seconds, "cost_minor": row.cost_minor}
        yield "spent", case.ended_at or case.last_at, spent
    if case.kept is not None:
        kind, outcome = ("promise_kept", "kept") if case.kept else ("promise_met_late", "broken")
        automatic = {"actor": Interaction.Actor.AUTOMATIC.value, "outcome": outcome}
        yield kind, case.ended_at or case.last_at, automatic
