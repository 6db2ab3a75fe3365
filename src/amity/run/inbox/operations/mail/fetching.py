"""Mails are fetched from a mailbox by IMAP, each once, and marked only when they are kept."""

import imaplib
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from imap_tools import MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from imap_tools.mailbox import BaseMailBox

from amity.kernel.messaging.fetch import outbound_address
from amity.kernel.messaging.oauth import TokenError, TokenSource, mechanism, token_message
from amity.kernel.messaging.rules import FetchError
from amity.kernel.messaging.sealing import SealError, unseal
from amity.kernel.messaging.tokens import access_token
from amity.run.inbox.models import Channel, MailFolder
from amity.run.inbox.operations.mail.intake import ingest_many, set_aside
from amity.run.inbox.operations.mail.setup import keep_refresh_token
from amity.run.inbox.rules.mail.boxes import Mailbox, MailboxError, mailbox_of
from amity.run.inbox.rules.mail.limits import MAIL_BYTES

TIMEOUT = 30  # seconds
AT_ONCE = 100  # mails of one run; the next goes on, after other jobs had their turn
TOGETHER = 10  # mails of one transaction, so that nobody waits long for the database
TOGETHER_BYTES = 2_000_000
HEAD = 50_000  # bytes of a mail that is too large to be fetched
TROUBLE = (OSError, imaplib.IMAP4.error, ImapToolsError)
UID = re.compile(rb"\bUID (\d+)")
SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")


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
        if "STARTTLS" not in client.capabilities:  # and nobody on the way may take it out
            client.shutdown()
            raise MailboxError(f"{self._host} offers no encryption (STARTTLS) on {self._port}.")
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
    """The password or token: from the environment, a file that it names, or unsealed."""
    return _opened_secret(mailbox.secret)


def _opened_secret(kept: str) -> str:
    """What `env:NAME` or `sealed:…` stands for.

    Raises:
        MailboxError: it is not there.
    """
    if not kept.startswith("env:"):
        try:
            return unseal(kept)
        except SealError as error:
            raise MailboxError(str(error)) from error
    name = kept[4:]
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
def opened(
    mailbox: Mailbox, *, at: datetime, channel_id: int | None = None
) -> Iterator[BaseMailBox]:
    """The mailbox, signed in; of a channel, a refresh token that the server renews is kept.

    Raises:
        MailboxError: it does not answer, does not let us in, or stands where we may not go.
    """
    tries = [False, True] if mailbox.token_url else [False]
    while tries:
        is_renewed = tries.pop(0)
        secret = _secret_for(mailbox, at, channel_id, is_renewed=is_renewed)
        box = _connected(mailbox)
        try:
            if not _is_let_in(box, mailbox, secret):
                if tries:
                    continue  # the token may have ended early: once more, with a new one
                raise MailboxError(
                    f"{mailbox.host} does not let {mailbox.user} in. Check user name and "
                    f"{'token' if mailbox.login == 'xoauth2' else 'password'}."
                )
            yield box
            return
        finally:
            with suppress(*TROUBLE):
                box.client.logout()


def _connected(mailbox: Mailbox) -> BaseMailBox:
    try:
        return BOXES[mailbox.security](mailbox.host, mailbox.port)
    except FetchError as error:
        raise MailboxError(str(error)) from error
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(
            f"The certificate of {mailbox.host} is not trusted: {error.verify_message}. "
            "Where it is from an authority of your own, name that in SSL_CERT_FILE."
        ) from error
    except ssl.SSLError as error:
        raise MailboxError(
            f"{mailbox.host} does not speak TLS on port {mailbox.port}: {error.reason}."
        ) from error
    except TROUBLE as error:
        raise MailboxError(f"{mailbox.host} does not answer: {error}.") from error


def _secret_for(mailbox: Mailbox, at: datetime, channel_id: int | None, *, is_renewed: bool) -> str:
    """The password, or an access token where the mailbox names where to ask for one."""
    secret = secret_of(mailbox)
    if not mailbox.token_url:
        return secret

    def keep(fresh: str) -> None:
        if channel_id is not None:
            keep_refresh_token(channel_id, mailbox.secret, fresh)

    source = TokenSource(
        url=mailbox.token_url,
        client_id=mailbox.client_id,
        refresh_token=secret,
        client_secret=_opened_secret(mailbox.client_secret) if mailbox.client_secret else "",
        scope=mailbox.scope,
    )
    try:
        return access_token(source, at=at, keep=keep, is_renewed=is_renewed)
    except TokenError as error:
        raise MailboxError(str(error)) from error


def _is_let_in(box: BaseMailBox, mailbox: Mailbox, secret: str) -> bool:
    try:
        if mailbox.login == "xoauth2":
            _hand_over(box, mailbox, secret)
        else:
            box.login(mailbox.user, secret, initial_folder=None)
    except TROUBLE:
        return False
    return True


def _hand_over(box: BaseMailBox, mailbox: Mailbox, token: str) -> None:
    """Signs in with an access token, in the way that the server knows."""
    offered = [one.removeprefix("AUTH=") for one in box.client.capabilities]
    way = mechanism(offered)
    first, after = token_message(
        way, user=mailbox.user, token=token, host=mailbox.host, port=mailbox.port
    )
    said = iter([first])
    box.client.authenticate(way, lambda _challenge: next(said, after))


def try_mailbox(mailbox: Mailbox, *, at: datetime, channel_id: int | None = None) -> int:
    """How many mails lie in the folder; asks the server and changes nothing.

    Raises:
        MailboxError: what does not work, in a sentence.
    """
    with opened(mailbox, at=at, channel_id=channel_id) as box:
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
    marked as seen or moved; killed in between, it is met again and known by its digest. A few are
    committed together.
    """
    mailbox = mailbox_of(channel.settings)
    counts = {"stored": 0, "quarantined": 0, "duplicate": 0, "report": 0, "taken away": 0}
    error = ""
    try:
        with opened(mailbox, at=clock(), channel_id=channel.pk) as box:
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
    new = [uid for uid in found if uid > folder.last_uid][:AT_ONCE]
    for uids in _together(_sizes(box, new)):
        taken = _take(uids, channel, box, clock())
        _mark(list(taken), mailbox, box)
        folder.last_uid, folder.read_at = max(uids), clock()
        with transaction.atomic():
            folder.save(update_fields=["last_uid", "read_at"])
        yield from (taken.get(uid, "taken away") for uid in uids)


def _together(sizes: Mapping[int, int]) -> Iterator[dict[int, int]]:
    """Mails, by number with their sizes, in parts that are fetched and committed together."""
    part: dict[int, int] = {}
    for uid, size in sizes.items():
        if part and (len(part) >= TOGETHER or sum(part.values()) + size > TOGETHER_BYTES):
            yield part
            part = {}
        part[uid] = size
    if part:
        yield part


def _folder(channel: Channel, mailbox: Mailbox, box: BaseMailBox) -> MailFolder:
    """How far it has been read; from the beginning where its numbers are new."""
    status = box.folder.status(mailbox.folder, ["UIDVALIDITY"])
    folder, _new = MailFolder.objects.get_or_create(channel=channel, name=mailbox.folder)
    if folder.uid_validity != status["UIDVALIDITY"]:
        folder.uid_validity, folder.last_uid = status["UIDVALIDITY"], 0
        folder.save(update_fields=["uid_validity", "last_uid"])
    return folder


def _take(
    sizes: Mapping[int, int], channel: Channel, box: BaseMailBox, at: datetime
) -> dict[int, str]:
    """What became of each mail; one that was taken away meanwhile is missing."""
    uid, size = next(iter(sizes.items()))
    if size > MAIL_BYTES:  # such a mail is alone
        reason = f"It has {size // 1_000_000} MB; only its beginning is kept here."
        heads = _bodies(box, [uid], f"(BODY.PEEK[]<0.{HEAD}>)")
        return {uid: set_aside(head, reason, at=at).status for uid, head in heads.items()}
    raws = _bodies(box, list(sizes), "(BODY.PEEK[])")
    if not raws:
        return {}
    statuses = ingest_many(list(raws.values()), at=at, channel=channel)
    return {uid: taken.status for uid, taken in zip(raws, statuses, strict=True)}


def _sizes(box: BaseMailBox, uids: Sequence[int]) -> dict[int, int]:
    """The bytes of each mail, by number; 0 where the server does not say."""
    sizes = dict.fromkeys(uids, 0)
    for row in _fetched(box, uids, "(RFC822.SIZE)"):
        text = row[0] if isinstance(row, tuple) else row or b""
        uid, size = UID.search(text), SIZE.search(text)
        if uid and size and int(uid[1]) in sizes:
            sizes[int(uid[1])] = int(size[1])
    return sizes


def _bodies(box: BaseMailBox, uids: Sequence[int], what: str) -> dict[int, bytes]:
    """The mails by number, as they lie there; the number may stand before or after the mail."""
    found: dict[int, bytes] = {}
    rows = _fetched(box, uids, what)
    for place, row in enumerate(rows):
        if not isinstance(row, tuple):
            continue
        after = rows[place + 1] if place + 1 < len(rows) else b""
        said = UID.search(row[0]) or UID.search(after if isinstance(after, bytes) else b"")
        if said and row[1] and int(said[1]) in uids:
            found[int(said[1])] = bytes(row[1])
    if len(uids) > 1:  # where the server cannot give one, some give none of those asked for
        for uid in [uid for uid in uids if uid not in found]:
            found |= _bodies(box, [uid], what)
    return dict(sorted(found.items()))


def _fetched(box: BaseMailBox, uids: Sequence[int], what: str) -> list[Any]:
    if not uids:
        return []
    _answer, rows = box.client.uid("FETCH", ",".join(map(str, uids)), what)
    return list(rows)


def _mark(uids: list[int], mailbox: Mailbox, box: BaseMailBox) -> None:
    if not uids:
        return
    if mailbox.move_to:
        box.move(list(map(str, uids)), mailbox.move_to)
        return
    answer, _rows = box.client.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", r"(\Seen)")
    if answer != "OK":
        raise MailboxError(f"{mailbox.host} does not let mails be marked as read.")
