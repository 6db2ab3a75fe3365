"""The one way into an API operation: size, content type, limits, idempotency, problems."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from django.http.response import HttpResponseBase

from amity.kernel.access.doors import public
from amity.kernel.access.rules import Actor
from amity.kernel.rest.idempotency import Replay, once, replayed
from amity.kernel.rest.limits import RateLimit
from amity.kernel.rest.problems import ProblemError, is_database_down, problem, unavailable

View = Callable[..., HttpResponseBase]
JSON = "application/json"
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")
RATE = RateLimit(rate=settings.API_RATE, burst=settings.API_RATE * 10)


def api_door(view: View) -> View:
    """Wraps a view of the API; the guard inside calls `request.amity_admitted(actor)`."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return _checked(request, lambda: view(request, *args, **kwargs))
        except Exception as error:
            if is_database_down(error):
                return unavailable(error)
            raise

    entered.csrf_exempt = True  # type: ignore[attr-defined]  # the guard checks session callers
    return public(entered)


def _checked(request: HttpRequest, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if "\x00" in request.path:
        return problem(404, "There is nothing at this address.")
    refusal = _unreadable(request) if request.method in WITH_BODY else None
    if refusal is not None:
        return refusal

    def call(claim: Callable[[Actor], None] | None) -> HttpResponseBase:
        request.amity_admitted = _admission(claim)  # type: ignore[attr-defined]  # read by ApiGuard
        return run()

    response = once(request, call)
    if response.status_code == 405 and not response.get("Content-Type", "").endswith("+json"):
        allowed = ", ".join(sorted(response["Allow"].replace(" ", "").split(",")))
        return problem(405, f"Use one of: {allowed}.", headers={"Allow": allowed})
    return response


def _admission(claim: Callable[[Actor], None] | None) -> Callable[[Actor], None]:
    def admitted(actor: Actor) -> None:
        seconds = RATE.wait(f"{actor.kind}:{actor.user_id}:{actor.name}")
        if seconds:
            raise ProblemError(
                429,
                "Slow down and try again later.",
                headers={"Retry-After": str(int(seconds) + 1)},
            )
        if claim is not None:
            claim(actor)

    return admitted


def _unreadable(request: HttpRequest) -> HttpResponseBase | None:
    kind = (request.content_type or "").lower()
    if kind.startswith("multipart/"):
        return _too_long(request)
    try:
        body = request.body
    except RequestDataTooBig:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return problem(413, f"A body has at most {limit} bytes here. Send it in parts.")
    except UnreadablePostError:
        return problem(400, "The body ended early.")
    if body and kind != JSON:
        return problem(415, f"Send {JSON} (or multipart/form-data where a file is uploaded).")
    return None


def _too_long(request: HttpRequest) -> HttpResponseBase | None:
    """413 for an upload that says that it is too large; it is not read before the guard."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    limit = settings.MAX_UPLOAD_BYTES + 1_000_000
    if not length.isdecimal() or int(length) > limit:
        return problem(413, f"An upload has at most {settings.MAX_UPLOAD_BYTES} bytes.")
    return None


def replay(_request: HttpRequest, ended: Replay) -> HttpResponseBase:
    """Handler of `Replay` for the API."""
    return replayed(ended.record)
