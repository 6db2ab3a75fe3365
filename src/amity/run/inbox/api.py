"""/inbox: conversations, what is said in them, and what is done with them."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, Instant, PageOf, Paging, Short, Strict, Yes, utc
from amity.kernel.rest.versions import expected_version, not_modified, put_etag
from amity.run.inbox.models import Channel, Conversation, Message
from amity.run.inbox.operations import conversations as operations
from amity.run.inbox.promise_api import router as promise_router
from amity.run.inbox.queries.conversation import conversation_numbered
from amity.run.inbox.queries.lists import matching, with_parts
from amity.run.inbox.rules.incoming import Incoming
from amity.run.inbox.rules.listing import Listing
from amity.run.inbox.rules.working import MAX_SECONDS, MAX_TEXT

router = Router(tags=["inbox"])
router.add_router("", promise_router)
VIEW, REPLY = ApiGuard("inbox.view"), ApiGuard("inbox.reply")
VERSIONED = {"x-versioned": True}
Text = Annotated[str, Field(max_length=MAX_TEXT)]
Seconds = Annotated[int, Field(ge=0, le=MAX_SECONDS)]
View = Literal[
    "queue", "mine", "unassigned", "team", "told", "snoozed", "waiting", "closed", "spam", "all"
]
Outcome = Literal[
    "resolved",
    "answered_elsewhere",
    "could_not_help",
    "no_answer_needed",
    "no_word_back",
    "duplicate",
    "spam",
]


class ConversationOut(Schema):
    """A conversation; times in UTC, money in minor units of the company's currency."""

    number: int
    subject: str
    preview: str
    status: str
    priority: int
    is_spam: bool
    channel: str
    customer_id: int | None
    assignee_id: int | None
    team: str | None
    tags: list[str]
    topic: str
    topic_origin: str = Field(description="Who said the topic: `person`, `model`, or nobody.")
    is_topic_unsure: bool
    topic_guess: str = Field(description="What the model was sure of, whatever a person said.")
    topic_confidence: float | None
    relationship_type: str
    segment_key: str
    policy_version: int | None
    opened_at: Instant
    last_message_at: Instant
    waiting_since: Instant | None
    first_responded_at: Instant | None
    snoozed_until: Instant | None
    due_at: Instant | None
    breached_at: Instant | None
    closed_at: Instant | None
    outcome: str
    outcome_reason: str
    message_count: int
    staff_seconds: int
    cost_minor: int
    urgency: float
    version: int

    @staticmethod
    def resolve_channel(row: Conversation) -> str:
        """The key of its channel."""
        return row.channel.key

    @staticmethod
    def resolve_team(row: Conversation) -> str | None:
        """The key of its team."""
        return row.team.key if row.team else None

    @staticmethod
    def resolve_tags(row: Conversation) -> list[str]:
        """The words put on it."""
        return [tag.name for tag in row.tags.all()]


class ConversationMessageOut(Schema):
    """One thing said; a note is among colleagues only."""

    id: int
    kind: str
    author_name: str
    author_address: str
    user_id: int | None
    customer_id: int | None
    text: str
    at: Instant
    is_automatic: bool
    is_verified: bool
    delivery: str
    staff_seconds: int


class ConversationFilter(Paging):
    """Which conversations, newest first."""

    view: View = "all"
    q: str = Field("", max_length=200, description="Words that were said, a name, or a number.")
    tag: str = Field("", max_length=50)
    topic: str = Field(
        "", max_length=100, description="Its name; `?`: those that the model was not sure of."
    )
    customer: int | None = Field(None, ge=1, le=2**53)
    assignee: int | None = Field(None, ge=1, le=2**53)


class ConversationIn(Strict):
    """What a customer said by a way in that calls this API; (source, source_id) is stored once."""

    channel: str = Field(max_length=50, description="The key of a channel.")
    source: str = Field(min_length=1, max_length=50)
    source_id: str = Field(min_length=1, max_length=255)
    text: Text = Field(min_length=1)
    subject: Short = ""
    sender_address: str = Field("", max_length=320, description="E-mail or phone of the customer.")
    sender_name: str = Field("", max_length=200)
    customer_id: Id | None = None
    number: Id | None = Field(None, description="The conversation that it continues.")
    happened_at: Instant | None = None


class ConversationReceivedOut(Schema):
    """Where a message was stored, and whether it and its conversation are new."""

    number: int
    message_id: int
    is_new_message: bool
    is_new_conversation: bool


class ConversationReplyIn(Strict):
    """An answer or a note."""

    kind: Literal["reply", "note"] = "reply"
    text: Text = Field(min_length=1)
    cc: list[Annotated[str, Field(max_length=320)]] = Field(default_factory=list, max_length=50)
    staff_seconds: Seconds = 0
    then: Literal["wait", "open", "close"] = "wait"


class ConversationPatch(Strict):
    """What is to change; what is left out stays."""

    subject: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    assignee_id: Id | None = Field(None, description="The person it is given to.")
    unassign: Yes = False
    topic: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="What it is about, by name; empty: none of the topics."
    )
    follow_topic_guess: Yes = Field(
        False, description="Takes back what a person said: the model's word holds, if it was sure."
    )
    add_tags: list[Annotated[str, Field(max_length=50)]] = Field(
        default_factory=list, max_length=50
    )
    remove_tags: list[Annotated[str, Field(max_length=50)]] = Field(
        default_factory=list, max_length=50
    )


class ConversationCloseIn(Strict):
    """How a matter ended."""

    outcome: Outcome = "resolved"
    reason: Short = ""


class ConversationSnoozeIn(Strict):
    """Until when it is put aside."""

    until: Instant


class ConversationMergeIn(Strict):
    """The conversation that is taken in."""

    number: Id


@router.get("/conversations", auth=VIEW, response=PageOf[ConversationOut])
def list_conversations(
    request: HttpRequest, wanted: Query[ConversationFilter]
) -> Page[Conversation]:
    """Conversations, the newest first, page by page."""
    listing = Listing(
        view=wanted.view,
        q=wanted.q,
        tag=wanted.tag,
        topic=wanted.topic,
        customer=str(wanted.customer or ""),
        assignee=str(wanted.assignee or ""),
    )
    rows = matching(listing, user_id=actor_of(request).user_id)
    return page(with_parts(rows), order="-id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/conversations", auth=REPLY, response={201: ConversationReceivedOut})
def receive_message(request: HttpRequest, given: ConversationIn) -> ConversationReceivedOut:
    """Stores what a customer said, in its conversation or a new one."""
    channel = Channel.objects.filter(key=given.channel, is_active=True).first()
    if channel is None:
        raise NotFoundError(f"There is no channel {given.channel[:50]}.")
    at = now()
    happened = utc(given.happened_at, "happened_at") if given.happened_at else at
    conversation_id = conversation_numbered(given.number).pk if given.number else None
    received = operations.receive(
        channel=channel,
        incoming=Incoming(
            text=given.text,
            happened_at=min(happened, at),
            source=f"api:{given.source}"[:50],
            source_id=given.source_id,
            sender_address=given.sender_address,
            sender_name=given.sender_name,
            customer_id=given.customer_id,
            subject=given.subject,
            conversation_id=conversation_id,
        ),
        at=at,
        actor=actor_of(request),
    )
    return ConversationReceivedOut(
        number=received.conversation.number,
        message_id=received.message.pk,
        is_new_message=received.is_new_message,
        is_new_conversation=received.is_new_conversation,
    )


@router.get("/conversations/{number}", auth=VIEW, response=ConversationOut)
def get_conversation(
    request: HttpRequest, number: Id, response: HttpResponse
) -> Conversation | HttpResponse:
    """One conversation; the survivor where it was merged."""
    row = _found(number)
    unchanged = not_modified(request, row.version)
    if unchanged is not None:
        return unchanged
    put_etag(response, row.version)
    return row


@router.patch(
    "/conversations/{number}", auth=REPLY, response=ConversationOut, openapi_extra=VERSIONED
)
def change_conversation(
    request: HttpRequest, number: Id, given: ConversationPatch, response: HttpResponse
) -> Conversation:
    """Changes subject, priority, person, topic or tags."""
    row = _found(number)
    _change(row.pk, given, expected_version(request), request)
    row = _found(number)
    put_etag(response, row.version)
    return row


def _change(pk: int, given: ConversationPatch, version: int | None, request: HttpRequest) -> None:
    actor, at = actor_of(request), now()
    operations.check_version(conversation_id=pk, version=version)
    if given.subject is not None:
        operations.set_subject(conversation_id=pk, subject=given.subject, actor=actor, at=at)
    if given.priority is not None:
        operations.set_priority(conversation_id=pk, priority=given.priority, actor=actor, at=at)
    if given.unassign or given.assignee_id is not None:
        user_id = None if given.unassign else given.assignee_id
        operations.assign(conversation_id=pk, user_id=user_id, actor=actor, at=at)
    if given.follow_topic_guess:
        operations.follow_guess(conversation_id=pk, actor=actor, at=at)
    elif given.topic is not None:
        operations.set_topic(conversation_id=pk, topic=given.topic, actor=actor, at=at)
    if given.add_tags:
        operations.add_tag(conversation_id=pk, tag=",".join(given.add_tags), actor=actor, at=at)
    if given.remove_tags:
        tags = ",".join(given.remove_tags)
        operations.remove_tag(conversation_id=pk, tag=tags, actor=actor, at=at)


@router.get("/conversations/{number}/messages", auth=VIEW, response=PageOf[ConversationMessageOut])
def list_conversation_messages(
    request: HttpRequest, number: Id, wanted: Query[Paging]
) -> Page[Message]:
    """What was said, oldest first; notes among colleagues are with it."""
    rows = Message.objects.filter(conversation=_found(number))
    return page(rows, order="id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/conversations/{number}/messages", auth=REPLY, response={201: ConversationMessageOut})
def say(request: HttpRequest, number: Id, given: ConversationReplyIn) -> Message:
    """Answers the customer, or leaves a note."""
    actor, at, pk = actor_of(request), now(), _found(number).pk
    if given.kind == "note":
        return operations.add_note(
            conversation_id=pk,
            actor=actor,
            text=given.text,
            at=at,
            staff_seconds=given.staff_seconds,
        )
    return operations.reply(
        conversation_id=pk,
        actor=actor,
        text=given.text,
        at=at,
        cc=tuple(given.cc),
        staff_seconds=given.staff_seconds,
        close=given.then == "close",
        keep_open=given.then == "open",
    )


@router.post("/conversations/{number}/closure", auth=REPLY, response=ConversationOut)
def close_conversation(
    request: HttpRequest, number: Id, given: ConversationCloseIn
) -> Conversation:
    """Ends the matter."""
    operations.close(
        conversation_id=_found(number).pk,
        actor=actor_of(request),
        at=now(),
        outcome=given.outcome,
        reason=given.reason,
    )
    return _found(number)


@router.post("/conversations/{number}/opening", auth=REPLY, response=ConversationOut)
def reopen_conversation(request: HttpRequest, number: Id) -> Conversation:
    """Opens it again."""
    operations.reopen(conversation_id=_found(number).pk, actor=actor_of(request), at=now())
    return _found(number)


@router.post("/conversations/{number}/snooze", auth=REPLY, response=ConversationOut)
def snooze_conversation(
    request: HttpRequest, number: Id, given: ConversationSnoozeIn
) -> Conversation:
    """Puts it aside until an instant, or until the customer writes."""
    operations.snooze(
        conversation_id=_found(number).pk,
        actor=actor_of(request),
        until=utc(given.until, "until"),
        at=now(),
    )
    return _found(number)


@router.post("/conversations/{number}/merge", auth=REPLY, response=ConversationOut)
def merge_conversation(
    request: HttpRequest, number: Id, given: ConversationMergeIn
) -> Conversation:
    """Takes another conversation into this one."""
    operations.merge(
        survivor_id=_found(number).pk,
        absorbed_id=conversation_numbered(given.number).pk,
        actor=actor_of(request),
        at=now(),
    )
    return _found(number)


def _found(number: int) -> Conversation:
    row = conversation_numbered(number)
    return conversation_numbered(row.merged_into.number) if row.merged_into else row
