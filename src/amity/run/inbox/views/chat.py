"""The public addresses of the chat. Every call is a simple POST without cookies, from a site that
is named in the settings; the token in its body says who it is."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from gzip import compress
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from amity.base.results import AmityError, NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import public
from amity.kernel.access.operations import company
from amity.run.inbox.models import Attachment, Channel, ChatSession, Message
from amity.run.inbox.operations import chat as operations
from amity.run.inbox.operations.chat_mail import mail_transcript
from amity.run.inbox.queries import chat as queries
from amity.run.inbox.queries.live import BUS, HOLD
from amity.run.inbox.rules.chat import Claim, chat_settings, ink_on
from amity.run.inbox.rules.incoming import IncomingFile
from amity.ui.formats import duration, when

SCRIPT = Path(__file__).parent.parent / "static/inbox/widget.js"
MAX_BODY = 100_000  # bytes of a call without files
FILE_SALT = "inbox.chat.file"
FILE_SECONDS = 3600  # that an address of a file lives
A_YEAR = 365 * 24 * 60 * 60
COMES_AGAIN = 5  # seconds, where too many wait already
Given = dict[str, Any]


class _RefusedError(AmityError):
    """A call that is answered with a status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


@lru_cache(maxsize=1)
def _script() -> tuple[bytes, bytes, str]:
    plain = SCRIPT.read_bytes()
    return plain, compress(plain, compresslevel=9, mtime=0), sha256(plain).hexdigest()[:10]


def script_version() -> str:
    """The mark of the script's content."""
    return _script()[2]


@public
@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The widget: one address for ever, looked after every hour; under its version for a year."""
    plain, packed, version = _script()
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    if request.headers.get("If-None-Match", "").removeprefix("W/") == f'"{version}"':
        response = HttpResponse(status=304)
    else:
        body = packed if is_packed else plain
        response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
        if is_packed:
            response["Content-Encoding"] = "gzip"
    is_lasting = request.GET.get("v") == version
    lasts = f"max-age={A_YEAR}, immutable" if is_lasting else "max-age=3600"
    response["Cache-Control"] = f"public, {lasts}"
    response["ETag"] = f'"{version}"'
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@csrf_exempt  # no cookie counts here; the token in the body does
@public
def call(request: HttpRequest, key: str, noun: str) -> HttpResponse:
    """One call of the widget; refused from sites that are not named in the settings."""
    try:
        channel = queries.chat_channel(key)
        origin = _origin(request, channel)
    except NotFoundError as error:
        return JsonResponse({"error": str(error)}, status=404)
    except _RefusedError as error:
        return JsonResponse({"error": str(error)}, status=error.status)
    response = _answer(request, channel, noun)
    response["Access-Control-Allow-Origin"] = origin
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Origin"])
    return response


def _origin(request: HttpRequest, channel: Channel) -> str:
    origin = request.headers.get("Origin", "")
    if origin not in (*chat_settings(channel.settings).origins, settings.BASE_URL):
        raise _RefusedError(
            403, _("This site may not open the chat. Add its address in the settings.")
        )
    return origin


def _answer(request: HttpRequest, channel: Channel, noun: str) -> HttpResponse:
    if request.method != "POST" or noun not in CALLS:
        return JsonResponse({"error": "Use POST."}, status=405, headers={"Allow": "POST"})
    try:
        given = _given(request)
        with translation.override(_language(request, given)):
            return JsonResponse(CALLS[noun](request, channel, given, now()))
    except _RefusedError as error:
        return JsonResponse({"error": str(error)}, status=error.status)
    except operations.TooMuchError as error:
        return JsonResponse({"error": str(error)}, status=429, headers={"Retry-After": "600"})
    except AmityError as error:
        return JsonResponse({"error": str(error)}, status=422)


def _given(request: HttpRequest) -> Given:
    if request.content_type == "multipart/form-data":
        if int(request.META.get("CONTENT_LENGTH") or 0) > _most_bytes():
            raise _RefusedError(413, _("The files are too large."))
        return {**request.POST.dict(), "files": request.FILES.getlist("files")}
    try:
        body = request.body
        given = json.loads(body) if len(body) <= MAX_BODY else None
    except (ValueError, RecursionError, RequestDataTooBig):
        given = None
    if not isinstance(given, dict):
        raise _RefusedError(400, _("The call cannot be read."))
    return given


def _most_bytes() -> int:
    return operations.FILES * operations.FILE_BYTES + MAX_BODY


def _text(given: Given, name: str, most: int = 320) -> str:
    value = given.get(name)
    return value[:most] if isinstance(value, str) else ""


def _number(given: Given, name: str) -> int:
    value = given.get(name)
    return value if isinstance(value, int) and 0 <= value < 2**62 else 0


def _language(request: HttpRequest, given: Given) -> str:
    asked = _text(given, "language", 20) or translation.get_language_from_request(request)
    try:
        return translation.get_supported_language_variant(asked)
    except LookupError:
        return settings.LANGUAGE_CODE


def _session(channel: Channel, given: Given) -> ChatSession:
    session = queries.session_of(channel, _text(given, "token", 100))
    if session is None:
        raise _RefusedError(401, _("The chat has ended. Open it again."))
    return session


def address_of(request: HttpRequest) -> str:
    """The visitor's network address; a proxy is believed where the operator trusts it."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if address in settings.TRUSTED_PROXIES:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        return told[:64] or address
    return address


def _beginning(request: HttpRequest, channel: Channel, given: Given, at: datetime) -> Given:
    session = queries.session_of(channel, _text(given, "token", 100))
    desk = queries.desk_of(channel, at)
    chosen = chat_settings(channel.settings)
    return {
        "name": channel.name,
        "company": company().name,
        "accent": chosen.accent,
        "ink": ink_on(chosen.accent),
        "greeting": chosen.greeting,
        "open": desk.is_open,
        "hours": _hours(desk),
        "wait": _wait(channel, at) if desk.is_open else "",
        "help": _help(session),
        "files": {"most": operations.FILES, "bytes": operations.FILE_BYTES},
        "known": session is not None,
        "email": bool(session is not None and session.email),
        "talking": session is not None and session.conversation_id is not None,
        "right_to_left": translation.get_language_bidi(),
        "words": words(),
    }


def _hours(desk: queries.Desk) -> str:
    if desk.is_open:
        return ""
    if desk.opens_at is None:
        return _("Nobody is free right now. Leave your question, we answer by e-mail.")
    opens = when(desk.opens_at)
    return _("We are here again %s. Leave your question, we answer by e-mail.") % opens


def _wait(channel: Channel, at: datetime) -> str:
    found = queries.usual_wait_of(channel, at)
    if found.seconds is None:
        return _("We cannot say yet how long an answer takes: not enough data.")
    took = duration(found.seconds)
    return _("Half of the last %(n)s chats had an answer within %(time)s.") % {
        "n": found.counted,
        "time": took,
    }


def _help(session: ChatSession | None) -> Given | None:
    found = queries.first_help_for(session)
    if found is None or (session is not None and session.conversation_id is not None):
        return None
    return {"text": found.text, "url": found.url, "person": found.is_person_reachable}


def _open(request: HttpRequest, channel: Channel, given: Given, at: datetime) -> Given:
    claim = Claim(
        user_id=_text(given, "user_id", 255),
        email=_text(given, "email"),
        name=_text(given, "name", 200),
        signature=_text(given, "hash", 200),
    )
    session, token = operations.open_session(
        channel=channel, claim=claim, address=address_of(request), at=at
    )
    return {
        "token": token,
        "verified": session.is_verified,
        "talking": session.conversation_id is not None,
        "email": bool(session.email),
    }


def _say(request: HttpRequest, channel: Channel, given: Given, at: datetime) -> Given:
    session = _session(channel, given)
    said = operations.Said(
        text=_text(given, "text", operations.LONGEST + 1),
        number=_text(given, "number", 64),
        email=_text(given, "email"),
        name=_text(given, "name", 200),
        files=tuple(_files(given)),
        wants_person=given.get("person") in (True, "1"),
        language=(translation.get_language() or "")[:10],
    )
    operations.say(session_id=session.pk, said=said, at=at)
    session = _session(channel, given)
    return _news(session, _last(given), at)


def _files(given: Given) -> list[IncomingFile]:
    files = given.get("files") or []
    if not isinstance(files, list) or not all(hasattr(file, "read") for file in files):
        return []
    return [
        IncomingFile(file.name or "file", file.content_type or "", file.read())
        for file in files[: operations.FILES + 1]
    ]


def _last(given: Given) -> int:
    value = given.get("last")
    if isinstance(value, str) and value.isdecimal() and len(value) < 19:
        return int(value)
    return _number(given, "last")


def _updates(request: HttpRequest, channel: Channel, given: Given, at: datetime) -> Given:
    """What is new; with a `mark` it waits until something is, at most 25 seconds."""
    session = _session(channel, given)
    conversation = queries.conversation_of(session)
    comes_again = 0
    if conversation is not None and given.get("wait") is True:
        mark = _number(given, "mark")
        if conversation.version == mark:
            if not BUS.wait(conversation.pk, mark, seconds=HOLD):
                comes_again = COMES_AGAIN
            session = _session(channel, given)
    answer = _news(session, _last(given), now())
    operations.be_seen(session, message_id=_last(given), at=now())
    return {**answer, "again": comes_again}


def _news(session: ChatSession, last: int, at: datetime) -> Given:
    conversation = queries.conversation_of(session)
    messages = queries.visible_messages(session, after=last)
    return {
        "mark": conversation.version if conversation is not None else 0,
        "messages": [_as_json(one, session) for one in messages],
        "writing": conversation is not None and queries.who_writes(conversation.pk, at),
    }


def _as_json(message: Message, session: ChatSession) -> Given:
    is_ours = message.kind == Message.Kind.REPLY
    name = message.author_name if "@" not in message.author_name else ""
    return {
        "id": message.pk,
        "ours": is_ours,
        "name": (_("Automatic answer") if message.is_automatic else name) if is_ours else "",
        "text": message.text,
        "at": message.at.isoformat(),
        "number": message.source_id.rpartition(":")[2] if not is_ours else "",
        "files": [
            {"name": file.name, "size": file.file.size, "url": _file_address(file, session)}
            for file in message.attachments.all()
        ],
    }


def _file_address(file: Attachment, session: ChatSession) -> str:
    ticket = signing.dumps([file.pk, session.pk], salt=FILE_SALT)
    return settings.BASE_URL + reverse("inbox:chat_file", args=[ticket])


@public
@require_safe
def file(request: HttpRequest, ticket: str) -> HttpResponse:
    """A file of a chat, to be saved, for whoever was shown its address within the hour."""
    try:
        pk, _session_pk = signing.loads(ticket, salt=FILE_SALT, max_age=FILE_SECONDS)
    except signing.BadSignature:
        return HttpResponse(_("This address is too old. Open the chat again."), status=410)
    row = Attachment.objects.select_related("file").filter(pk=pk).first()
    if row is None:
        return HttpResponse(_("This file is gone."), status=404)
    response = HttpResponse(bytes(row.file.content), content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name)}"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _transcript(request: HttpRequest, channel: Channel, given: Given, at: datetime) -> Given:
    session = _session(channel, given)
    if _text(given, "email"):
        operations.leave_address(session_id=session.pk, email=_text(given, "email"))
    mail_transcript(session.pk, at=at)
    return {"sent": True}


def words() -> dict[str, str]:
    """What the widget says, in the visitor's language."""
    return {
        "open": _("Open chat"),
        "close": _("Close chat"),
        "title": _("Chat with %s") % company().name,
        "log": _("Conversation"),
        "write": _("Your message"),
        "send": _("Send"),
        "attach": _("Attach a file"),
        "remove": _("Remove"),
        "you": _("You"),
        "unread": _("%s new"),
        "writing": _("Somebody is writing…"),
        "sending": _("Sending…"),
        "failed": _("Not sent."),
        "retry": _("Try again"),
        "offline": _("No connection. We keep trying."),
        "email": _("Your e-mail address"),
        "email_why": _("The answer goes there if you leave."),
        "name": _("Your name (optional)"),
        "person": _("Talk to a person"),
        "help": _("This may help at once"),
        "read": _("Open the help"),
        "transcript": _("Send me the answers by e-mail"),
        "transcript_sent": _("On its way to your inbox."),
        "too_large": _("This file is too large."),
        "automatic": _("Automatic answer"),
    }


Call = Callable[[HttpRequest, Channel, Given, datetime], Given]
CALLS: dict[str, Call] = {
    "beginning": _beginning,
    "session": _open,
    "messages": _say,
    "updates": _updates,
    "transcript": _transcript,
}
