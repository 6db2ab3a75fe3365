"""Who cares for a matter, and what is known about it."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Sum

from amity.base.results import NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import Team, User
from amity.kernel.access.rules import Actor
from amity.kernel.customers.queries import get_customer
from amity.run.inbox.models import (
    AgentProfile,
    Conversation,
    ConversationEvent,
    ConversationLink,
    Follower,
    Message,
    Participant,
    Tag,
)
from amity.run.inbox.operations import aftermath
from amity.run.inbox.operations.announcing import announce
from amity.run.inbox.operations.change import (
    audit,
    cost_of,
    lock,
    log,
    note_event,
    save,
    spend,
    tell,
)
from amity.run.inbox.operations.receiving import link_rows
from amity.run.inbox.rules.automation import Event
from amity.run.inbox.rules.working import InboxError, check_seconds, clean_addresses, tag_names

PAIRS = 7_204_311  # of the advisory lock; any number that nobody else takes


def check_version(*, conversation_id: int, version: int | None) -> None:
    """Returns where nobody changed the conversation since `version` was read.

    Call it in the transaction of what follows: the conversation stays locked to its end.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it.
    """
    lock(conversation_id, version=version)


@transaction.atomic
def assign(
    *,
    conversation_id: int,
    user_id: int | None,
    actor: Actor,
    at: datetime,
    version: int | None = None,
    why: str = "",
) -> Conversation:
    """Gives the conversation to a person, or to nobody (None).

    From one person to another it is a handover: the log keeps what the first one spent on it.

    Raises:
        NotFoundError: there is no such conversation, or no such person who may answer.
        StaleError: somebody changed it since `version` was read.
    """
    conversation = lock(conversation_id, version=version)
    if conversation.assignee_id == user_id:
        return conversation
    before = conversation.assignee
    after = _agent(user_id) if user_id is not None else None
    conversation.assignee = after
    conversation.assigned_at = at if after is not None else None
    save(conversation, at=at)
    words = f"Given to {after}." if after is not None else "Given to nobody."
    if after is not None and actor.user_id == after.pk:
        words = f"{after} took it."
    event = note_event(
        conversation,
        "assigned",
        f"{words} {why}".strip(),
        actor=actor,
        at=at,
        detail={"from": before.pk if before else None, "to": user_id, "why": why},
    )
    if after is not None:
        _log_turn(conversation, before, after, event)
        AgentProfile.objects.update_or_create(user=after, defaults={"last_assigned_at": at})
        if actor.user_id is not None and actor.user_id != after.pk:
            told = f"{actor.name} gave you #{conversation.number} {conversation.subject}"
            tell(conversation, [after.pk], "assigned", told, at=at)
    audit(conversation, "assigned", actor=actor, at=at, summary=words)
    announce(conversation, Event.ASSIGNED, at=at)
    return conversation


def _agent(user_id: int) -> User:
    user = User.objects.filter(pk=user_id, is_active=True).exclude(role="").first()
    if user is None:
        raise NotFoundError(f"There is no person {user_id} who may answer.")
    return user


def _log_turn(
    conversation: Conversation, before: User | None, after: User, event: ConversationEvent
) -> None:
    properties: dict[str, object] = {"to": after.pk, "from": before.pk if before else None}
    if before is not None:
        spent = _seconds_of(conversation, before)
        properties |= {"seconds_before": spent, "cost_minor_before": cost_of(spent, before.pk)}
    log(
        conversation,
        "handed_over" if before is not None else "assigned",
        f"turn:{event.pk}",
        happened_at=event.at,
        at=event.at,
        doer="human" if event.user_id is not None else "automatic",
        properties=properties,
    )


def _seconds_of(conversation: Conversation, user: User) -> int:
    rows = Message.objects.filter(conversation=conversation, user=user)
    return rows.aggregate(spent=Sum("staff_seconds"))["spent"] or 0


@transaction.atomic
def assign_team(
    *,
    conversation_id: int,
    team_id: int | None,
    actor: Actor,
    at: datetime,
    version: int | None = None,
    why: str = "",
) -> Conversation:
    """Gives the conversation to a team, or to none (None).

    Raises:
        NotFoundError: there is no such conversation or team.
        StaleError: somebody changed it since `version` was read.
    """
    conversation = lock(conversation_id, version=version)
    if conversation.team_id == team_id:
        return conversation
    team = Team.objects.filter(pk=team_id or 0, is_active=True).first()
    if team_id is not None and team is None:
        raise NotFoundError(f"There is no team {team_id}. Add it in the settings.")
    conversation.team = team
    save(conversation, at=at)
    words = f"Given to the team {team.name}." if team is not None else "Given to no team."
    detail = {"to": team_id, "why": why}
    note_event(conversation, "team", f"{words} {why}".strip(), actor=actor, at=at, detail=detail)
    audit(conversation, "team_assigned", actor=actor, at=at, summary=words)
    return conversation


@transaction.atomic
def set_priority(
    *,
    conversation_id: int,
    priority: int,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> Conversation:
    """Says how pressing it is: 1 low to 4 urgent.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
        InboxError: there is no such priority.
    """
    conversation = lock(conversation_id, version=version)
    if priority not in Conversation.Priority.values:
        raise InboxError("A priority is 1 (low), 2 (normal), 3 (high) or 4 (urgent).")
    if conversation.priority == priority:
        return conversation
    was = conversation.priority
    conversation.priority = priority
    save(conversation, at=at)
    words = f"Priority {Conversation.Priority(priority).label.lower()}."
    note_event(conversation, "priority", words, actor=actor, at=at, detail={"was": was})
    audit(conversation, "priority_set", actor=actor, at=at, summary=words)
    return conversation


@transaction.atomic
def set_subject(
    *,
    conversation_id: int,
    subject: str,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> Conversation:
    """Names the matter anew.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
        InboxError: it is empty.
    """
    conversation = lock(conversation_id, version=version)
    text = clean_text(subject, field="subject", max_length=300)
    if not text:
        raise InboxError("Give the matter a subject.")
    if conversation.subject == text:
        return conversation
    was, conversation.subject = conversation.subject, text
    save(conversation, at=at)
    note_event(conversation, "subject", f"Now: {text}", actor=actor, at=at, detail={"was": was})
    audit(conversation, "subject_set", actor=actor, at=at, summary=text)
    return conversation


@transaction.atomic
def add_tag(
    *, conversation_id: int, tag: str, actor: Actor, at: datetime, version: int | None = None
) -> list[str]:
    """Puts one or more tags (by commas) on it; those that were not there.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
        InboxError: a tag is too long.
    """
    conversation = lock(conversation_id, version=version)
    there = set(conversation.tags.values_list("name", flat=True))
    added = [name for name in tag_names(tag) if name not in there]
    if not added:
        return []
    Tag.objects.bulk_create((Tag(name=name) for name in added), ignore_conflicts=True)
    conversation.tags.add(*Tag.objects.filter(name__in=added))
    save(conversation, at=at)
    words = f"Tagged {', '.join(added)}."
    note_event(conversation, "tagged", words, actor=actor, at=at, detail={"tags": added})
    audit(conversation, "tagged", actor=actor, at=at, summary=words)
    announce(conversation, Event.TAGGED, at=at)
    return added


@transaction.atomic
def remove_tag(
    *, conversation_id: int, tag: str, actor: Actor, at: datetime, version: int | None = None
) -> list[str]:
    """Takes tags (by commas) off it; those that were there.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
    """
    conversation = lock(conversation_id, version=version)
    there = set(conversation.tags.values_list("name", flat=True))
    removed = [name for name in tag_names(tag) if name in there]
    if not removed:
        return []
    conversation.tags.remove(*Tag.objects.filter(name__in=removed))
    save(conversation, at=at)
    words = f"No longer tagged {', '.join(removed)}."
    note_event(conversation, "untagged", words, actor=actor, at=at, detail={"tags": removed})
    audit(conversation, "untagged", actor=actor, at=at, summary=words)
    announce(conversation, Event.TAGGED, at=at)
    return removed


@transaction.atomic
def follow(*, conversation_id: int, user_id: int, actor: Actor, at: datetime) -> bool:
    """Lets a person hear of it; whether they did not before.

    Raises:
        NotFoundError: there is no such conversation or person.
    """
    conversation = lock(conversation_id)
    user = _agent(user_id)
    _row, made = Follower.objects.get_or_create(conversation=conversation, user=user)
    if made:
        note_event(conversation, "followed", f"{user} follows it.", actor=actor, at=at)
        audit(conversation, "followed", actor=actor, at=at, summary=str(user))
    return made


@transaction.atomic
def unfollow(*, conversation_id: int, user_id: int, actor: Actor, at: datetime) -> bool:
    """Lets a person hear no more of it; whether they did before.

    Raises:
        NotFoundError: there is no such conversation.
    """
    conversation = lock(conversation_id)
    gone, _rows = conversation.followers.filter(user_id=user_id).delete()
    if gone:
        audit(conversation, "unfollowed", actor=actor, at=at, summary=str(user_id))
    return bool(gone)


@transaction.atomic
def link(*, conversation_id: int, other_id: int, actor: Actor, at: datetime) -> bool:
    """Says that two conversations have to do with one another; whether that is new.

    Raises:
        NotFoundError: one of them is not there.
        InboxError: they are the same.
    """
    one, other = lock_pair(conversation_id, other_id)
    made = link_rows(one, other, at=at)
    if made:
        for here, there in ((one, other), (other, one)):
            note_event(here, "linked", f"Linked with #{there.number}.", actor=actor, at=at)
        audit(one, "linked", actor=actor, at=at, summary=f"#{one.number} with #{other.number}")
    return made


@transaction.atomic
def unlink(*, conversation_id: int, other_id: int, actor: Actor, at: datetime) -> bool:
    """Takes the link between two conversations away; whether there was one.

    Raises:
        NotFoundError: one of them is not there.
        InboxError: they are the same.
    """
    one, other = lock_pair(conversation_id, other_id)
    first, second = sorted((one.pk, other.pk))
    gone, _rows = ConversationLink.objects.filter(first_id=first, second_id=second).delete()
    if gone:
        audit(one, "unlinked", actor=actor, at=at, summary=f"#{one.number} from #{other.number}")
    return bool(gone)


def lock_pair(one_id: int, other_id: int) -> tuple[Conversation, Conversation]:
    """Both conversations, locked in the order of their numbers so that nobody waits in a ring.

    Raises:
        NotFoundError: one of them is not there.
        InboxError: they are the same.
    """
    if one_id == other_id:
        raise InboxError("This is the same conversation. Choose another one.")
    _one_pair_at_a_time()
    locked = {pk: lock(pk) for pk in sorted((one_id, other_id))}
    one, other = locked[one_id], locked[other_id]
    if one.pk == other.pk:
        raise InboxError("These two are one conversation already.")
    return one, other


def _one_pair_at_a_time() -> None:
    """Waits for others who join two: what was absorbed leads to its survivor, out of the order."""
    if connection.vendor == "postgresql":  # SQLite has one writer anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PAIRS])


@transaction.atomic
def set_customer(
    *,
    conversation_id: int,
    customer_id: int,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> Conversation:
    """Says whose matter it is; what was logged until now stays as it was.

    Raises:
        NotFoundError: there is no such conversation or customer.
        StaleError: somebody changed it since `version` was read.
    """
    conversation = lock(conversation_id, version=version)
    customer = get_customer(customer_id)
    if conversation.customer_id == customer.pk:
        return conversation
    was = conversation.customer_id
    conversation.customer = customer
    save(conversation, at=at)
    conversation.participants.filter(
        role=Participant.Role.REQUESTER, customer_id__in=[was] if was else []
    ).update(customer=customer)
    if not conversation.participants.filter(customer=customer).exists():
        Participant.objects.create(conversation=conversation, customer=customer, name=customer.name)
    words = f"A matter of {customer.name}."
    note_event(conversation, "customer", words, actor=actor, at=at, detail={"was": was})
    audit(conversation, "customer_set", actor=actor, at=at, summary=words)
    aftermath.customer_changed(conversation, at=at)
    return conversation


@transaction.atomic
def add_participant(
    *,
    conversation_id: int,
    actor: Actor,
    at: datetime,
    address: str = "",
    customer_id: int | None = None,
    name: str = "",
    asks: bool = False,
) -> Participant:
    """Brings somebody in: copied on answers, or as one who asks too (`asks`).

    Raises:
        NotFoundError: there is no such conversation or customer.
        InboxError: neither an address nor a customer is given.
    """
    conversation = lock(conversation_id)
    customer = get_customer(customer_id) if customer_id is not None else None
    found = clean_addresses([address])
    if not found and customer is None:
        raise InboxError("Give an e-mail address, or choose a customer.")
    role = Participant.Role.REQUESTER if asks else Participant.Role.COPIED
    shown = clean_text(name, field="name", max_length=200) or (customer.name if customer else "")
    rows = conversation.participants
    row = rows.filter(address=found[0]).first() if found else rows.filter(customer=customer).first()
    if row is None:
        row = Participant(conversation=conversation, address=found[0] if found else "")
    row.customer = customer or row.customer
    row.name = shown or row.name
    row.role = role
    row.save()
    save(conversation, at=at)
    words = f"{row} takes part."
    note_event(conversation, "participant", words, actor=actor, at=at)
    audit(conversation, "participant_added", actor=actor, at=at, summary=words)
    return row


@transaction.atomic
def remove_participant(
    *, conversation_id: int, participant_id: int, actor: Actor, at: datetime
) -> None:
    """Leaves somebody out from now on.

    Raises:
        NotFoundError: they take no part.
    """
    conversation = lock(conversation_id)
    row = conversation.participants.filter(pk=participant_id).first()
    if row is None:
        raise NotFoundError("They take no part in this conversation.")
    row.delete()
    save(conversation, at=at)
    note_event(conversation, "participant", f"{row} takes no more part.", actor=actor, at=at)
    audit(conversation, "participant_removed", actor=actor, at=at, summary=str(row))


@transaction.atomic
def book_minutes(
    *,
    conversation_id: int,
    seconds: int,
    actor: Actor,
    at: datetime,
    what: str = "",
) -> Conversation:
    """Books time that was spent on it beside answers: a look into the machine, a call with a shop.

    Raises:
        NotFoundError: there is no such conversation.
        InboxError: the time cannot be.
    """
    conversation = lock(conversation_id)
    if check_seconds(seconds) == 0:
        raise InboxError("Give the minutes that you spent.")
    cost = spend(conversation, seconds, actor.user_id)
    save(conversation, at=at)
    said = clean_text(what, field="what", max_length=200)
    words = f"{round(seconds / 60, 1):g} min booked{f': {said}' if said else ''}."
    event = note_event(conversation, "minutes", words, actor=actor, at=at, detail={"s": seconds})
    log(
        conversation,
        "spent",
        f"spent:{event.pk}",
        happened_at=at,
        at=at,
        staff_seconds=seconds,
        cost_minor=cost,
        properties={"what": said, "user": actor.user_id},
    )
    audit(conversation, "minutes_booked", actor=actor, at=at, summary=words)
    return conversation
