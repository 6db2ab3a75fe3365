"""Idempotency-Key: the same request is done once and answered alike, however often it is sent."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from amity.base.time import now
from amity.kernel.access.models import IdempotencyRecord
from amity.kernel.access.rules import Actor
from amity.kernel.rest.problems import ProblemError, problem

HEADER = "Idempotency-Key"
KEPT_HEADERS = ("Content-Type", "Location", "ETag")
HIDDEN = "x-secret"  # stands in place of an answer that is shown once
NOT_KEPT = frozenset({401, 403, 408, 425, 429})  # answers that depend on the moment


class Replay(Exception):  # noqa: N818 -- not an error: the answer that was given before
    """Ends an operation with the answer that its key was given before."""

    def __init__(self, record: IdempotencyRecord) -> None:
        super().__init__(record.key)
        self.record = record


class Claim:
    """A key of this request; `settle` keeps the answer under it."""

    def __init__(self, request: HttpRequest, key: str, stack: ExitStack) -> None:
        self.request = request
        self.key = key
        self.stack = stack  # ends the transaction that `take` begins
        self.record: IdempotencyRecord | None = None
        self.savepoint = ""

    def take(self, actor: Actor) -> None:
        """Inserts the key first, in the transaction of the change; the unique row decides races.

        The body is read before: no transaction waits for a slow upload, and no stranger's upload
        is read at all.

        Raises:
            Replay: the same request was answered before.
            ProblemError: the key was used for another request.
        """
        caller = f"{actor.kind}:{actor.user_id}:{actor.name}"[:100]
        digest = _digest(self.request)
        self.stack.enter_context(transaction.atomic())
        try:
            with transaction.atomic():
                self.record = IdempotencyRecord.objects.create(
                    key=self.key, caller=caller, request_digest=digest, created_at=now()
                )
        except IntegrityError:
            earlier = IdempotencyRecord.objects.get(key=self.key, caller=caller)
            if earlier.request_digest != digest:
                raise ProblemError(
                    422, "This Idempotency-Key was used for another request. Choose a new one."
                ) from None
            raise Replay(earlier) from None
        self.savepoint = transaction.savepoint()

    def settle(self, response: HttpResponseBase, *, secret: bool) -> None:
        """Keeps the answer; a refusal first takes back what the operation did."""
        if self.record is None:
            return
        if response.status_code >= 500 or response.status_code in NOT_KEPT:
            transaction.set_rollback(True)
            return
        if response.status_code >= 400:
            transaction.savepoint_rollback(self.savepoint)
        self.record.status_code = response.status_code
        self.record.headers = {
            name: response[name] for name in KEPT_HEADERS if response.has_header(name)
        }
        if secret and response.status_code < 400:
            self.record.headers[HIDDEN] = "yes"
        elif isinstance(response, HttpResponse):
            self.record.body = response.content.decode()
        self.record.save(update_fields=["status_code", "headers", "body"])


def replayed(record: IdempotencyRecord) -> HttpResponse:
    """The answer that was given before; one that held a secret is not given twice."""
    headers = dict(record.headers)
    if headers.pop(HIDDEN, ""):
        return problem(
            409, "This was done before; the secret in its answer is shown once. Make a new one."
        )
    response = HttpResponse(record.body, status=record.status_code)
    for name, value in headers.items():
        response[name] = value
    response["Idempotent-Replayed"] = "true"
    return response


def keeps_secret(request: HttpRequest) -> None:
    """Called by an operation whose answer holds a secret: it is not stored."""
    request.amity_secret = True  # type: ignore[attr-defined]  # read by `once`


def once(
    request: HttpRequest, call: Callable[[Callable[[Actor], None] | None], HttpResponseBase]
) -> HttpResponseBase:
    """Runs `call` under the request's key, where it is a POST that has one.

    `call` is given a function to call with the actor as soon as the guard has let it in.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return call(None)
    if not 1 <= len(key) <= 255 or not key.isprintable():
        return problem(422, f"{HEADER} has 1 to 255 printable characters.")
    with ExitStack() as stack:
        claim = Claim(request, key, stack)
        response = call(claim.take)
        claim.settle(response, secret=getattr(request, "amity_secret", False))
    return response


def _digest(request: HttpRequest) -> str:
    digest = sha256()
    for part in _parts(request):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _parts(request: HttpRequest) -> Iterator[bytes]:
    yield request.get_full_path().encode()
    if not (request.content_type or "").startswith("multipart/"):
        yield request.body
        return
    for name, values in sorted(request.POST.lists()):  # the boundary differs at each attempt
        yield from (f"{name}={value}".encode() for value in values)
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            yield f"{name}={file.name}".encode()
            yield from (sha256(chunk).digest() for chunk in file.chunks())
            file.seek(0)
