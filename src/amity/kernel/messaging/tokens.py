"""Access tokens of mail servers: asked for with a refresh token, in memory while they last."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from amity.kernel.messaging.fetch import safe_fetch
from amity.kernel.messaging.oauth import Granted, TokenError, TokenSource, granted, request_body
from amity.kernel.messaging.rules import FetchError

ANSWER_BYTES = 100_000
_KEPT: dict[str, Granted] = {}  # of this process, by what they were asked for with


def access_token(
    source: TokenSource,
    *,
    at: datetime,
    keep: Callable[[str], object] | None = None,
    is_renewed: bool = False,
) -> str:
    """An access token, a new one where the last has ended or `is_renewed`.

    `keep` is told a new refresh token where the server gives one with it.

    Raises:
        TokenError: the token address does not answer, or gives none.
    """
    asked = (source.url, source.client_id, source.scope, source.refresh_token)
    key = hashlib.sha256("\0".join(asked).encode()).hexdigest()
    known = _KEPT.get(key)
    if known is not None and known.is_good(at) and not is_renewed:
        return known.token
    found = _ask(source, at)
    _KEPT[key] = found
    if keep is not None and found.refresh_token and found.refresh_token != source.refresh_token:
        keep(found.refresh_token)
    return found.token


def _ask(source: TokenSource, at: datetime) -> Granted:
    host = urlsplit(source.url).hostname or source.url
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        answer = safe_fetch(
            source.url,
            method="POST",
            body=request_body(source),
            headers=headers,
            max_bytes=ANSWER_BYTES,
            follow=False,
        )
    except FetchError as error:
        raise TokenError(f"No token for the mailbox: {error}") from error
    return granted(answer.status, answer.body, host=host, at=at)
