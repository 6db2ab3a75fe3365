"""Real mail servers for tests: Dovecot (IMAP, LMTP) and OpenSMTPD, on loopback, in a folder."""

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from imaplib import IMAP4
from pathlib import Path

DOVECOT = Path("/usr/sbin/dovecot")
SMTPD = Path("/usr/sbin/smtpd")
SMTPD_SOCKET = Path("/var/run/smtpd.sock")
PASSWORD = "secret"  # noqa: S105 -- of mailboxes that live as long as a test
STARTING = 20  # seconds


@dataclass(frozen=True, slots=True)
class MailServers:
    """Mailboxes of any name at any domain, and a server that brings mails into them."""

    imap_port: int
    lmtp_port: int
    smtp_port: int

    def inbox(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """The mails in a folder of a mailbox, oldest first."""
        client = self.login(address)
        try:
            client.select(folder, readonly=True)
            found = client.uid("SEARCH", "ALL")[1][0].split()
            rows = [client.uid("FETCH", uid.decode(), "(BODY.PEEK[])")[1] for uid in found]
            return [bytes(row[0][1]) for row in rows if row and isinstance(row[0], tuple)]
        finally:
            client.logout()

    def login(self, address: str) -> IMAP4:
        """A client that is signed in to a mailbox."""
        client = IMAP4("127.0.0.1", self.imap_port)
        client.login(address, PASSWORD)
        return client

    def put(self, address: str, mails: list[bytes]) -> None:
        """Lays mails into a mailbox, as if they had come."""
        client = self.login(address)
        try:
            for mail in mails:
                client.append("INBOX", "", "", mail)
        finally:
            client.logout()

    def send(self, raw: bytes, *, sender: str, to: str) -> None:
        """Gives a mail to the SMTP server."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as client:
            client.sendmail(sender, [to], raw)

    def wait_for(self, address: str, count: int, *, seconds: float = 20) -> list[bytes]:
        """The mails of a mailbox as soon as there are so many."""
        deadline = time.monotonic() + seconds
        while len(found := self.inbox(address)) < count and time.monotonic() < deadline:
            time.sleep(0.2)
        return found


def missing() -> str:
    """Why the servers cannot be started here; empty where they can."""
    for binary in (DOVECOT, SMTPD, Path("/usr/lib/dovecot/imap"), Path("/usr/lib/dovecot/lmtp")):
        if not binary.exists():
            return f"{binary} is not installed"
    if os.geteuid() != 0:
        return "the mail servers are started by root alone"
    return f"{SMTPD_SOCKET} is in use" if SMTPD_SOCKET.exists() else ""


@contextmanager
def mail_servers(folder: Path) -> Iterator[MailServers]:
    """Both servers, with everything they keep in `folder`; they end with the block."""
    ports = [_free_port() for _name in range(3)]
    servers = MailServers(imap_port=ports[0], lmtp_port=ports[1], smtp_port=ports[2])
    for each in (folder, *folder.parents):  # Dovecot's processes must reach the mails
        if each.stat().st_uid == os.geteuid() and each != Path("/"):
            each.chmod(each.stat().st_mode | 0o111)
    (folder / "mail").mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    (folder / "dovecot.conf").write_text(_dovecot(folder, servers), encoding="utf-8")
    (folder / "smtpd.conf").write_text(_smtpd(servers), encoding="utf-8")
    with (folder / "servers.log").open("w") as log:
        started = [
            subprocess.Popen([str(DOVECOT), "-F", "-c", str(folder / "dovecot.conf")], stderr=log),  # noqa: S603 -- the server's own
            subprocess.Popen(  # noqa: S603 -- the server's own
                [str(SMTPD), "-d", "-f", str(folder / "smtpd.conf")], stdout=log, stderr=log
            ),
        ]
        try:
            for port in ports:
                _wait(port)
            yield servers
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(timeout=STARTING)
            SMTPD_SOCKET.unlink(missing_ok=True)
            shutil.rmtree(folder / "mail", ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(port: int) -> None:
    deadline = time.monotonic() + STARTING
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _smtpd(servers: MailServers) -> str:
    return (
        f"listen on 127.0.0.1 port {servers.smtp_port}\n"
        f'action "over" relay host "lmtp://127.0.0.1:{servers.lmtp_port}"\n'
        'match from any for any action "over"\n'
    )


def _dovecot(folder: Path, servers: MailServers) -> str:
    return f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 100
first_valid_uid = 1
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {servers.imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {servers.lmtp_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  mailbox Done {{
    auto = create
  }}
}}
"""
