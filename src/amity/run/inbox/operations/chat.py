"""Chats: a browser gets a session, says who it is, and writes."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from amity.base.ids import slug
from amity.base.results import AmityError, ConflictError
from amity.base.text import clean_text
from amity.base.vocabulary import RelationshipType
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.operations import NewIdentity, ensure_customer
from amity.kernel.customers.rules import EMAIL, EXTERNAL
from amity.kernel.messaging.sealing import derived_key, seal, unseal
from amity.run.inbox.models import Channel, ChatSession, Message
from amity.run.inbox.operations import routing
from amity.run.inbox.operations.change import lock
from amity.run.inbox.operations.receiving import receive
from amity.run.inbox.queries.chat import (
    SOURCE,
    conversation_of,
    desk_of,
    digest_of,
    earlier_conversation,
)
from amity.run.inbox.rules.chat import (
    CLIENT_ID,
    ChatSettings,
    Claim,
    chat_settings,
    clean_email,
    is_signed,
)
from amity.run.inbox.rules.incoming import Incoming, IncomingFile
from amity.run.inbox.rules.working import InboxError

HOUR = timedelta(hours=1)
SESSIONS_AN_HOUR = 60  # of one network address
CONVERSATIONS_AN_HOUR = 20  # of one network address
CONVERSATIONS_OF_EMAIL = 3  # an hour, for an address that nobody has proven
MESSAGES_AN_HOUR = 60  # of one session
LONGEST = 5000  # characters
FILES = 3  # of a message
FILE_BYTES = 5 * 1024 * 1024


class TooMuchError(AmityError):
    """More than a visitor may do in an hour."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a visitor writes; `number` is made by the browser, so that it is stored once."""

    text: str
    number: str
    email: str = ""
    name: str = ""
    files: tuple[IncomingFile, ...] = ()
    wants_person: bool = False
    language: str = ""


def digest_of_address(address: str) -> str:
    """A network address as it is kept: it says whether two are the same, and no more."""
    return hmac.new(derived_key("inbox.chat.address"), address.encode(), sha256).hexdigest()


@transaction.atomic
def open_session(
    *, channel: Channel, claim: Claim, address: str, at: datetime
) -> tuple[ChatSession, str]:
    """A new session and the token that it is shown by; a claim that is not signed is nobody's.

    Raises:
        TooMuchError: too many came from this network address within the hour.
    """
    digest = digest_of_address(address)
    recent = ChatSession.objects.filter(address_digest=digest, created_at__gt=at - HOUR)
    if recent.count() >= SESSIONS_AN_HOUR:
        raise TooMuchError(_("Too many chats were opened from here. Try again in an hour."))
    token = secrets.token_urlsafe(32)
    session = ChatSession(
        channel=channel,
        token_digest=digest_of(token),
        address_digest=digest,
        name=clean_text(claim.name[:200], field="name", max_length=200),
        created_at=at,
        seen_at=at,
    )
    if is_signed(claim, secret_of(channel)):
        _know(session, claim, at)
    session.save()
    return session, token


def _know(session: ChatSession, claim: Claim, at: datetime) -> None:
    """Makes it the session of the customer whom the site has signed for."""
    kind, value = (EXTERNAL, claim.user_id) if claim.user_id else (EMAIL, claim.email)
    customer, _made = ensure_customer(
        identity=NewIdentity(kind, value, verified_at=at), name=claim.name, at=at
    )
    session.customer = customer.merged_into or customer
    session.is_verified = True
    session.email = clean_email(claim.email) if claim.email else ""
    session.conversation = earlier_conversation(session.channel, session.customer.pk)
    session.begun_at = at if session.conversation is not None else None


def secret_of(channel: Channel) -> str:
    """The secret that the site's server signs with; empty where there is none."""
    sealed = chat_settings(channel.settings).secret
    return unseal(sealed) if sealed else ""


@transaction.atomic
def say(*, session_id: int, said: Said, at: datetime) -> Message:
    """Takes a message of a visitor in, once; it begins the conversation, or goes on in it.

    Raises:
        InboxError: it says nothing, is too long, its files are too large, or nobody is there and
            an e-mail address is missing.
        TooMuchError: the session, network address or e-mail address wrote enough for this hour.
    """
    rows = ChatSession.objects.select_for_update(of=("self",)).select_related("channel")
    session = rows.get(pk=session_id)
    _check(said)
    source_id = f"{session.pk}:{said.number}"
    known = Message.objects.filter(source=SOURCE, source_id=source_id).first()
    if known is not None:
        return known
    _introduce(session, said)
    going_on = conversation_of(session)
    if not session.email and not desk_of(session.channel, at).is_open:
        raise InboxError(_("Nobody is here right now. Leave your e-mail address for the answer."))
    _check_pace(session, is_new=going_on is None, at=at)
    received = receive(
        channel=session.channel,
        incoming=Incoming(
            text=said.text,
            happened_at=at,
            source=SOURCE,
            source_id=source_id,
            sender_address=session.email,
            sender_name=session.name,
            customer_id=session.customer_id if session.is_verified else None,
            is_verified=session.is_verified,
            conversation_id=going_on.pk if going_on is not None else None,
            attachments=said.files,
            language=said.language,
        ),
        at=at,
    )
    if going_on is None or received.is_new_conversation:
        session.begun_at = at
    if going_on is None or received.conversation.pk != going_on.pk:
        session.conversation = received.conversation
    session.seen_at = at
    session.save()
    if said.wants_person:
        _want_person(received.conversation.pk, at)
    return received.message


def _want_person(conversation_id: int, at: datetime) -> None:
    conversation = lock(conversation_id)
    if conversation.relationship_type == RelationshipType.SELF_SERVICE:
        routing.human_asked(conversation, at=at, why="The customer asked for a person.")


def _check(said: Said) -> None:
    if not said.text.strip() and not said.files:
        raise InboxError(_("Write something first."))
    if len(said.text) > LONGEST:
        raise InboxError(_("A message has at most %s characters.") % LONGEST)
    if not CLIENT_ID.fullmatch(said.number):
        raise InboxError(_("The message has no number. Load the page again."))
    if len(said.files) > FILES or any(len(one.data) > FILE_BYTES for one in said.files):
        raise InboxError(
            _("At most %(count)s files, each of %(size)s MB.")
            % {"count": FILES, "size": FILE_BYTES // 1024 // 1024}
        )


def _introduce(session: ChatSession, said: Said) -> None:
    """What the visitor says about themselves; it proves nothing."""
    if said.email and not (session.is_verified and session.email):
        session.email = clean_email(said.email)
    if said.name and not session.is_verified:
        session.name = clean_text(said.name[:200], field="name", max_length=200)


def _check_pace(session: ChatSession, *, is_new: bool, at: datetime) -> None:
    since = at - HOUR
    own = Message.objects.filter(
        source=SOURCE, conversation=session.conversation_id, created_at__gt=since
    )
    if not is_new and own.count() >= MESSAGES_AN_HOUR:
        raise TooMuchError(_("That is a lot for one hour. Wait a little, or write a mail."))
    if not is_new:
        return
    begun = ChatSession.objects.filter(begun_at__gt=since)
    if begun.filter(address_digest=session.address_digest).count() >= CONVERSATIONS_AN_HOUR:
        raise TooMuchError(_("Too many chats were begun from here. Try again in an hour."))
    if session.is_verified or not session.email:
        return
    if begun.filter(email=session.email).count() >= CONVERSATIONS_OF_EMAIL:
        raise TooMuchError(_("This address has begun enough chats. Try again in an hour."))


def be_seen(session: ChatSession, *, message_id: int, at: datetime) -> None:
    """Notes that the browser is there, and what it has fetched; a row is written once a minute."""
    values: dict[str, object] = {}
    if message_id > session.seen_message_id:
        values["seen_message_id"] = message_id
    if at - session.seen_at > timedelta(minutes=1):
        values["seen_at"] = at
    if values:
        ChatSession.objects.filter(pk=session.pk).update(**values)


@transaction.atomic
def leave_address(*, session_id: int, email: str) -> None:
    """Where answers go when the visitor has left; a proven address stays.

    Raises:
        InboxError: it is no address.
    """
    session = ChatSession.objects.select_for_update(of=("self",)).get(pk=session_id)
    if session.is_verified and session.email:
        return
    session.email = clean_email(email)
    session.save(update_fields=["email"])


@transaction.atomic
def save_chat(
    *,
    channel_id: int | None,
    name: str,
    settings: ChatSettings,
    is_active: bool,
    actor: Actor,
    at: datetime,
) -> Channel:
    """Makes a chat, or changes one; the secret stays as it is.

    Raises:
        ConflictError: another channel has this name's key.
    """
    if channel_id is None:
        key = slug(name) or "chat"
        if Channel.objects.filter(key=key).exists():
            raise ConflictError(f"There is a channel {key} already. Choose another name.")
        channel = Channel(key=key, kind=Channel.Kind.CHAT, touchpoint_key="chat", created_at=at)
    else:
        channel = Channel.objects.select_for_update().get(pk=channel_id)
    channel.name = clean_text(name, field="name", max_length=100)
    channel.is_active = is_active
    channel.settings = {
        **channel.settings,
        "origins": list(settings.origins),
        "accent": settings.accent,
        "greeting": settings.greeting,
        "calendar_key": settings.calendar_key,
    }
    channel.save()
    action = "inbox.chat_made" if channel_id is None else "inbox.chat_changed"
    _audit(channel, action, actor, at)
    return channel


@transaction.atomic
def renew_secret(*, channel_id: int, actor: Actor, at: datetime) -> str:
    """A new secret, to be shown once; what was signed with the old one proves nothing any more."""
    channel = Channel.objects.select_for_update().get(pk=channel_id)
    secret = secrets.token_urlsafe(32)
    channel.settings = {**channel.settings, "secret": seal(secret)}
    channel.save(update_fields=["settings"])
    _audit(channel, "inbox.chat_secret_renewed", actor, at)
    return secret


def _audit(channel: Channel, action: str, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_type="channel",
        object_id=channel.pk,
        at=at,
        summary=channel.name,
    )
