"""Mails for tests."""

from email.message import Message as Written
from email.parser import BytesParser

from amity.kernel.messaging.models import OutboxMessage


def mail(
    text: str = "Where is my order?",
    *,
    sender: str = "Mia Wong <mia@customer.example>",
    to: str = "help@shop.example",
    subject: str = "My order",
    number: str = "1@customer.example",
    **headers: str,
) -> bytes:
    """A plain mail; further headers by name, `_` for `-`."""
    rows = {"From": sender, "To": to, "Subject": subject, "Message-ID": f"<{number}>"}
    rows |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in rows.items() if value)
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


def bounce_of(sent: OutboxMessage, *, said: str = "550 5.1.1 User unknown") -> bytes:
    """That a mail of ours came back."""
    return (
        "From: MAILER-DAEMON@mx.customer.example\r\nReturn-Path: <>\r\nTo: help@shop.example\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <b-{sent.pk}@mx>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n"
        f"<{sent.to}>: {said}\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {sent.to}\r\nAction: failed\r\n"
        f"Status: 5.1.1\r\nDiagnostic-Code: smtp; {said}\r\n--b\r\nContent-Type: message/rfc822\r\n"
        f"\r\nMessage-ID: {sent.message_id}\r\nSubject: x\r\n\r\nhi\r\n--b--\r\n"
    ).encode()


def parsed(raw: bytes) -> Written:
    """A mail as the standard library reads it."""
    return BytesParser().parsebytes(raw)
