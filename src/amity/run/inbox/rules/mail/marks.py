"""What a mail says of itself: whether a machine wrote it, and whether it must not be answered."""

import re
from dataclasses import dataclass

from amity.run.inbox.rules.mail.mime import Headers
from amity.run.inbox.rules.mail.words import plain

DAEMON = re.compile(
    r"^(?:mailer[-_.]?daemon|postmaster|post[-_]master|mail[-_.]?daemon|double-bounce|daemon|"
    r"bounces?(?:[-+].*)?|no-?reply|do-?not-?reply|nobody|mdaemon)@",
    re.IGNORECASE,
)
AWAY_SUBJECT = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw)\s?:\s*)?(?:auto(?:matic|mated)?[- ]?(?:reply|response|re\b)|"
    r"auto\s?:|out of (?:the )?office|vacation|away (?:until|from)|on (?:vacation|holiday|leave)|"
    r"i am (?:away|out)|abwesen|automatische antwort|absence|réponse automatique|"
    r"respuesta automática|fuera de la oficina|risposta automatica|fuori sede|"
    r"automatisch antwoord|resposta automática|autosvar|автоответ)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Marks:
    """`is_automatic`: a machine wrote it. `is_silent`: it says itself that it wants no answer."""

    is_automatic: bool
    is_silent: bool
    is_list: bool
    has_null_sender: bool
    has_passed_here: bool


def read_marks(headers: Headers, *, sender: str, own_mark: str) -> Marks:
    """The marks in the headers (RFC 3834 and what came before it).

    `own_mark` is what this house writes into X-Loop; a mail that bears it has been here.
    """
    submitted = headers.text("auto-submitted").partition(";")[0].strip().lower()
    precedence = headers.text("precedence").lower()
    suppress = headers.text("x-auto-response-suppress").lower()
    is_list = headers.has("list-id") or headers.has("list-unsubscribe") or precedence == "list"
    null_sender = headers.has("return-path") and headers.text("return-path").strip() == "<>"
    loops = [plain(value.decode("latin-1")).strip() for value in headers.all("x-loop")]
    is_automatic = (
        submitted not in ("", "no")
        or headers.has("x-autoreply")
        or headers.has("x-autorespond")
        or headers.has("x-autoresponder")
        or headers.has("x-failed-recipients")
        or null_sender
        or precedence in {"auto_reply", "auto-reply", "bulk", "junk"}
        or bool(DAEMON.match(sender))
        or bool(AWAY_SUBJECT.match(headers.text("subject")))
    )
    return Marks(
        is_automatic=is_automatic or is_list,
        is_silent=is_automatic
        or is_list
        or any(word in suppress for word in ("all", "autoreply", "oof", "dr")),
        is_list=is_list,
        has_null_sender=null_sender,
        has_passed_here=own_mark in loops,
    )
