"""What a tracking message says. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from amity.base.results import AmityError
from amity.base.text import clean_text, has_nul

TYPES = ("identify", "track", "page", "screen", "group", "alias")
MAX_MESSAGE = 32_768  # bytes, as Segment has it
SKEW = timedelta(seconds=5)  # less is the way of the network, not a wrong clock
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
CONTEXT_KEPT = ("page", "campaign", "locale", "timezone", "userAgent", "library", "app", "screen")


class MessageError(AmityError):
    """A message that says nothing that can be kept."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, checked. `message_id` is unique for ever; texts fit the log."""

    type: str
    message_id: str
    user_id: str
    anonymous_id: str
    group_id: str
    previous_id: str
    subject: str
    happened_at: datetime
    traits: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


def read_message(
    raw: object, *, kind: str | None, sent_at: object, received_at: datetime
) -> Message:
    """The message in `raw`; `kind` is the type that the address says, for single messages.

    Raises:
        MessageError: it is no object, has no type, no messageId or nobody who did it.
        UnsafeTextError: a text is broken or too long.
    """
    if not isinstance(raw, dict):
        raise MessageError("A message is a JSON object.")
    if len(json.dumps(raw)) > MAX_MESSAGE:
        raise MessageError(f"A message has at most {MAX_MESSAGE} bytes.")
    if has_nul(raw):
        raise MessageError("A message has no NUL characters.")
    found = kind or raw.get("type")
    if found not in TYPES:
        raise MessageError(f"A message has a type of {', '.join(TYPES)}.")
    message = Message(
        type=found,
        message_id=_message_id(raw.get("messageId")),
        user_id=_id(raw.get("userId"), "userId"),
        anonymous_id=_id(raw.get("anonymousId"), "anonymousId"),
        group_id=_id(raw.get("groupId"), "groupId"),
        previous_id=_id(raw.get("previousId"), "previousId"),
        subject=_subject(found, raw),
        happened_at=_happened_at(raw, sent_at=sent_at, received_at=received_at),
        traits=_mapping(raw.get("traits")),
        properties=_kept(raw),
    )
    _check_who(message)
    return message


def _check_who(message: Message) -> None:
    if not message.user_id and not message.anonymous_id:
        raise MessageError("A message needs a userId or an anonymousId.")
    if message.type == "group" and not message.group_id:
        raise MessageError("A group message needs a groupId.")
    if message.type == "alias" and not (message.previous_id and message.user_id):
        raise MessageError("An alias message needs a previousId and a userId.")


def _message_id(value: object) -> str:
    text = _id(value, "messageId", limit=10_000)
    if not text:
        raise MessageError("A message needs a messageId, so that it is stored once.")
    return text if len(text) <= 200 else sha256(text.encode()).hexdigest()


def _id(value: object, name: str, limit: int = 255) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise MessageError(f"{name} is a text.")
    return clean_text(str(value), field=name, max_length=limit)


def _subject(found: str, raw: Mapping[str, Any]) -> str:
    value = raw.get("event") if found == "track" else raw.get("name")
    if found == "track" and not value:
        raise MessageError("A track message needs an event.")
    if found == "page" and not value:
        value = _mapping(raw.get("properties")).get("path")
    text = clean_text(str(value or ""), field="event", max_length=10_000)
    return text[:300]


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _kept(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What the log keeps: properties or traits, and the telling parts of the context."""
    context = _mapping(raw.get("context"))
    kept: dict[str, Any] = {
        name: value for name in ("properties", "traits") if (value := _mapping(raw.get(name)))
    }
    told = {name: context[name] for name in CONTEXT_KEPT if context.get(name)}
    if told:
        kept["context"] = told
    for name in ("userId", "anonymousId", "groupId", "previousId", "category"):
        if raw.get(name):
            kept[name] = raw[name]
    return kept


def _happened_at(raw: Mapping[str, Any], *, sent_at: object, received_at: datetime) -> datetime:
    """When it happened by our clock: what the sender's clock is off is taken out (sentAt)."""
    given = _instant(raw.get("originalTimestamp")) or _instant(raw.get("timestamp"))
    if given is None:
        return received_at
    sent = _instant(raw.get("sentAt")) or _instant(sent_at)
    if sent is not None and abs(received_at - sent) > SKEW:
        try:
            given += received_at - sent
        except OverflowError:
            return received_at
    return min(max(given, OLDEST), received_at)


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
