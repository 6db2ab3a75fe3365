"""Real mail servers for tests: Dovecot (IMAP, LMTP) and OpenSMTPD, on loopback, in a folder."""

import base64
import fcntl
import hashlib
import hmac
import json
import os
import pwd
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from imaplib import IMAP4, IMAP4_SSL
from pathlib import Path

DOVECOT = Path("/usr/sbin/dovecot")
OPENSSL = Path("/usr/bin/openssl")
SMTPD = Path("/usr/sbin/smtpd")
SMTPD_SOCKET = Path("/var/run/smtpd.sock")
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
PASSWORD = "secret"  # noqa: S105 -- of mailboxes that live as long as a test
STARTING = 20  # seconds
ONE_AT_A_TIME = Path(tempfile.gettempdir()) / "amity-mail-servers.lock"
TOKEN_KEY = b"a key of thirty-two bytes, or so"  # with which access tokens are signed


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


@dataclass(frozen=True, slots=True)
class SecureImap:
    """An IMAP server with a certificate of its own authority, and tokens as well as passwords."""

    plain_port: int  # with STARTTLS, unless it has no certificate
    tls_port: int
    authority: Path  # the certificate of the authority
    other_authority: Path  # one that signed nothing here

    def put(self, address: str, mails: list[bytes]) -> None:
        """Lays mails into a mailbox, as if they had come."""
        context = ssl.create_default_context(cafile=str(self.authority))
        client = IMAP4_SSL("127.0.0.1", self.tls_port, ssl_context=context)
        try:
            client.login(address, PASSWORD)
            for mail in mails:
                client.append("INBOX", "", "", mail)
        finally:
            client.logout()


@contextmanager
def secure_imap(*, mechanisms: str = "plain", has_tls: bool = True) -> Iterator[SecureImap]:
    """Dovecot alone, on loopback, for names that sign in with `PASSWORD` or `access_token`.

    In a folder of its own: another run of pytest closes the common one to Dovecot's processes.
    """
    with (
        tempfile.TemporaryDirectory(prefix="amity-imap-") as folder,
        _secure_imap(Path(folder), mechanisms, has_tls=has_tls) as server,
    ):
        yield server


@contextmanager
def _secure_imap(folder: Path, mechanisms: str, *, has_tls: bool) -> Iterator[SecureImap]:
    server = SecureImap(free_port(), free_port(), *certified(folder))
    _give_way(folder)
    keys = folder / "keys" / "default" / "HS256"
    keys.mkdir(parents=True)
    (keys / "default").write_bytes(base64.b64encode(TOKEN_KEY))
    (folder / "oauth2.conf").write_text(
        "introspection_mode = local\nusername_attribute = email\n"
        f"local_validation_key_dict = fs:posix:prefix={folder}/keys/\n",
        encoding="utf-8",
    )
    (folder / "dovecot.conf").write_text(
        _secure_dovecot(folder, server, mechanisms, has_tls=has_tls), encoding="utf-8"
    )
    with (folder / "servers.log").open("w") as log:
        started = subprocess.Popen(  # noqa: S603 -- the server's own
            [str(DOVECOT), "-F", "-c", str(folder / "dovecot.conf")], stderr=log
        )
        try:
            _wait(server.plain_port)
            yield server
        finally:
            started.terminate()
            started.wait(timeout=STARTING)


def access_token(user: str, *, until: float) -> str:
    """A token with which `user` may sign in until then, in seconds of the epoch."""
    head, claims = {"alg": "HS256", "typ": "JWT"}, {"sub": user, "email": user, "exp": int(until)}
    signed = ".".join(_url_text(json.dumps(part).encode()) for part in (head, claims))
    tag = hmac.new(TOKEN_KEY, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_url_text(tag)}"


def _url_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def certified(folder: Path) -> tuple[Path, Path]:
    """Lays `server.pem` and `server.key` of 127.0.0.1 there.

    Returns:
        The certificate of the authority that signed them, and of one that signed nothing here.
    """
    authority = _authority(folder, "ca")
    _certificate(folder, authority)
    return authority, _authority(folder, "other")


def _authority(folder: Path, name: str) -> Path:
    made = folder / f"{name}.pem"
    subject = ["-subj", f"/CN={name}", "-days", "2", "-keyout", str(folder / f"{name}.key")]
    _openssl("req", "-x509", *NEW_KEY, *subject, "-out", str(made))
    return made


def _certificate(folder: Path, authority: Path) -> None:
    """Of 127.0.0.1, signed by the authority."""
    request, names = folder / "server.csr", folder / "names"
    names.write_text("subjectAltName=IP:127.0.0.1\n", encoding="utf-8")
    key = ["-keyout", str(folder / "server.key"), "-out", str(request)]
    _openssl("req", *NEW_KEY, "-subj", "/CN=mail", *key)
    by = ["-CA", str(authority), "-CAkey", str(authority.with_suffix(".key")), "-CAcreateserial"]
    made = ["-days", "2", "-extfile", str(names), "-out", str(folder / "server.pem")]
    _openssl("x509", "-req", "-in", str(request), *by, *made)


def _openssl(*arguments: str) -> None:
    subprocess.run([str(OPENSSL), *arguments], check=True, capture_output=True)  # noqa: S603 -- our own arguments


def missing_imap() -> str:
    """Why `secure_imap` cannot be started here; empty where it can."""
    for binary in (DOVECOT, Path("/usr/lib/dovecot/imap"), OPENSSL):
        if not binary.exists():
            return f"{binary} is not installed"
    return "" if os.geteuid() == 0 else "Dovecot is started by root alone"


def missing() -> str:
    """Why the servers cannot be started here; empty where they can."""
    imap, lmtp = Path("/usr/lib/dovecot/imap"), Path("/usr/lib/dovecot/lmtp")
    for binary in (DOVECOT, SMTPD, imap, lmtp):
        if not binary.exists():
            return f"{binary} is not installed"
    if os.geteuid() != 0:
        return "the mail servers are started by root alone"
    return "another OpenSMTPD runs here" if _runs_elsewhere() else ""


def _runs_elsewhere() -> bool:
    """Whether OpenSMTPD's socket is there without a test that has its turn with the servers."""
    with ONE_AT_A_TIME.open("w") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return SMTPD_SOCKET.exists()


@contextmanager
def mail_servers() -> Iterator[MailServers]:
    """Both servers; they and all they keep end with the block.

    In a folder of their own: another run of pytest closes the common one to Dovecot's processes.
    One process at a time has them, since OpenSMTPD has one socket on a machine; others wait.
    """
    with (
        ONE_AT_A_TIME.open("w") as turn,
        tempfile.TemporaryDirectory(prefix="amity-mail-") as folder,
    ):
        fcntl.flock(turn, fcntl.LOCK_EX)
        with _mail_servers(Path(folder)) as servers:
            yield servers


@contextmanager
def _mail_servers(folder: Path) -> Iterator[MailServers]:
    ports = [free_port() for _name in range(3)]
    servers = MailServers(imap_port=ports[0], lmtp_port=ports[1], smtp_port=ports[2])
    _give_way(folder)
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


def _give_way(folder: Path) -> None:
    """Dovecot's processes, which are nobody, reach the folder and write the mails in it."""
    for each in (folder, *folder.parents):
        if each.stat().st_uid == os.geteuid() and each != Path("/"):
            each.chmod(each.stat().st_mode | 0o111)
    (folder / "mail").mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
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
mail_fsync = never
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


def _secure_dovecot(folder: Path, server: SecureImap, mechanisms: str, *, has_tls: bool) -> str:
    encryption = "ssl = no"
    if has_tls:
        encryption = (
            f"ssl = yes\nssl_cert = <{folder}/server.pem\nssl_key = <{folder}/server.key\n"
            "ssl_min_protocol = TLSv1.2"
        )
    return f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
{encryption}
disable_plaintext_auth = {"yes" if has_tls else "no"}
auth_mechanisms = {mechanisms}
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  mechanisms = plain
  args = password={PASSWORD}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.plain_port}
  }}
  inet_listener imaps {{
    port = {server.tls_port if has_tls else 0}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
