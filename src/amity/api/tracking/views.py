"""The addresses that tracking clients post to, from servers and from browsers."""

import base64
import binascii
import json
import zlib
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from amity.api.tracking.intake import place_of, take_in
from amity.api.tracking.messages import Message, read_message
from amity.base.results import AmityError, ConflictError
from amity.base.time import now
from amity.kernel.access.doors import public
from amity.kernel.access.models import WriteKey
from amity.kernel.rest.limits import RateLimit
from amity.kernel.rest.problems import ProblemError, is_database_down, problem, unavailable

MAX_BODY = 1_000_000  # bytes, after unpacking
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
    "Access-Control-Max-Age": "86400",
}
RATE = RateLimit(rate=5000, burst=50_000)  # messages of one write key


@csrf_exempt  # the write key is the permission; a session gives none
@public
def collect(request: HttpRequest, kind: str) -> HttpResponse:
    """Takes one message, or a batch of them, and answers once they are stored."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=CORS)
    response = _answer(request, kind)
    for name, value in CORS.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, kind: str) -> HttpResponse:
    if request.method != "POST":
        return problem(405, "Use POST.", headers={"Allow": "POST, OPTIONS"})
    try:
        return _collect(request, kind)
    except ProblemError as error:
        return problem(error.status, error.detail, headers=error.headers)
    except ConflictError as error:
        return problem(503, str(error))
    except AmityError as error:
        return problem(400, str(error))
    except DatabaseError as error:
        if is_database_down(error):
            return unavailable(error)
        raise


def _collect(request: HttpRequest, kind: str) -> HttpResponse:
    body = _body(request)
    key = _write_key(request, body)
    raw = body.get("batch") if kind == "batch" else [body]
    if not isinstance(raw, list):
        raise ProblemError(400, "A batch is an object with a list named batch.")
    seconds = RATE.wait(str(key.pk), cost=len(raw))
    if seconds:
        raise ProblemError(429, "Slow down.", headers={"Retry-After": str(int(seconds) + 1)})
    at = now()
    messages: list[Message] = []
    rejected: list[dict[str, Any]] = []
    for place, item in enumerate(raw):
        try:
            single = None if kind == "batch" else kind
            messages.append(
                read_message(item, kind=single, sent_at=body.get("sentAt"), received_at=at)
            )
        except AmityError as error:
            rejected.append({"index": place, "reason": str(error)})
    if rejected and kind != "batch":
        raise ProblemError(400, rejected[0]["reason"])
    take_in(messages, place=place_of(key), at=at)
    answer: dict[str, Any] = {"success": True}
    if rejected:
        answer["rejected"] = rejected
    return JsonResponse(answer)


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        data = request.body
    except RequestDataTooBig as error:
        raise _too_large() from error
    except UnreadablePostError as error:
        raise ProblemError(400, "The body ended early.") from error
    if request.headers.get("Content-Encoding", "").lower() == "gzip":
        data = _unpacked(data)
    if len(data) > MAX_BODY:
        raise _too_large()
    try:
        body = json.loads(data)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, "The body is not JSON that can be stored.") from error
    if not isinstance(body, dict):
        raise ProblemError(400, "The body is a JSON object.")
    return body


def _unpacked(data: bytes) -> bytes:
    """gzip taken off, at most one byte more than is allowed: a bomb does not go off."""
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data, MAX_BODY + 1)
    except zlib.error as error:
        raise ProblemError(400, "The body says gzip and is none.") from error


def _too_large() -> ProblemError:
    return ProblemError(413, f"A body has at most {MAX_BODY} bytes. Send smaller batches.")


def _write_key(request: HttpRequest, body: dict[str, Any]) -> WriteKey:
    given = _basic_user(request) or body.get("writeKey")
    if isinstance(given, str) and 0 < len(given) <= 64 and "\x00" not in given:
        key = WriteKey.objects.filter(key=given, revoked_at=None).first()
        if key is not None:
            return key
    raise ProblemError(
        401,
        "Send a write key that is alive, as the user name of Basic auth or as writeKey.",
        headers={"WWW-Authenticate": 'Basic realm="Amity tracking"'},
    )


def _basic_user(request: HttpRequest) -> str | None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None
