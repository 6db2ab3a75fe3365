"""Mails: bytes in, values out. `read_mail` is the way in."""

from amity.run.inbox.rules.mail.errors import HostileMailError
from amity.run.inbox.rules.mail.reading import OWN_MARK, MailFile, ParsedMail, read_mail

__all__ = ["OWN_MARK", "HostileMailError", "MailFile", "ParsedMail", "read_mail"]
