"""Warnings and breaches: told once each, to those who can still do something."""

from datetime import datetime, timedelta

from django.db import transaction

from amity.kernel.access.models import TeamMember
from amity.kernel.access.rules import SYSTEM
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import Conversation, Follower, PromiseClock
from amity.run.inbox.operations.announcing import announce
from amity.run.inbox.operations.change import inbox_settings, lock, log, note_event, tell
from amity.run.inbox.operations.promises import TARGET_LABELS
from amity.run.inbox.operations.urgency import refresh
from amity.run.inbox.queries.clocks import due_for_a_look, to_clock
from amity.run.inbox.queries.values import values_of
from amity.run.inbox.rules import promises
from amity.run.inbox.rules.automation import Event
from amity.run.inbox.rules.promises import Standing, State, Target

NEWS = timedelta(hours=24)  # what is found later (a worker that stood still) is noted, not told


def watch(*, at: datetime) -> tuple[int, int]:
    """Looks at every clock that is newly at risk or overdue; (warned of, found broken)."""
    warned = broken = 0
    while found := due_for_a_look(at):
        seen = [attend(conversation, clock, at=at) for conversation, clock in found]
        warned += seen.count(Standing.AT_RISK)
        broken += seen.count(Standing.OVERDUE)
        if all(standing is Standing.CALM for standing in seen):
            break
    return warned, broken


@transaction.atomic
def attend(conversation_id: int, clock_id: int, *, at: datetime) -> Standing:
    """Warns of one clock or notes that it is broken, once; CALM where there is nothing to do."""
    conversation = lock(conversation_id)
    rows = PromiseClock.objects.select_for_update().filter(
        pk=clock_id, conversation=conversation, state=State.RUNNING
    )
    row = rows.first()
    if row is None:
        return Standing.CALM
    standing = promises.standing(to_clock(row), at=at)
    if standing is Standing.AT_RISK and row.warned_at is None:
        _warn(conversation, row, at)
    elif standing is Standing.OVERDUE and row.breached_at is None:
        _breach(conversation, row, at)
    else:
        return Standing.CALM
    return standing


def _warn(conversation: Conversation, row: PromiseClock, at: datetime) -> None:
    row.warned_at = at
    row.save(update_fields=["warned_at"])
    words = f"{_label(row)} is at risk: three quarters of its time are used."
    note_event(conversation, "promise_at_risk", words, actor=SYSTEM, at=at, detail=_detail(row))
    _wake(conversation, at)
    people = [conversation.assignee_id] if conversation.assignee_id else _leads(conversation)
    tell(conversation, people, "promise_at_risk", _notice(conversation, words), at=at)
    announce(conversation, Event.PROMISE_AT_RISK, at=at)
    refresh(conversation, at=at)


def _breach(conversation: Conversation, row: PromiseClock, at: datetime) -> None:
    row.breached_at = row.due_at
    row.warned_at = row.warned_at or at
    row.value_at_risk_minor = _value_at_risk(conversation)
    row.save(update_fields=["breached_at", "warned_at", "value_at_risk_minor"])
    words = f"{_label(row)} is broken: it was due and nothing came."
    note_event(conversation, "promise_broken", words, actor=SYSTEM, at=at, detail=_detail(row))
    _log_breach(conversation, row, at)
    _wake(conversation, at)
    if row.due_at is not None and at - row.due_at <= NEWS:
        _escalate(conversation, words, at)
    announce(conversation, Event.PROMISE_BROKEN, at=at)
    refresh(conversation, at=at)


def _escalate(conversation: Conversation, words: str, at: datetime) -> None:
    """Tells who has it and the leads, who follow it from now on."""
    leads = _leads(conversation) if inbox_settings().escalates_to_leads else []
    Follower.objects.bulk_create(
        (Follower(conversation=conversation, user_id=lead) for lead in leads),
        ignore_conflicts=True,
    )
    own = [conversation.assignee_id] if conversation.assignee_id else []
    people = list(dict.fromkeys([*own, *leads]))
    tell(conversation, people, "promise_broken", _notice(conversation, words), at=at)


def _leads(conversation: Conversation) -> list[int]:
    """Who leads the conversation's team, or that of the fallback where it has none."""
    team_id = conversation.team_id or inbox_settings().fallback_team_id
    if team_id is None:
        return []
    rows = TeamMember.objects.filter(team_id=team_id, is_lead=True, user__is_active=True)
    return list(rows.order_by("user_id").values_list("user_id", flat=True))


def _wake(conversation: Conversation, at: datetime) -> None:
    """A conversation does not sleep through its promise."""
    if conversation.status != Conversation.Status.SNOOZED:
        return
    conversation.status = Conversation.Status.OPEN
    conversation.snoozed_until = None
    conversation.version += 1
    conversation.updated_at = at
    fields = ["status", "snoozed_until", "version", "updated_at"]
    conversation.save(update_fields=fields)
    note_event(conversation, "woken", "Woken: a promise is at risk.", actor=SYSTEM, at=at)


def _value_at_risk(conversation: Conversation) -> int | None:
    """The customer's value of the next 12 months: what may go with them, not what will."""
    if conversation.customer_id is None:
        return None
    value = values_of([conversation.customer_id]).get(conversation.customer_id)
    return round(max(0.0, value)) if value is not None else None


def _log_breach(conversation: Conversation, row: PromiseClock, at: datetime) -> None:
    log(
        conversation,
        "promise_broken",
        f"clock:{row.pk}:broken",
        happened_at=row.breached_at or at,
        at=at,
        doer=Interaction.Actor.AUTOMATIC,
        outcome="broken",
        properties={
            "promise": row.target,
            "promised_minutes": row.minutes,
            "promised_by_version": row.policy_version,
            "value_at_risk_minor": row.value_at_risk_minor,
        },
    )


def _detail(row: PromiseClock) -> dict[str, object]:
    return {
        "clock": row.pk,
        "target": row.target,
        "minutes": row.minutes,
        "segment": row.segment_key,
        "version": row.policy_version,
        "value_at_risk_minor": row.value_at_risk_minor,
    }


def _label(row: PromiseClock) -> str:
    return TARGET_LABELS[Target(row.target)]


def _notice(conversation: Conversation, words: str) -> str:
    return f"#{conversation.number} {conversation.subject[:150]}: {words}"
