"""Signing in to a mail server without a password (RFC 6749, RFC 7628, and XOAUTH2 of Google).

Pure: what is sent and what comes back, for IMAP and SMTP alike.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from amity.base.results import AmityError

EARLY = timedelta(minutes=2)  # a token is renewed before it ends, clocks being what they are
LASTS = 3600  # seconds, where the server does not say
MOST = 16_000  # characters of a token


class TokenError(AmityError):
    """A token address that gives no token, with what it said."""


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where access tokens are asked for, and with what.

    `refresh_token` is what somebody's sign-in gave; `client_secret` and `scope` may be empty.
    """

    url: str
    client_id: str
    refresh_token: str
    client_secret: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token; `refresh_token` where the server gave a new one for the next time."""

    token: str
    until: datetime
    refresh_token: str = ""

    def is_good(self, at: datetime) -> bool:
        """Whether it can still be used."""
        return at < self.until - EARLY


def request_body(source: TokenSource) -> bytes:
    """What is sent to ask for an access token (RFC 6749, section 6)."""
    fields = {
        "grant_type": "refresh_token",
        "refresh_token": source.refresh_token,
        "client_id": source.client_id,
        "client_secret": source.client_secret,
        "scope": source.scope,
    }
    return urlencode({name: value for name, value in fields.items() if value}).encode()


def granted(status: int, body: bytes, *, host: str, at: datetime) -> Granted:
    """The token in the answer of a token address.

    Raises:
        TokenError: there is none; with what the server said.
    """
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise TokenError(f"{host} gives no token: it answered {status}, and not in JSON.")
    token = answer.get("access_token")
    if status != 200 or not isinstance(token, str) or not 0 < len(token) <= MOST:
        raise TokenError(f"{host} gives no token: {_refusal(answer, status)}")
    lasts, refresh = answer.get("expires_in"), answer.get("refresh_token")
    seconds = lasts if isinstance(lasts, int) and 0 < lasts <= 30 * 86_400 else LASTS
    return Granted(
        token,
        until=at + timedelta(seconds=seconds),
        refresh_token=refresh if isinstance(refresh, str) and len(refresh) <= MOST else "",
    )


def _refusal(answer: dict[str, object], status: int) -> str:
    code = _one_line(answer.get("error")) or f"it answered {status}"
    said = _one_line(answer.get("error_description"))
    if code == "invalid_grant":
        return (
            f"the sign-in has ended ({said or code}). Sign in there again and enter the new "
            "refresh token."
        )
    return f"{code}{f' ({said})' if said else ''}. Check client id and secret."


def _one_line(said: object) -> str:
    return " ".join(said.split())[:200].rstrip(".") if isinstance(said, str) else ""


def mechanism(offered: Collection[str]) -> str:
    """The way to hand a token over, of those that the server offers."""
    return "OAUTHBEARER" if "OAUTHBEARER" in offered else "XOAUTH2"


def token_message(way: str, *, user: str, token: str, host: str, port: int) -> tuple[bytes, bytes]:
    """What is said first, and what after a refusal, so that the server says so."""
    if way == "OAUTHBEARER":
        name = user.replace("=", "=3D").replace(",", "=2C")
        head = f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01"
        return head.encode(), b"\x01"
    return f"user={user}\x01auth=Bearer {token}\x01\x01".encode(), b""
