"""Mails are fetched from a mailbox by IMAP, each once, and marked only when they are kept."""

import imaplib
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from django.db import transaction
from imap_tools import MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from imap_tools.mailbox import BaseMailBox

from amity.kernel.messaging.fetch import outbound_address
from amity.kernel.messaging.rules import FetchError
from amity.kernel.messaging.sealing import SealError, unseal
from amity.run.inbox.models import Channel, MailFolder
from amity.run.inbox.operations.mail.intake import ingest, set_aside
from amity.run.inbox.rules.mail.boxes import Mailbox, MailboxError, mailbox_of
from amity.run.inbox.rules.mail.limits import MAIL_BYTES

TIMEOUT = 30  # seconds
AT_ONCE = 100  # mails of one run; the next goes on, after other jobs had their turn
HEAD = 50_000  # bytes of a mail that is too large to be fetched
TROUBLE = (OSError, imaplib.IMAP4.error, ImapToolsError)


class _Plain(imaplib.IMAP4):
    """Connects to an address that was checked, whatever the name says a moment later."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection(
            (outbound_address(self.host, self.port), self.port), timeout
        )


class _Secure(imaplib.IMAP4_SSL):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection(
            (outbound_address(self.host, self.port), self.port), timeout
        )
        context: ssl.SSLContext = self.ssl_context
        return context.wrap_socket(plain, server_hostname=self.host)


class _PlainBox(MailBoxUnencrypted):
    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return _Plain(self._host, self._port, TIMEOUT)


class _StartTlsBox(MailBoxUnencrypted):
    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Plain(self._host, self._port, TIMEOUT)
        client.starttls(ssl.create_default_context())
        return client


class _SecureBox(MailBox):
    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return _Secure(
            self._host, self._port, timeout=TIMEOUT, ssl_context=ssl.create_default_context()
        )


BOXES: dict[str, Callable[[str, int], BaseMailBox]] = {
    "tls": _SecureBox,
    "starttls": _StartTlsBox,
    "none": _PlainBox,
}


def secret_of(mailbox: Mailbox) -> str:
    """The password or token: from the environment, a file that it names, or unsealed.

    Raises:
        MailboxError: it is not there.
    """
    if not mailbox.secret.startswith("env:"):
        try:
            return unseal(mailbox.secret)
        except SealError as error:
            raise MailboxError(str(error)) from error
    name = mailbox.secret[4:]
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise MailboxError(f"The file that {name}_FILE names cannot be read.") from error
    if name not in os.environ:
        raise MailboxError(f"The variable {name} is not set where the worker runs.")
    return os.environ[name]


@contextmanager
def opened(mailbox: Mailbox) -> Iterator[BaseMailBox]:
    """The mailbox, signed in.

    Raises:
        MailboxError: it does not answer, does not let us in, or stands where we may not go.
    """
    secret = secret_of(mailbox)
    try:
        box = BOXES[mailbox.security](mailbox.host, mailbox.port)
    except FetchError as error:
        raise MailboxError(str(error)) from error
    except ssl.SSLError as error:
        raise MailboxError(f"The encryption of {mailbox.host} failed: {error.reason}.") from error
    except TROUBLE as error:
        raise MailboxError(f"{mailbox.host} does not answer: {error}.") from error
    try:
        try:
            if mailbox.login == "xoauth2":
                box.xoauth2(mailbox.user, secret, initial_folder=None)
            else:
                box.login(mailbox.user, secret, initial_folder=None)
        except TROUBLE as error:
            raise MailboxError(
                f"{mailbox.host} does not let {mailbox.user} in. Check user name and "
                f"{'token' if mailbox.login == 'xoauth2' else 'password'}."
            ) from error
        yield box
    finally:
        with suppress(*TROUBLE):
            box.client.logout()


def try_mailbox(mailbox: Mailbox) -> int:
    """How many mails lie in the folder; asks the server and changes nothing.

    Raises:
        MailboxError: what does not work, in a sentence.
    """
    with opened(mailbox) as box:
        try:
            if mailbox.move_to and not box.folder.exists(mailbox.move_to):
                raise MailboxError(f"There is no folder {mailbox.move_to}.")
            return box.folder.status(mailbox.folder, ["MESSAGES"])["MESSAGES"]
        except TROUBLE as error:
            raise MailboxError(f"There is no folder {mailbox.folder}.") from error


def fetch_mailbox(
    channel: Channel,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[int, int | None, str], object] = lambda *_said: None,
) -> dict[str, object]:
    """Takes in what is new in the mailbox of a channel, at most 100 mails.

    A mail counts as fetched when it is committed, as stored or in quarantine, and only then is it
    marked as seen or moved; killed in between, it is met again and known by its digest.
    """
    mailbox = mailbox_of(channel.settings)
    counts = {"stored": 0, "quarantined": 0, "duplicate": 0, "report": 0, "taken away": 0}
    error = ""
    try:
        with opened(mailbox) as box:
            for number, status in enumerate(_new_mails(channel, mailbox, box, clock)):
                counts[status] += 1
                progress(number + 1, None, f"{number + 1} fetched")
    except (MailboxError, *TROUBLE) as trouble:
        error = str(trouble)[:500]
    Channel.objects.filter(pk=channel.pk).update(checked_at=clock(), error=error)
    return {**counts, "error": error, "is_full": sum(counts.values()) >= AT_ONCE}


def _new_mails(
    channel: Channel, mailbox: Mailbox, box: BaseMailBox, clock: Callable[[], datetime]
) -> Iterator[str]:
    folder = _folder(channel, mailbox, box)
    box.folder.set(mailbox.folder)
    found = sorted(int(uid) for uid in box.uids(f"UID {folder.last_uid + 1}:*"))
    for uid in [uid for uid in found if uid > folder.last_uid][:AT_ONCE]:
        status = _take(uid, channel, box, clock())
        _mark(uid, mailbox, box)
        folder.last_uid, folder.read_at = uid, clock()
        with transaction.atomic():
            folder.save(update_fields=["last_uid", "read_at"])
        yield status or "taken away"


def _folder(channel: Channel, mailbox: Mailbox, box: BaseMailBox) -> MailFolder:
    """How far it has been read; from the beginning where its numbers are new."""
    status = box.folder.status(mailbox.folder, ["UIDVALIDITY"])
    folder, _new = MailFolder.objects.get_or_create(channel=channel, name=mailbox.folder)
    if folder.uid_validity != status["UIDVALIDITY"]:
        folder.uid_validity, folder.last_uid = status["UIDVALIDITY"], 0
        folder.save(update_fields=["uid_validity", "last_uid"])
    return folder


def _take(uid: int, channel: Channel, box: BaseMailBox, at: datetime) -> str:
    """What became of one mail; empty where it was taken away meanwhile."""
    size = _size(box, uid)
    if size > MAIL_BYTES:
        head = _bytes(box, uid, f"(BODY.PEEK[]<0.{HEAD}>)")
        reason = f"It has {size // 1_000_000} MB; only its beginning is kept here."
        return set_aside(head, reason, at=at).status
    raw = _bytes(box, uid, "(BODY.PEEK[])")
    return ingest(raw, at=at, channel=channel).status if raw else ""


def _size(box: BaseMailBox, uid: int) -> int:
    _answer, rows = box.client.uid("FETCH", str(uid), "(RFC822.SIZE)")
    for row in rows:
        text = row[0] if isinstance(row, tuple) else row
        if text and b"RFC822.SIZE" in text:
            return int(text.partition(b"RFC822.SIZE")[2].strip(b" )").split(b" ")[0])
    return 0


def _bytes(box: BaseMailBox, uid: int, what: str) -> bytes:
    _answer, rows = box.client.uid("FETCH", str(uid), what)
    return next((bytes(row[1]) for row in rows if isinstance(row, tuple)), b"")


def _mark(uid: int, mailbox: Mailbox, box: BaseMailBox) -> None:
    if mailbox.move_to:
        box.move(str(uid), mailbox.move_to)
    else:
        box.flag(str(uid), "\\Seen", value=True)
