"""What may be mailed, what may be fetched, and when to try again. Pure."""

import ipaddress
import re
from collections.abc import Iterable
from datetime import timedelta
from email.utils import formataddr
from ipaddress import IPv4Address, IPv6Address

from email_validator import EmailNotValidError, validate_email

from amity.base.results import AmityError
from amity.base.text import clean_text

MAX_ATTEMPTS = 12
MAX_RECIPIENTS = 100
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,76}")
RESERVED_HEADERS = frozenset(
    "from to cc bcc subject sender reply-to message-id date content-type mime-version".split()
) - {"reply-to"}
NAT64 = ipaddress.ip_network("64:ff9b::/96")
WEB_PORTS = {"http": 80, "https": 443}


class MailError(AmityError):
    """A mail that cannot be sent as it is."""


class FetchError(AmityError):
    """An address that is not fetched, or that did not answer as it should."""


def clean_recipient(address: str) -> str:
    """The address as it is written on the envelope.

    Raises:
        MailError: it is none.
    """
    try:
        checked = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise MailError(f"{address[:100]!r} is not an e-mail address: {error}") from error
    return checked.ascii_email or checked.normalized


def clean_recipients(addresses: Iterable[str]) -> list[str]:
    """Addresses as they are written on the envelope, each once.

    Raises:
        MailError: one is none, or there are more than a hundred.
    """
    cleaned = list(dict.fromkeys(clean_recipient(address) for address in addresses))
    if len(cleaned) > MAX_RECIPIENTS:
        raise MailError(f"A mail goes to at most {MAX_RECIPIENTS} addresses.")
    return cleaned


def clean_sender(name: str, address: str) -> str:
    """`name` and `address` as they stand in a From header.

    Raises:
        MailError: the address is none, or the name has line breaks.
    """
    if re.search(r"[\x00-\x1f\x7f\u2028\u2029]", name):
        raise MailError("The name of a sender is one line. Remove the line breaks.")
    return formataddr((name.strip()[:200], clean_recipient(address)))


def clean_subject(subject: str) -> str:
    """The subject in one line.

    Raises:
        MailError: it has line breaks, with which headers could be smuggled in.
    """
    text = clean_text(subject, field="subject", max_length=300)
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]", text):
        raise MailError("A subject is one line. Remove the line breaks.")
    return text


def clean_headers(headers: dict[str, str]) -> dict[str, str]:
    """Additional headers, each in one line.

    Raises:
        MailError: one is reserved, badly named or has a line break.
    """
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or name.lower() in RESERVED_HEADERS:
            raise MailError(f"The header {name[:60]!r} cannot be set.")
        if len(value) > 2000 or re.search(r"[\x00-\x1f\x7f]", value):
            raise MailError(f"The header {name} is one line of at most 2000 characters.")
    return dict(headers)


def clean_file_name(name: str) -> str:
    """A file's name in one line without a path."""
    last = re.split(r"[/\\]", re.sub(r"[\x00-\x1f\x7f\u2028-\u202e]", " ", name))[-1].strip()
    return last[:200] or "file"


def clean_content_type(content_type: str) -> str:
    """The type of a file, or that of bytes of which nothing is known.

    Parts of mails are bytes too: a mail in a mail would be written out as headers of ours.
    """
    kind = content_type.strip().lower()
    if re.fullmatch(r"text/calendar; method=[a-z]{3,12}", kind):
        return kind  # RFC 6047: calendars look for the method there too
    if not re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}", kind):
        return "application/octet-stream"
    return "application/octet-stream" if kind.startswith(("message/", "multipart/")) else kind


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after the given number of refused attempts: 1 minute, doubling, to 4 h."""
    return timedelta(minutes=min(2 ** max(attempts - 1, 0), 240))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also the one it hides within itself.

    IPv4-mapped, 6to4, Teredo and NAT64 addresses carry an IPv4 address that is reached by them.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(part.is_global and not part.is_multicast for part in (ip, *_hidden(ip)))


def _hidden(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return []
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in NAT64 or ip in ipaddress.ip_network("::/96"):
        found.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return [part for part in found if part is not None]


def check_target(
    *, scheme: str, host: str, port: int | None, has_user: bool, allowed: frozenset[str]
) -> int:
    """The port to connect to.

    `allowed` holds `host:port` pairs that the operator opened although they are private.

    Raises:
        FetchError: the scheme, the port or a user in the address is not taken.
    """
    if scheme not in WEB_PORTS:
        raise FetchError("Only addresses that begin with http:// or https:// are fetched.")
    if has_user:
        raise FetchError("An address with a user name in it is not fetched. Leave it out.")
    if not host:
        raise FetchError("The address has no host.")
    wanted = port or WEB_PORTS[scheme]
    if f"{host}:{wanted}" not in allowed and wanted not in WEB_PORTS.values():
        raise FetchError(f"Port {wanted} is not fetched; only 80 and 443 are.")
    return wanted
