"""How a mailbox is reached and how it answers: the checked form of a mail channel's settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from amity.run.inbox.rules.working import InboxError

Security = Literal["tls", "starttls", "none"]
Login = Literal["password", "xoauth2"]
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,39}")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
PORTS: Mapping[Security, int] = {"tls": 993, "starttls": 143, "none": 143}
ACKNOWLEDGMENT = (
    "Thank you for your message. We have it, and a person will answer you.\n\n"
    "This mail was sent by a machine."
)


class MailboxError(InboxError):
    """A mailbox that is not set up as it must be, or that does not answer."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The settings of a mail channel.

    `secret` is `env:NAME` or `sealed:…`, never the password itself; where a `token_url` is named,
    it is the refresh token. `client_secret` is sealed or empty. `trusted_hosts` are the operator's
    own mail servers, whose finding on a sender's authenticity is believed.
    """

    from_name: str = ""
    host: str = ""
    port: int = 993
    security: Security = "tls"
    login: Login = "password"
    user: str = ""
    secret: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret: str = ""
    scope: str = ""
    folder: str = "INBOX"
    move_to: str = ""
    trusted_hosts: tuple[str, ...] = ()
    has_plus_addresses: bool = True
    acknowledges: bool = False
    acknowledgment: str = ACKNOWLEDGMENT

    @property
    def is_fetched(self) -> bool:
        """Whether mails are fetched from a server; else they are delivered to us."""
        return bool(self.host)


def mailbox_of(settings: Mapping[str, Any]) -> Mailbox:
    """The stored settings; what is missing has its default."""
    default = Mailbox()
    return Mailbox(
        from_name=str(settings.get("from_name", "")),
        host=str(settings.get("host", "")),
        port=int(settings.get("port", default.port)),
        security=cast("Security", settings.get("security", default.security)),
        login=cast("Login", settings.get("login", default.login)),
        user=str(settings.get("user", "")),
        secret=str(settings.get("secret", "")),
        token_url=str(settings.get("token_url", "")),
        client_id=str(settings.get("client_id", "")),
        client_secret=str(settings.get("client_secret", "")),
        scope=str(settings.get("scope", "")),
        folder=str(settings.get("folder", "")) or default.folder,
        move_to=str(settings.get("move_to", "")),
        trusted_hosts=tuple(settings.get("trusted_hosts", ())),
        has_plus_addresses=bool(settings.get("has_plus_addresses", True)),
        acknowledges=bool(settings.get("acknowledges", False)),
        acknowledgment=str(settings.get("acknowledgment", "")) or default.acknowledgment,
    )


def check_mailbox(mailbox: Mailbox, *, allowed: frozenset[str]) -> Mailbox:
    """The settings as they are, where they can be.

    `allowed` holds the `host:port` pairs that the operator opened.

    Raises:
        MailboxError: a field cannot be; the message names it and says what to do.
    """
    if not mailbox.is_fetched:
        return mailbox
    if not HOST.fullmatch(mailbox.host):
        raise MailboxError("The server is a host name such as imap.example.com, without a port.")
    if not 1 <= mailbox.port <= 65535:
        raise MailboxError("A port lies between 1 and 65535; 993 is usual.")
    if not mailbox.user:
        raise MailboxError("The mailbox needs a user name. Usually it is the e-mail address.")
    if mailbox.secret.startswith("env:") and not VARIABLE.fullmatch(mailbox.secret[4:]):
        raise MailboxError(
            "The name of a variable has capital letters, digits and _, as in SUPPORT_MAIL_PASSWORD."
        )
    if mailbox.security == "none" and f"{mailbox.host}:{mailbox.port}" not in allowed:
        raise MailboxError(
            "Without encryption the password can be read on its way. If the server stands in your "
            f"own network, add {mailbox.host}:{mailbox.port} to AMITY_OUTBOUND_ALLOW."
        )
    _check_oauth(mailbox, allowed)
    for folder in (mailbox.folder, mailbox.move_to):
        if len(folder) > 200 or any(ord(character) < 32 for character in folder):
            raise MailboxError("The name of a folder is one line of at most 200 characters.")
    return mailbox


def _check_oauth(mailbox: Mailbox, allowed: frozenset[str]) -> None:
    if not mailbox.token_url:
        return
    if mailbox.login != "xoauth2":
        raise MailboxError("A token address is for mailboxes that sign in with OAuth. Choose that.")
    if not mailbox.client_id:
        raise MailboxError("OAuth needs the client id that you were given for Amity.")
    address = urlsplit(mailbox.token_url)
    if address.scheme != "https" and address.netloc not in allowed:
        raise MailboxError(
            "The token address begins with https://, as in "
            "https://login.microsoftonline.com/common/oauth2/v2.0/token."
        )
