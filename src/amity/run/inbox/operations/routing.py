"""Who gets a conversation: decided by the promise, explained in words, kept to be replayed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.calendars.rules import working_minutes
from amity.kernel.interactions.models import Interaction
from amity.kernel.jobs.operations import enqueue
from amity.kernel.policy.compiled import PromiseAnswer
from amity.run.inbox.models import AgentProfile, Conversation, ConversationEvent, InboxSettings
from amity.run.inbox.operations.announcing import announce
from amity.run.inbox.operations.change import inbox_settings, lock, log, note_event, tell, write
from amity.run.inbox.operations.promises import answer_for, can_help_itself, person_asked
from amity.run.inbox.operations.urgency import refresh
from amity.run.inbox.queries import routing as reads
from amity.run.inbox.queries.calendars import Calendars
from amity.run.inbox.queries.once import forget, once
from amity.run.inbox.rules import stored_routing
from amity.run.inbox.rules.automation import Event
from amity.run.inbox.rules.promised import promised_of
from amity.run.inbox.rules.routing import Context, Decision, Part, Promised, decide

ROUTED = "routed"
PROFILES = "profiles"


def route(
    conversation: Conversation,
    *,
    at: datetime,
    why: str,
    actor: Actor = SYSTEM,
    is_human_asked: bool = False,
    passed_over: Iterable[int] = (),
    answer: PromiseAnswer | None = None,
    is_first: bool = False,
) -> Decision:
    """Gives the conversation, whose lock is held, to whom the promise names.

    `answer` is what the customer is promised, where it is known already; `is_first` says that
    nothing was decided for it before. The caller brings the lists up to date when it is done
    (`urgency.refresh`).

    Only one decision is made at a time: it locks the profiles of all agents, so that no two give
    the same person more than their limit.
    """
    answer = answer or answer_for(conversation)
    settings = inbox_settings()
    can_help = can_help_itself(conversation, settings)
    context = replace(
        _context(conversation, settings, at),
        promised=promised_of(answer, can_help_itself=can_help),
        passed_over=frozenset(passed_over),
        is_human_asked=is_human_asked,
    )
    decision = decide(context)
    detail = {
        "why": why,
        "can_help_itself": can_help,
        "context": stored_routing.as_json(context),
        "decision": stored_routing.decision_json(decision),
        "segments": reads.segments_of(conversation.customer_id),
        "policy_version": answer.version_number,
    }
    _give(conversation, decision, detail, actor, at, is_first=is_first)
    if decision.part is Part.SELF_SERVICE and not _was_offered(conversation):
        enqueue("inbox.first_help", {"conversation": conversation.pk}, at=at)
    return decision


def human_asked(conversation: Conversation, *, at: datetime, why: str) -> Decision:
    """A person is needed: the promise for that begins, and somebody has it at once."""
    answer = person_asked(conversation, at=at)
    decision = route(conversation, at=at, why=why, is_human_asked=True, answer=answer)
    refresh(conversation, at=at)
    return decision


@transaction.atomic
def route_again(conversation_id: int, *, actor: Actor, at: datetime) -> Decision:
    """Lets the promise decide anew who gets it; a person is asked for, so self-service is past.

    Raises:
        NotFoundError: there is no such conversation.
    """
    why = f"Asked for by {actor.name}."
    conversation = lock(conversation_id)
    decision = route(conversation, at=at, why=why, actor=actor, is_human_asked=True)
    refresh(conversation, at=at)
    return decision


@transaction.atomic
def reassign_late(conversation_id: int, *, at: datetime) -> Decision | None:
    """Gives on what its agent has left without an answer for too long; None where there is time."""
    conversation = lock(conversation_id)
    minutes = inbox_settings().reassign_minutes
    if minutes is None or not _is_late(conversation, minutes, at):
        return None
    late = conversation.assignee_id
    passed = {*_passed_over(conversation), *([late] if late is not None else [])}
    words = f"No answer within {minutes} working minutes."
    decision = route(conversation, at=at, why=words, is_human_asked=True, passed_over=passed)
    refresh(conversation, at=at)
    return decision


def late_ones(at: datetime, *, limit: int = 500) -> list[int]:
    """Conversations that may have been left too long, the oldest first; empty while it is off."""
    minutes = inbox_settings().reassign_minutes
    if minutes is None:
        return []
    since = at - timedelta(minutes=minutes)
    rows = Conversation.objects.filter(
        status=Conversation.Status.OPEN,
        is_spam=False,
        merged_into=None,
        assignee__isnull=False,
        assigned_at__lte=since,
        waiting_since__lte=since,
    )
    return list(rows.order_by("waiting_since", "pk").values_list("pk", flat=True)[:limit])


def _is_late(conversation: Conversation, minutes: int, at: datetime) -> bool:
    if (
        conversation.status != Conversation.Status.OPEN
        or conversation.assignee_id is None
        or conversation.assigned_at is None
        or conversation.waiting_since is None
    ):
        return False
    since = max(conversation.assigned_at, conversation.waiting_since)
    key = conversation.team.calendar_key if conversation.team is not None else ""
    return working_minutes(Calendars().get(key), min(since, at), at) >= minutes


def _passed_over(conversation: Conversation) -> set[int]:
    """Who had it since the customer's last message and was passed over already."""
    found: set[int] = set()
    since = conversation.waiting_since or conversation.opened_at
    for event in conversation.events.filter(kind=ROUTED, at__gte=since):
        found.update(event.detail["context"]["passed_over"])
    return found


def _context(conversation: Conversation, settings: InboxSettings, at: datetime) -> Context:
    """Everything but what was promised and asked for."""
    owner = reads.owner_for(conversation, at)
    last = reads.last_agent_of(conversation)
    team_id = conversation.team_id or conversation.channel.settings.get("team_id")
    people = [
        owner.owner.id if owner and owner.owner else None,
        owner.deputy.id if owner and owner.deputy else None,
        last,
    ]
    teams = [owner.team.id if owner and owner.team else None, team_id, settings.fallback_team_id]
    profiles = _locked_profiles([pk for pk in people if pk is not None])
    return Context(
        promised=Promised(),
        candidates=reads.relevant(reads.candidates(profiles, at), people=people, teams=teams),
        owner_id=people[0],
        deputy_id=people[1],
        owner_team_id=teams[0],
        last_agent_id=last,
        team_id=team_id,
        fallback_team_id=settings.fallback_team_id,
        team_names=reads.team_names(teams),
        skill=conversation.topic.lower(),
        language=conversation.language[:2].lower(),
    )


def _locked_profiles(named: list[int]) -> list[AgentProfile]:
    """All agents' profiles, locked in one order; those of a transaction stay locked in it."""
    known = once(PROFILES, lambda: _lock_profiles(named))
    if set(named) <= {row.user_id for row in known}:
        return known
    forget(PROFILES, reads.LOADS)
    return once(PROFILES, lambda: _lock_profiles(named))


def _took_turn(user_id: int, at: datetime) -> None:
    AgentProfile.objects.filter(user_id=user_id).update(last_assigned_at=at)
    known: list[AgentProfile] = once(PROFILES, list)
    for row in known:
        if row.user_id == user_id:
            row.last_assigned_at = at


def _lock_profiles(named: list[int]) -> list[AgentProfile]:
    """Agents without a profile get it here.

    An agent takes turns; somebody else who is named by a customer (an owner) does not.
    """
    roles = reads.may_work()
    bare = User.objects.filter(is_active=True, role__in=roles, agent_profile=None)
    for user in bare.filter(role="agent") | bare.filter(pk__in=named):
        AgentProfile.objects.get_or_create(
            user=user, defaults={"takes_turns": user.role == "agent"}
        )
    rows = AgentProfile.objects.select_for_update(of=("self",)).select_related("user")
    return list(rows.order_by("pk"))


def _give(
    conversation: Conversation,
    decision: Decision,
    detail: dict[str, Any],
    actor: Actor,
    at: datetime,
    *,
    is_first: bool,
) -> None:
    before = conversation.assignee_id
    changed = before != decision.user_id
    values: dict[str, Any] = {"assignee_id": decision.user_id}
    if decision.team_id is not None:
        values["team_id"] = decision.team_id
    if changed:
        values["assigned_at"] = at if decision.user_id is not None else None
    if not changed and decision.user_id is None and not is_first and _was_explained(conversation):
        return
    if before is not None and changed:
        values["version"] = conversation.version + 1
    write(conversation, **values)
    if changed:
        reads.note_load(before, -1)
        reads.note_load(decision.user_id, 1)
    event = note_event(conversation, ROUTED, decision.sentence, actor=actor, at=at, detail=detail)
    if decision.user_id is not None:
        _took_turn(decision.user_id, at)
        if changed:
            _tell_and_log(conversation, decision, event, before=before)


def _tell_and_log(
    conversation: Conversation,
    decision: Decision,
    event: ConversationEvent,
    *,
    before: int | None,
) -> None:
    at = event.at
    words = f"#{conversation.number} {conversation.subject[:150]} is yours: {decision.sentence}"
    tell(conversation, [decision.user_id or 0], "assigned", words, at=at)
    log(
        conversation,
        "assigned" if before is None else "handed_over",
        f"routed:{event.pk}",
        happened_at=at,
        at=at,
        doer=Interaction.Actor.AUTOMATIC,
        properties={
            "user": decision.user_id,
            "from_user": before,
            "by": decision.part.value,
            "policy_version": event.detail["policy_version"],
        },
    )
    announce(conversation, Event.ASSIGNED, at=at)


def _was_explained(conversation: Conversation) -> bool:
    """Whether it was said before that nobody can take it."""
    return conversation.events.filter(kind=ROUTED).exists()


def _was_offered(conversation: Conversation) -> bool:
    return conversation.events.filter(kind="first_help").exists()
