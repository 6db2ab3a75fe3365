"""Two conversations become one, one becomes two; both can be taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from amity.base.results import ConflictError, NotFoundError
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import (
    Conversation,
    ConversationEvent,
    ConversationMerge,
    Draft,
    Follower,
    Message,
    Participant,
)
from amity.run.inbox.operations import aftermath
from amity.run.inbox.operations.change import audit, lock, note_event, save
from amity.run.inbox.operations.receiving import link_rows, open_conversation
from amity.run.inbox.operations.snapshots import restore_clocks, restore_fields, snapshot
from amity.run.inbox.operations.tending import lock_pair
from amity.run.inbox.rules.working import InboxError, preview_of, subject_of

Status = Conversation.Status
Kind = Message.Kind


@transaction.atomic
def merge(
    *,
    survivor_id: int,
    absorbed_id: int,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> ConversationMerge:
    """Takes one conversation into another: messages, events, people, tags and clocks go along.

    Of two clocks for the same promise the one that began first goes on, so that a merge never
    buys time. Everything that is needed to take it back is kept.

    Raises:
        NotFoundError: one of them is not there.
        StaleError: somebody changed the survivor since `version` was read.
        InboxError: they are the same.
    """
    survivor, absorbed = lock_pair(survivor_id, absorbed_id)
    if version is not None:
        lock(survivor.pk, version=version)
    before = _before(survivor, absorbed)
    _move(absorbed, survivor)
    _join_people(absorbed, survivor)
    survivor.tags.add(*absorbed.tags.all())
    _add_up(survivor, absorbed)
    if survivor.status == Status.CLOSED and absorbed.status != Status.CLOSED:
        survivor.status, survivor.closed_at = Status.OPEN, None
    absorbed.merged_into = survivor
    absorbed.due_at = None
    save(survivor, at=at)
    save(absorbed, at=at)
    row = ConversationMerge.objects.create(
        survivor=survivor, absorbed=absorbed, before=before, merged_at=at
    )
    words = f"#{absorbed.number} {absorbed.subject} was taken in."
    note_event(survivor, "merged", words, actor=actor, at=at, detail={"merge": row.pk})
    aftermath.merged(survivor, absorbed, at=at)
    audit(survivor, "merged", actor=actor, at=at, summary=words)
    return row


def _before(survivor: Conversation, absorbed: Conversation) -> dict[str, Any]:
    return {
        "survivor": snapshot(survivor),
        "absorbed": snapshot(absorbed),
        "messages": list(absorbed.messages.values_list("pk", flat=True)),
        "events": list(absorbed.events.values_list("pk", flat=True)),
        "participants": list(absorbed.participants.values_list("pk", flat=True)),
        "followers": list(absorbed.followers.values_list("user_id", flat=True)),
        "tags": list(survivor.tags.values_list("pk", flat=True)),
        "survivor_followers": list(survivor.followers.values_list("user_id", flat=True)),
    }


def _move(source: Conversation, target: Conversation) -> None:
    source.messages.update(conversation=target)
    source.events.update(conversation=target)
    kept = Draft.objects.filter(conversation=target).values_list("user_id", "kind")
    taken = set(kept)
    for draft in source.drafts.all():
        if (draft.user_id, draft.kind) not in taken:
            draft.conversation = target
            draft.save(update_fields=["conversation"])


def _join_people(source: Conversation, target: Conversation) -> None:
    known = set(target.participants.values_list("address", flat=True)) - {""}
    source.participants.exclude(address__in=known).update(conversation=target)
    Follower.objects.bulk_create(
        (Follower(conversation=target, user_id=one.user_id) for one in source.followers.all()),
        ignore_conflicts=True,
    )


def _add_up(survivor: Conversation, absorbed: Conversation) -> None:
    survivor.message_count += absorbed.message_count
    survivor.staff_seconds += absorbed.staff_seconds
    survivor.cost_minor += absorbed.cost_minor
    survivor.customer_id = survivor.customer_id or absorbed.customer_id
    survivor.assignee_id = survivor.assignee_id or absorbed.assignee_id
    if absorbed.last_message_at >= survivor.last_message_at:
        survivor.preview = absorbed.preview
        survivor.last_message_at = absorbed.last_message_at
    survivor.last_inbound_at = _later(survivor.last_inbound_at, absorbed.last_inbound_at)
    survivor.last_outbound_at = _later(survivor.last_outbound_at, absorbed.last_outbound_at)
    waiting = [one for one in (survivor.waiting_since, absorbed.waiting_since) if one is not None]
    survivor.waiting_since = min(waiting, default=None)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)


@transaction.atomic
def undo_merge(merge_id: int, *, actor: Actor, at: datetime) -> ConversationMerge:
    """Takes a merge back: what was taken in leaves again; what came since stays with the survivor.

    Raises:
        NotFoundError: there is no such merge.
        ConflictError: it was taken back already, or the survivor was merged itself since.
    """
    row = ConversationMerge.objects.select_for_update().filter(pk=merge_id).first()
    if row is None:
        raise NotFoundError(f"There is no merge {merge_id}.")
    if row.undone_at is not None:
        raise ConflictError("This merge was taken back already.")
    locked = {
        one.pk: one
        for one in Conversation.objects.select_for_update(of=("self",))
        .filter(pk__in=[row.survivor_id, row.absorbed_id])
        .order_by("pk")
    }
    survivor, absorbed = locked[row.survivor_id], locked[row.absorbed_id]
    if survivor.merged_into_id is not None:
        raise ConflictError("The two were merged into a third since. Take that back first.")
    row.undone_at = at
    row.save(update_fields=["undone_at"])
    _unmove(row, survivor, absorbed)
    _unadd(row, survivor, absorbed)
    absorbed.merged_into = None
    _restore_clocks(row.before, survivor)
    save(survivor, at=at)
    save(absorbed, at=at)
    words = f"#{absorbed.number} is on its own again."
    note_event(survivor, "unmerged", words, actor=actor, at=at)
    words = f"On its own again, after being part of #{survivor.number}."
    note_event(absorbed, "unmerged", words, actor=actor, at=at)
    aftermath.unmerged(survivor, absorbed, at=at)
    audit(survivor, "unmerged", actor=actor, at=at, summary=words)
    return row


def _unmove(row: ConversationMerge, survivor: Conversation, absorbed: Conversation) -> None:
    kept = row.before
    here = {"conversation": survivor}
    Message.objects.filter(pk__in=kept["messages"], **here).update(conversation=absorbed)
    ConversationEvent.objects.filter(pk__in=kept["events"], **here).update(conversation=absorbed)
    Participant.objects.filter(pk__in=kept["participants"], **here).update(conversation=absorbed)
    only_theirs = set(kept["followers"]) - set(kept["survivor_followers"])
    survivor.followers.filter(user_id__in=only_theirs).delete()
    brought = absorbed.tags.exclude(pk__in=kept["tags"])
    survivor.tags.remove(*brought)


def _unadd(row: ConversationMerge, survivor: Conversation, absorbed: Conversation) -> None:
    taken = row.before["absorbed"]
    kept = row.before["survivor"]
    survivor.message_count -= taken["fields"]["message_count"]
    survivor.staff_seconds -= taken["fields"]["staff_seconds"]
    survivor.cost_minor -= taken["fields"]["cost_minor"]
    restore_fields(absorbed, taken)
    nothing_since = survivor.version == kept["version"] + 1
    if nothing_since:
        restore_fields(survivor, kept)
    else:
        recount(survivor)


def _restore_clocks(before: dict[str, Any], survivor: Conversation) -> None:
    """Sets the clocks as they were; what an answer since then has stopped stays stopped."""
    answered = survivor.last_outbound_at
    merged_out = before["survivor"]["fields"]["last_outbound_at"]
    restore_clocks(before["absorbed"])  # first: of each kind, the survivor has room for one
    if answered is None or merged_out == answered.isoformat():
        restore_clocks(before["survivor"])


def recount(conversation: Conversation) -> None:
    """Sets what the lists show from the messages that are there; the caller saves."""
    seen = conversation.messages.exclude(kind=Kind.NOTE).order_by("at", "pk")
    rows = list(seen.values_list("kind", "at", "is_automatic"))
    last = seen.last()
    conversation.message_count = len(rows)
    if last is not None:
        conversation.preview = preview_of(last.text)
        conversation.last_message_at = last.at
    inbound = [at for kind, at, _auto in rows if kind == Kind.INCOMING]
    answers = [at for kind, at, _auto in rows if kind == Kind.REPLY]
    human = [at for kind, at, auto in rows if kind == Kind.REPLY and not auto]
    conversation.last_inbound_at = max(inbound, default=None)
    conversation.last_outbound_at = max(answers, default=None)
    since = max(human, default=None)
    waiting = [
        at
        for kind, at, auto in rows
        if kind == Kind.INCOMING and not auto and (since is None or at > since)
    ]
    is_closed = conversation.status == Status.CLOSED
    conversation.waiting_since = None if is_closed else min(waiting, default=None)


@transaction.atomic
def split(
    *,
    conversation_id: int,
    message_ids: Sequence[int],
    actor: Actor,
    at: datetime,
    subject: str = "",
    version: int | None = None,
) -> Conversation:
    """Makes a conversation of its own from some messages; it remembers where it came from.

    Raises:
        NotFoundError: there is no such conversation, or none of the messages is in it.
        StaleError: somebody changed it since `version` was read.
        InboxError: nothing would be left behind.
    """
    origin = lock(conversation_id, version=version)
    rows = origin.messages.filter(pk__in=message_ids).order_by("at", "pk")
    messages = list(rows.select_related("customer"))
    if not messages:
        raise NotFoundError("Choose messages of this conversation.")
    if len(messages) == origin.messages.count():
        raise InboxError("All messages are chosen: leave at least one behind.")
    asked = next((one for one in messages if one.kind == Kind.INCOMING), messages[0])
    new = open_conversation(
        channel=origin.channel,
        subject=subject_of(
            subject or asked.headers.get("subject", "") or origin.subject, asked.text
        ),
        customer=asked.customer or origin.customer,
        at=at,
        opened_at=messages[0].at,
        language=origin.language,
        relationship_type=origin.relationship_type,
    )
    new.split_from = origin
    new.team_id, new.assignee_id = origin.team_id, origin.assignee_id
    new.assigned_at = at if origin.assignee_id is not None else None
    new.segment_key, new.policy_version = origin.segment_key, origin.policy_version
    new.staff_seconds = sum(one.staff_seconds for one in messages)
    Message.objects.filter(pk__in=[one.pk for one in messages]).update(conversation=new)
    _share_people(origin, new, messages)
    _part_costs(origin, new)
    recount(origin)
    recount(new)
    save(origin, at=at)
    save(new, at=at)
    link_rows(origin, new, at=at)
    moved = {"messages": [one.pk for one in messages], "split": new.pk}
    words = f"{len(messages)} messages became #{new.number} {new.subject}."
    note_event(origin, "split", words, actor=actor, at=at, detail=moved)
    words = f"Split off from #{origin.number} {origin.subject}."
    note_event(new, "split", words, actor=actor, at=at, detail=moved)
    aftermath.split(origin, new, at=at)
    audit(origin, "split", actor=actor, at=at, summary=words)
    return new


def _share_people(origin: Conversation, new: Conversation, messages: list[Message]) -> None:
    """Who wrote the messages takes part in the new one; where that is nobody, all do."""
    writers = {one.author_address.lower() for one in messages if one.author_address}
    rows = list(origin.participants.all())
    chosen = [row for row in rows if row.address in writers] or rows
    Participant.objects.bulk_create(
        Participant(
            conversation=new,
            customer_id=row.customer_id,
            address=row.address,
            name=row.name,
            role=row.role,
        )
        for row in chosen
    )


def _part_costs(origin: Conversation, new: Conversation) -> None:
    """The cost goes along with the time."""
    whole = origin.staff_seconds
    share = min(1.0, new.staff_seconds / whole) if whole else 0.0
    new.cost_minor = round(origin.cost_minor * share)
    origin.cost_minor -= new.cost_minor
    origin.staff_seconds = max(0, whole - new.staff_seconds)


@transaction.atomic
def undo_split(conversation_id: int, *, actor: Actor, at: datetime) -> ConversationMerge:
    """Takes what was split off back to where it came from, with what was said since.

    Raises:
        NotFoundError: there is no such conversation.
        ConflictError: it was not split off.
    """
    new = Conversation.objects.filter(pk=conversation_id).first()
    if new is None:
        raise NotFoundError(f"There is no conversation {conversation_id}.")
    if new.split_from_id is None or new.merged_into_id is not None:
        raise ConflictError("This was not split off from another conversation, or is back already.")
    return merge(survivor_id=new.split_from_id, absorbed_id=new.pk, actor=actor, at=at)
