"""What a visitor of the chat may read: the channel, and their own conversation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from amity.base.results import NotFoundError
from amity.kernel.access.models import User
from amity.kernel.access.queries import absent_user_ids
from amity.kernel.calendars.rules import CalendarError, is_open, next_opening
from amity.kernel.policy.promises import promise_for
from amity.run.inbox.models import (
    AgentProfile,
    Attachment,
    Channel,
    ChatSession,
    Conversation,
    ConversationMerge,
    InboxSettings,
    Message,
    Presence,
)
from amity.run.inbox.queries.calendars import Calendars
from amity.run.inbox.queries.routing import may_work
from amity.run.inbox.rules.chat import UsualWait, chat_settings, usual_wait
from amity.run.inbox.rules.promised import promised_of

SOURCE = "chat"
LOOKED_BACK = timedelta(days=28)
SHOWN = 200  # messages
WRITING = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Desk:
    """Whether somebody answers now; where not, when the hours begin again (None: not known)."""

    is_open: bool
    opens_at: datetime | None


@dataclass(frozen=True, slots=True)
class FirstHelp:
    """The help that a customer was promised before a person's."""

    text: str
    url: str
    is_person_reachable: bool


def chat_channel(key: str) -> Channel:
    """The chat in use with this key.

    Raises:
        NotFoundError: there is none.
    """
    found = Channel.objects.filter(key=key, kind=Channel.Kind.CHAT, is_active=True).first()
    if found is None:
        raise NotFoundError(_("There is no such chat."))
    return found


def chat_channels() -> list[Channel]:
    """All chats, those in use first."""
    rows = Channel.objects.filter(kind=Channel.Kind.CHAT)
    return list(rows.order_by("-is_active", "name", "pk"))


def chat_channel_of(session: ChatSession) -> Channel:
    """The chat of a session."""
    return session.channel


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def session_of(channel: Channel, token: str) -> ChatSession | None:
    """The session that shows this token in this channel, with its conversation."""
    rows = ChatSession.objects.select_related("conversation__merged_into", "customer", "channel")
    return rows.filter(token_digest=digest_of(token), channel=channel).first() if token else None


def desk_of(channel: Channel, at: datetime) -> Desk:
    """Whether the hours run and somebody is there."""
    calendar = Calendars().get(chat_settings(channel.settings).calendar_key)
    if not is_open(calendar, at):
        try:
            return Desk(False, next_opening(calendar, at))
        except CalendarError:  # it never opens
            return Desk(False, None)
    return Desk(_is_somebody_there(at), None)


def _is_somebody_there(at: datetime) -> bool:
    away = absent_user_ids(at)
    resting = AgentProfile.objects.filter(is_available=False).values("user_id")
    staff = User.objects.filter(is_active=True, role__in=may_work()).exclude(pk__in=resting)
    return staff.exclude(pk__in=away).exists()


def usual_wait_of(channel: Channel, at: datetime) -> UsualWait:
    """What the first answer took in the last four weeks' hours, for up to 200 conversations.

    One that was not answered for an hour counts as never.
    """
    calendar = Calendars().get(chat_settings(channel.settings).calendar_key)
    rows = Conversation.objects.filter(
        channel=channel, is_spam=False, opened_at__gt=at - LOOKED_BACK, opened_at__lte=at
    )
    pairs = rows.order_by("-opened_at").values_list("opened_at", "first_responded_at")[:200]
    return usual_wait(
        [
            (answered - opened).total_seconds() if answered else None
            for opened, answered in pairs
            if is_open(calendar, opened) and (answered or at - opened > timedelta(hours=1))
        ]
    )


def first_help_for(session: ChatSession | None) -> FirstHelp | None:
    """The self-service that comes first for this visitor; None where a person does."""
    if session is None or session.customer_id is None or not session.is_verified:
        return None
    choices = InboxSettings.objects.order_by("pk").first()
    if choices is None or not (choices.self_service_url or choices.self_service_text):
        return None
    promised = promised_of(promise_for(session.customer_id), can_help_itself=True)
    if not promised.is_self_service_first:
        return None
    return FirstHelp(
        choices.self_service_text, choices.self_service_url, promised.is_human_reachable
    )


def visible_messages(session: ChatSession, *, after: int = 0) -> list[Message]:
    """What this visitor may see: their own words and our answers to them, oldest first.

    Never notes, events or drafts, and of a conversation that was merged into somebody else's only
    what was theirs before.
    """
    if session.conversation is None:
        return []
    rows = _of_conversation(session, session.conversation).filter(_own(session) | _ours())
    files = Attachment.objects.select_related("file").defer("file__content").order_by("pk")
    newest = rows.filter(pk__gt=after).prefetch_related(Prefetch("attachments", files))
    return list(newest.order_by("-pk")[:SHOWN])[::-1]


def _of_conversation(session: ChatSession, own: Conversation) -> QuerySet[Message]:
    survivor = own
    while survivor.merged_into is not None:
        survivor = survivor.merged_into
    rows = Message.objects.filter(conversation=survivor)
    if survivor.pk == own.pk or (
        session.is_verified and session.customer_id and survivor.customer_id == session.customer_id
    ):
        return rows
    merge = ConversationMerge.objects.filter(absorbed=own, undone_at=None).first()
    return rows.filter(pk__in=merge.before["messages"] if merge is not None else [])


def _own(session: ChatSession) -> Q:
    own = Q(source=SOURCE, source_id__startswith=f"{session.pk}:")
    if session.is_verified and session.customer_id:
        own |= Q(source=SOURCE, customer_id=session.customer_id, is_verified=True)
    return Q(kind=Message.Kind.INCOMING) & own


def _ours() -> Q:
    gone = (Message.Delivery.NONE, Message.Delivery.SENT)
    return Q(kind=Message.Kind.REPLY, channel__kind=Channel.Kind.CHAT, delivery__in=gone)


def conversation_of(session: ChatSession) -> Conversation | None:
    """The conversation as it is now: where it was merged, the one that goes on."""
    found = session.conversation
    while found is not None and found.merged_into is not None:
        found = found.merged_into
    return found


def earlier_conversation(channel: Channel, customer_id: int) -> Conversation | None:
    """The open conversation that the same proven customer began on another device."""
    rows = ChatSession.objects.filter(
        channel=channel,
        customer_id=customer_id,
        is_verified=True,
        conversation__merged_into=None,
        conversation__customer_id=customer_id,
    ).exclude(conversation__status=Conversation.Status.CLOSED)
    row = rows.select_related("conversation").order_by("-begun_at", "-pk").first()
    return row.conversation if row is not None else None


def who_writes(conversation_id: int, at: datetime) -> bool:
    """Whether one of us writes an answer now."""
    rows = Presence.objects.filter(conversation=conversation_id, is_writing=True)
    return rows.filter(seen_at__gt=at - WRITING).exists()
