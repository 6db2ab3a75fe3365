"""The clocks of a conversation's promises: begun, paused, resumed, stopped; never twice.

Every function is called inside the transaction that changed the conversation and holds its lock, so
that its clocks are written by one at a time. The policy's version is kept on each clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from amity.base.vocabulary import RelationshipType
from amity.kernel.access.rules import SYSTEM
from amity.kernel.calendars.rules import Calendar, CalendarError
from amity.kernel.policy.compiled import CellPromise, PromiseAnswer
from amity.kernel.policy.promises import promise_for
from amity.run.inbox.models import Channel, Conversation, InboxSettings, PromiseClock
from amity.run.inbox.operations.change import inbox_settings, note_event, write
from amity.run.inbox.operations.urgency import refresh
from amity.run.inbox.queries.calendars import Calendars
from amity.run.inbox.queries.clocks import WRITTEN, live_clocks, put, to_clock
from amity.run.inbox.rules import promises
from amity.run.inbox.rules.promised import human_cell, is_self_service_first, minutes_of
from amity.run.inbox.rules.promises import RESPONSES, Clock, State, Target

HAS_THE_WORD = frozenset({Conversation.Status.WAITING, Conversation.Status.SNOOZED})
NO_POLICY = PromiseAnswer(None, None, "", "No customer is known.")
WRITTEN_CHANNELS = frozenset({Channel.Kind.MAIL, Channel.Kind.CHAT, Channel.Kind.API})
PROMISED = ("calendar_key", "time_zone", "segment_key", "policy_version")
TARGET_LABELS = {
    Target.FIRST_RESPONSE: "First response",
    Target.NEXT_RESPONSE: "Next response",
    Target.RESOLUTION: "Resolution",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """A promise that was just kept or met late; `as_properties` goes into the log."""

    target: Target
    was_kept: bool
    promised_minutes: int
    used_seconds: int
    policy_version: int | None

    def as_properties(self) -> dict[str, object]:
        """The figures of the promise, for the log."""
        return {
            "promise": self.target.value,
            "promise_kept": self.was_kept,
            "promised_minutes": self.promised_minutes,
            "used_seconds": self.used_seconds,
            "promised_by_version": self.policy_version,
        }


def customer_wrote(conversation: Conversation, *, at: datetime, is_new: bool) -> PromiseAnswer:
    """Begins what was promised when a customer writes; goes on with what was paused.

    The caller brings the lists up to date when it is done (`urgency.refresh`).

    Returns:
        What the customer is promised.
    """
    answer = answer_for(conversation)
    if is_new:
        _keep_promise_of(conversation, answer)
    if conversation.relationship_type != RelationshipType.SELF_SERVICE:
        _begin(conversation, answer, at, has_clocks=not is_new)
    if not is_new:
        _change(conversation, promises.resume, at)
    return answer


def person_asked(conversation: Conversation, *, at: datetime) -> PromiseAnswer:
    """The customer asked for a person: what was promised for that begins now.

    The caller brings the lists up to date when it is done (`urgency.refresh`).

    Returns:
        What the customer is promised.
    """
    answer = answer_for(conversation)
    cell = human_cell(answer)
    kind = cell.relationship_type if cell else RelationshipType.PERSONAL_ASSISTANCE
    write(conversation, relationship_type=kind)
    _begin(conversation, answer, at)
    return answer


def staff_replied(
    conversation: Conversation, *, at: datetime, is_automatic: bool
) -> tuple[Ended, ...]:
    """Stops the clocks of answers; an automatic message stops none.

    Where the customer has the word after it, the clock of the resolution stands still.

    Returns:
        What was kept or met late by it.
    """
    if is_automatic:
        return ()
    ended = _stop(conversation, RESPONSES, at)
    if conversation.status in HAS_THE_WORD:
        _change(conversation, promises.pause, at)
    refresh(conversation, at=at)
    return ended


def paused(conversation: Conversation, *, at: datetime) -> None:
    """The customer has the word: all clocks stand still.

    Sleeping is our own choice, so a snoozed conversation's clocks run on.
    """
    if conversation.status == Conversation.Status.WAITING:
        _change(conversation, promises.pause, at)
    refresh(conversation, at=at)


def resumed(conversation: Conversation, *, at: datetime) -> None:
    """We have the word again."""
    _change(conversation, promises.resume, at)
    refresh(conversation, at=at)


def closed(conversation: Conversation, *, at: datetime) -> tuple[Ended, ...]:
    """The matter is resolved: its clock stops; an answer that is not owed any more is dropped."""
    for row in live_clocks(conversation.pk):
        clock = to_clock(row)
        is_late = clock.breached_at or (clock.due_at is not None and at > clock.due_at)
        if clock.target in RESPONSES and not is_late:
            _write(row, promises.drop(clock, at=at, calendar=_calendar(row)))
    ended = _stop(conversation, frozenset(Target), at)
    refresh(conversation, at=at)
    return ended


def reopened(conversation: Conversation, *, at: datetime) -> None:
    """The matter was not resolved after all: its clock goes on with what it had used."""
    live = {row.target for row in live_clocks(conversation.pk)}
    ended = conversation.clocks.filter(
        target=Target.RESOLUTION, state__in=[State.KEPT, State.BROKEN]
    )
    row = ended.order_by("-stopped_at", "-pk").first()
    if row is not None and Target.RESOLUTION not in live:
        _write(row, promises.reopen(to_clock(row), at=at, calendar=_calendar(row)))
    refresh(conversation, at=at)


def customer_known(conversation: Conversation, *, at: datetime) -> None:
    """It is known now whose matter it is: what they were promised counts since they wrote."""
    if conversation.policy_version is not None or conversation.clocks.exists():
        refresh(conversation, at=at)
        return
    answer = answer_for(conversation)
    _keep_promise_of(conversation, answer)
    if conversation.waiting_since is not None:
        _begin(conversation, answer, conversation.waiting_since)
    refresh(conversation, at=at)


def spam(conversation: Conversation, *, at: datetime) -> None:
    """Nothing was promised to a sender of spam."""
    _change(conversation, promises.drop, at)
    refresh(conversation, at=at)


def not_spam(conversation: Conversation, *, at: datetime) -> None:
    """It was none: what was dropped when it was marked runs on as if it had not been."""
    live = {row.target for row in live_clocks(conversation.pk)}
    dropped = conversation.clocks.filter(state=State.DROPPED).order_by("-stopped_at", "-pk")
    for row in dropped:
        if row.target not in live:
            live.add(row.target)
            _write(row, promises.unstop(to_clock(row), calendar=_calendar(row)))
    refresh(conversation, at=at)


def merged(survivor: Conversation, absorbed: Conversation, *, at: datetime) -> None:
    """Joins the clocks of two conversations: of twins, the one opened first stays."""
    own, other = live_clocks(survivor.pk), live_clocks(absorbed.pk)
    gone = promises.merged(
        [(row.pk, to_clock(row)) for row in own], [(row.pk, to_clock(row)) for row in other]
    )
    for row in (*own, *other):
        if row.pk in gone:
            _write(row, promises.drop(to_clock(row), at=at, calendar=_calendar(row)))
    moved = [row.pk for row in other if row.pk not in gone]
    PromiseClock.objects.filter(pk__in=moved).update(conversation=survivor)
    for one in (survivor, absorbed):
        refresh(one, at=at)


def split(origin: Conversation, split_off: Conversation, *, at: datetime) -> None:
    """The new conversation owes what the old one owes, since the same instant."""
    for row in live_clocks(origin.pk):
        copy = PromiseClock(
            conversation=split_off, **{name: getattr(row, name) for name in ("target", *PROMISED)}
        )
        put(copy, to_clock(row)).save(force_insert=True)
    values = {name: getattr(origin, name) for name in ("segment_key", "policy_version")}
    write(split_off, **values)
    refresh(split_off, at=at)


def can_help_itself(conversation: Conversation, settings: InboxSettings) -> bool:
    """Whether self-service can be offered: there is some, and nobody is on the phone with them."""
    has_some = bool(settings.self_service_url or settings.self_service_text)
    return has_some and conversation.channel.kind in WRITTEN_CHANNELS


def answer_for(conversation: Conversation) -> PromiseAnswer:
    """What the customer of a conversation is promised now; one statement."""
    if conversation.customer_id is None:
        return NO_POLICY
    return promise_for(conversation.customer_id)


def _keep_promise_of(conversation: Conversation, answer: PromiseAnswer) -> None:
    cell = human_cell(answer)
    kind = cell.relationship_type if cell else RelationshipType.PERSONAL_ASSISTANCE
    if is_self_service_first(answer) and can_help_itself(conversation, inbox_settings()):
        kind = RelationshipType.SELF_SERVICE
    write(
        conversation,
        segment_key=answer.segment_key or "",
        policy_version=answer.version_number,
        relationship_type=kind.value,
    )


def _begin(
    conversation: Conversation, answer: PromiseAnswer, at: datetime, *, has_clocks: bool = True
) -> None:
    """Begins the clocks that are owed now and do not run yet; a new conversation has none."""
    cell = human_cell(answer)
    if cell is None:
        return
    known = list(conversation.clocks.values_list("target", "state")) if has_clocks else []
    live = {Target(target) for target, state in known if state in promises.LIVE}
    was_answered = conversation.first_responded_at is not None or any(
        target == Target.FIRST_RESPONSE and State(state) not in promises.LIVE
        for target, state in known
    )
    owed = {Target.NEXT_RESPONSE if was_answered else Target.FIRST_RESPONSE}
    if live & RESPONSES:
        owed.clear()
    if Target.RESOLUTION not in {target for target, _state in known}:
        owed.add(Target.RESOLUTION)
    asked = {target: minutes_of(cell, target) for target in sorted(owed)}
    if any(minutes is not None for minutes in asked.values()):
        _start(conversation, answer, cell, asked, at)


def _start(
    conversation: Conversation,
    answer: PromiseAnswer,
    cell: CellPromise,
    asked: Mapping[Target, int | None],
    at: datetime,
) -> None:
    key, zone = _calendar_key(conversation, cell), _zone(conversation)
    calendar = Calendars().get(key, zone)
    for target, minutes in asked.items():
        if minutes is None:
            continue
        row = PromiseClock(
            conversation=conversation,
            target=target.value,
            calendar_key=key,
            time_zone=zone,
            segment_key=answer.segment_key or "",
            policy_version=answer.version_number,
        )
        try:
            clock = promises.start(target, minutes, at=at, calendar=calendar)
        except CalendarError as error:
            words = f"{TARGET_LABELS[target]} was promised, but cannot be timed: {error}"
            note_event(conversation, "promise_untimed", words, actor=SYSTEM, at=at)
            continue
        put(row, clock).save(force_insert=True)


def _calendar_key(conversation: Conversation, cell: CellPromise) -> str:
    if cell.calendar:
        return cell.calendar
    return conversation.team.calendar_key if conversation.team is not None else ""


def _zone(conversation: Conversation) -> str:
    if not inbox_settings().counts_in_customers_zone or conversation.customer is None:
        return ""
    return conversation.customer.time_zone


def _calendar(row: PromiseClock) -> Calendar:
    return Calendars().get(row.calendar_key, row.time_zone)


class Changing(Protocol):
    """A change of a clock at an instant."""

    def __call__(self, clock: Clock, /, *, at: datetime, calendar: Calendar) -> Clock: ...


def _change(conversation: Conversation, change: Changing, at: datetime) -> None:
    calendars = Calendars()
    for row in live_clocks(conversation.pk):
        before = to_clock(row)
        calendar = calendars.get(row.calendar_key, row.time_zone)
        after = change(before, at=at, calendar=calendar)
        if after != before:
            _write(row, after)


def _stop(conversation: Conversation, targets: Iterable[str], at: datetime) -> tuple[Ended, ...]:
    ended = []
    calendars = Calendars()
    for row in live_clocks(conversation.pk):
        if row.target not in targets:
            continue
        calendar = calendars.get(row.calendar_key, row.time_zone)
        _write(row, promises.stop(to_clock(row), at=at, calendar=calendar))
        done = Ended(
            target=Target(row.target),
            was_kept=row.state == State.KEPT,
            promised_minutes=row.minutes,
            used_seconds=row.used_seconds,
            policy_version=row.policy_version,
        )
        ended.append(done)
    return tuple(ended)


def _write(row: PromiseClock, clock: Clock) -> None:
    put(row, clock).save(update_fields=list(WRITTEN))
