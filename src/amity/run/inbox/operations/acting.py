"""Does the actions of rules and macros, each by the operation that a person would use."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from amity.base.results import AmityError
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import Conversation
from amity.run.inbox.operations import conversations
from amity.run.inbox.operations.routing import route_again
from amity.run.inbox.queries.facts import variables_of
from amity.run.inbox.rules import actions
from amity.run.inbox.rules.templates import fill


def act(
    conversation_id: int, planned: Sequence[actions.Action], *, actor: Actor, at: datetime
) -> None:
    """Does the actions in their order.

    Raises:
        AmityError: one cannot be done; what was done before it stands until the caller's rollback.
    """
    for action in planned:
        _do(conversation_id, action, actor, at)


def act_where_possible(
    conversation_id: int, planned: Sequence[actions.Action], *, actor: Actor, at: datetime
) -> list[str]:
    """Does the actions that can be done; a word on each that could not, in their order."""
    failed = []
    for action in planned:
        try:
            with transaction.atomic():
                _do(conversation_id, action, actor, at)
        except AmityError as error:
            failed.append(f"{action.do}: {error}"[:300])
    return failed


def _do(conversation_id: int, action: actions.Action, actor: Actor, at: datetime) -> None:
    match action:
        case actions.AssignTo():
            conversations.assign(
                conversation_id=conversation_id, user_id=action.user_id, actor=actor, at=at
            )
        case actions.AssignTeam():
            conversations.assign_team(
                conversation_id=conversation_id, team_id=action.team_id, actor=actor, at=at
            )
        case actions.Route():
            route_again(conversation_id, actor=actor, at=at)
        case actions.Note():
            text = _filled(conversation_id, action.text, actor)
            conversations.add_note(conversation_id=conversation_id, text=text, actor=actor, at=at)
        case actions.Reply():
            text = _filled(conversation_id, action.text, actor)
            conversations.reply(
                conversation_id=conversation_id,
                text=text,
                actor=actor,
                at=at,
                is_automatic=actor.user_id is None,
            )
        case actions.Follow():
            conversations.follow(
                conversation_id=conversation_id, user_id=action.user_id, actor=actor, at=at
            )
        case _:
            _mark(conversation_id, action, actor, at)


def _mark(conversation_id: int, action: actions.Action, actor: Actor, at: datetime) -> None:
    match action:
        case actions.AddTag():
            conversations.add_tag(
                conversation_id=conversation_id, tag=action.name, actor=actor, at=at
            )
        case actions.RemoveTag():
            conversations.remove_tag(
                conversation_id=conversation_id, tag=action.name, actor=actor, at=at
            )
        case actions.SetPriority():
            conversations.set_priority(
                conversation_id=conversation_id, priority=action.priority, actor=actor, at=at
            )
        case actions.SetStatus() if action.status == "waiting":
            conversations.wait_for_customer(conversation_id=conversation_id, actor=actor, at=at)
        case actions.SetStatus():
            conversations.reopen(conversation_id=conversation_id, actor=actor, at=at)
        case actions.Close():
            conversations.close(
                conversation_id=conversation_id,
                outcome=action.outcome,
                reason=action.reason,
                actor=actor,
                at=at,
            )


def _filled(conversation_id: int, text: str, actor: Actor) -> str:
    rows = Conversation.objects.select_related("customer", "channel")
    conversation = rows.get(pk=conversation_id)
    agent = User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
    return fill(text, variables_of(conversation, agent=agent))
