"""What recognizes mails: keys of reply tokens, our own addresses, digests of contents."""

import hashlib

from amity.kernel.messaging.sealing import derived_key
from amity.run.inbox.models import Channel
from amity.run.inbox.rules.mail import ParsedMail
from amity.run.inbox.rules.mail.tokens import base_address, conversation_of, with_token


def token_key() -> bytes:
    """The key of reply tokens."""
    return derived_key("inbox.reply")


def mail_channels() -> list[Channel]:
    """The mailboxes in use."""
    return list(Channel.objects.filter(kind=Channel.Kind.MAIL, is_active=True).order_by("pk"))


def own_addresses(channels: list[Channel]) -> frozenset[str]:
    """Their addresses, in lower case."""
    return frozenset(channel.address.lower() for channel in channels if channel.address)


def is_own(address: str, own: frozenset[str]) -> bool:
    """Whether it is an address of ours, with or without a token."""
    return address.lower() in own or base_address(address) in own


def reply_address(channel: Channel, conversation_id: int) -> str:
    """The address that brings an answer back to its conversation."""
    return with_token(channel.address, conversation_id, key=token_key())


def named_conversation(addresses: list[str], own: frozenset[str]) -> int | None:
    """The conversation that a token among these addresses names."""
    key = token_key()
    found = (conversation_of(address, own=own, key=key) for address in addresses)
    return next((number for number in found if number is not None), None)


def content_key(mail: ParsedMail) -> str:
    """The same for copies of one mail that came different ways, and for no other."""
    if not mail.message_id:
        return mail.digest
    digest = hashlib.sha256()
    parts = [mail.message_id, mail.sender.email, mail.subject, mail.text, mail.quoted, mail.html]
    for text in parts:
        digest.update(text.encode("utf-8", "replace") + b"\0")
    for file in mail.files:
        digest.update(file.name.encode("utf-8", "replace") + b"\0" + file.data + b"\0")
    return digest.hexdigest()


def subject_key(mail: ParsedMail) -> str:
    """The same for mails that say the same, whoever sent them."""
    said = " ".join(f"{mail.subject} {mail.text[:500]}".lower().split())
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
