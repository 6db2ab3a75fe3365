"""Whether the operator's own mail server found that a mail comes from whom it says."""

import re

from amity.run.inbox.rules.mail.limits import VALUE_CHARACTERS
from amity.run.inbox.rules.mail.mime import Headers
from amity.run.inbox.rules.mail.words import decoded

COMMENT = re.compile(r"\([^()]*\)")
RESULT = re.compile(r"\b(dmarc|dkim|spf)\s*=\s*([a-z]+)\b([^;]*)", re.IGNORECASE)
DOMAIN = re.compile(
    r"(?:header\.(?:d|i|from)|smtp\.mailfrom)\s*=\s*\"?@?([^\s;\"]+)", re.IGNORECASE
)


def is_authentic(headers: Headers, *, sender: str, hosts: frozenset[str]) -> bool:
    """Whether a server of `hosts` says that the sender's domain stands behind this mail.

    Only the topmost Authentication-Results counts (RFC 8601): those below came with the mail and
    may have been written by anybody. DMARC decides; else a DKIM signature or SPF of the domain
    itself or one above it.
    """
    values = headers.all("authentication-results")
    if not values or not hosts:
        return False
    text = COMMENT.sub(" ", decoded(values[0][:VALUE_CHARACTERS]))
    host, _, results = text.partition(";")
    if (host.split() or [""])[0].lower().rstrip(".") not in hosts:
        return False
    domain = sender.rpartition("@")[2]
    found = {match[0].lower(): match for match in reversed(RESULT.findall(results))}
    if "dmarc" in found:
        return found["dmarc"][1].lower() == "pass" and _is_for(found["dmarc"][2], domain)
    signatures = (match for match in RESULT.findall(results) if match[0].lower() != "dmarc")
    return any(
        verdict.lower() == "pass" and _is_for(rest, domain) for _method, verdict, rest in signatures
    )


def _is_for(rest: str, domain: str) -> bool:
    named = [name.rpartition("@")[2].lower().rstrip(".") for name in DOMAIN.findall(rest)]
    return any(name == domain or domain.endswith(f".{name}") for name in named if "." in name)
