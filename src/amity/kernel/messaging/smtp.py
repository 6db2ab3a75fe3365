"""The way to the house's mail server: Django's, which also signs in with an access token."""

import smtplib
from typing import Any

from django.conf import settings
from django.core.mail.backends import smtp

from amity.base.time import now
from amity.kernel.messaging.oauth import TokenSource, mechanism, token_message
from amity.kernel.messaging.tokens import access_token


class EmailBackend(smtp.EmailBackend):
    """As Django's; where a token address is set, the password is the refresh token of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = token_source(self.password)

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """What speaks to the server."""
        return _TokenSMTP if self.source is not None else super().connection_class

    def open(self) -> bool | None:
        """Opens the connection where it is not; a token that is refused is renewed once.

        Raises:
            OSError: the server does not answer, or does not let us in.
            TokenError: the token address gives no token.
        """
        if self.source is None or self.connection is not None:
            return super().open()
        self.password = access_token(self.source, at=now())
        try:
            return super().open()
        except smtplib.SMTPAuthenticationError:
            self.password = access_token(self.source, at=now(), is_renewed=True)
            return super().open()


def token_source(refresh_token: str) -> TokenSource | None:
    """Where the settings let tokens be asked for; None where they name no token address."""
    if not settings.SMTP_TOKEN_URL:
        return None
    return TokenSource(
        url=settings.SMTP_TOKEN_URL,
        client_id=settings.SMTP_CLIENT_ID,
        refresh_token=refresh_token,
        client_secret=settings.SMTP_CLIENT_SECRET,
        scope=settings.SMTP_SCOPE,
    )


class _TokenSMTP(smtplib.SMTP):
    def login(
        self, user: str, password: str, *, initial_response_ok: bool = True
    ) -> tuple[int, bytes]:
        """Signs in with an access token in place of the password, in the way the server knows."""
        self.ehlo_or_helo_if_needed()
        way = mechanism(self.esmtp_features.get("auth", "").upper().split())
        host, port = settings.EMAIL_HOST, settings.EMAIL_PORT
        first, after = token_message(way, user=user, token=password, host=host, port=port)

        def says(challenge: bytes | None = None) -> str:
            return (first if challenge is None else after).decode()

        return self.auth(way, says, initial_response_ok=initial_response_ok)
