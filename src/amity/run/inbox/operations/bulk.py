"""One change to many conversations, and taking it back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from amity.base.results import ConflictError, NotFoundError
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import BulkChange, Conversation
from amity.run.inbox.operations.change import user_of
from amity.run.inbox.operations.statuses import (
    close,
    mark_spam,
    reopen,
    snooze,
    unmark_spam,
    wait_for_customer,
)
from amity.run.inbox.operations.tending import (
    add_tag,
    assign,
    assign_team,
    remove_tag,
    set_priority,
)
from amity.run.inbox.operations.topics.setting import follow_guess, set_topic
from amity.run.inbox.rules.bulk import BulkAction

Change = Callable[[int, BulkAction, Actor, datetime], object]

DO: Mapping[str, Change] = {
    "assign": lambda pk, do, actor, at: assign(
        conversation_id=pk, user_id=do.number, actor=actor, at=at
    ),
    "team": lambda pk, do, actor, at: assign_team(
        conversation_id=pk, team_id=do.number, actor=actor, at=at
    ),
    "priority": lambda pk, do, actor, at: set_priority(
        conversation_id=pk, priority=do.number or 2, actor=actor, at=at
    ),
    "tag": lambda pk, do, actor, at: add_tag(conversation_id=pk, tag=do.text, actor=actor, at=at),
    "untag": lambda pk, do, actor, at: remove_tag(
        conversation_id=pk, tag=do.text, actor=actor, at=at
    ),
    "topic": lambda pk, do, actor, at: set_topic(
        conversation_id=pk, topic=do.text, actor=actor, at=at
    ),
    "topic_guess": lambda pk, _do, actor, at: follow_guess(conversation_id=pk, actor=actor, at=at),
    "close": lambda pk, do, actor, at: close(
        conversation_id=pk, outcome=do.text or "resolved", actor=actor, at=at
    ),
    "reopen": lambda pk, _do, actor, at: reopen(conversation_id=pk, actor=actor, at=at),
    "wait": lambda pk, _do, actor, at: wait_for_customer(conversation_id=pk, actor=actor, at=at),
    "snooze": lambda pk, do, actor, at: snooze(
        conversation_id=pk, until=do.until or at, actor=actor, at=at
    ),
    "spam": lambda pk, _do, actor, at: mark_spam(conversation_id=pk, actor=actor, at=at),
    "not_spam": lambda pk, _do, actor, at: unmark_spam(conversation_id=pk, actor=actor, at=at),
}


@transaction.atomic
def apply_to_many(
    ids: Sequence[int], *, action: BulkAction, actor: Actor, at: datetime
) -> BulkChange:
    """Does the same to each of these conversations, in the order of their ids.

    Returns:
        What was changed; `before` has one entry for each that really changed.

    Raises:
        NotFoundError: a conversation, person or team is not there.
        InboxError: it cannot be done as asked; then nothing is changed.
    """
    change = BulkChange.objects.create(user_id=user_of(actor), at=at, action=action.as_json())
    before: list[dict[str, Any]] = []
    for pk in sorted(set(ids)):
        state = _state(pk)
        DO[action.do](pk, action, actor, at)
        if _state(pk)["version"] != state["version"]:
            before.append(state)
    change.before = before
    change.save(update_fields=["before"])
    return change


def _state(pk: int) -> dict[str, Any]:
    row = (
        Conversation.objects.filter(pk=pk)
        .values(
            "pk",
            "version",
            "status",
            "assignee_id",
            "team_id",
            "priority",
            "topic",
            "topic_origin",
            "is_spam",
            "outcome",
            "snoozed_until",
        )
        .first()
    )
    if row is None:
        raise NotFoundError(f"There is no conversation {pk}.")
    until = row["snoozed_until"]
    tags = Conversation.tags.through.objects.filter(conversation_id=pk)
    names = sorted(tags.values_list("tag__name", flat=True))
    return {**row, "snoozed_until": until.isoformat() if until else None, "tags": names}


@transaction.atomic
def undo_bulk(change_id: int, *, actor: Actor, at: datetime) -> list[int]:
    """Takes the change back for each conversation; which these were.

    Raises:
        NotFoundError: this person has made no such change.
        ConflictError: it was taken back already.
    """
    rows = BulkChange.objects.select_for_update()
    change = rows.filter(pk=change_id, user_id=user_of(actor)).first()
    if change is None:
        raise NotFoundError("There is no such change of yours.")
    if change.undone_at is not None:
        raise ConflictError("This was taken back already.")
    change.undone_at = at
    change.save(update_fields=["undone_at"])
    do = BulkAction.from_json(change.action)
    for state in change.before:
        _take_back(do, state, actor, at)
    return [int(state["pk"]) for state in change.before]


def _take_back(do: BulkAction, state: dict[str, Any], actor: Actor, at: datetime) -> None:
    pk = int(state["pk"])
    for step in do.undoing(state):
        is_over = step.until is not None and step.until <= at
        back = BulkAction("reopen") if is_over else step
        DO[back.do](pk, back, actor, at)
