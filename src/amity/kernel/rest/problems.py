"""Errors as problem details (RFC 9457): what happened, and what to do about it."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from amity.base.results import AmityError, ConflictError, NotFoundError, StaleError

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"

_TITLES = {
    400: "The request cannot be read",
    401: "Who are you?",
    403: "You may not do this",
    404: "Not found",
    405: "This address does not take this method",
    409: "It conflicts with how things stand",
    412: "It changed since you read it",
    413: "Too large",
    415: "This content type is not taken",
    422: "Some of it cannot be taken",
    428: "If-Match is missing",
    429: "Too many requests",
    500: "Something broke on our side",
    503: "Not available now",
}


class ProblemError(Exception):
    """Ends an operation with a problem; `errors` names fields with their remedy."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})


def problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A problem as a response. `errors` are `{"field": …, "message": …}`."""
    body: dict[str, Any] = {
        "type": f"urn:amity:problem:{status}",
        "title": _TITLES.get(status, HTTPStatus(status).phrase),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    given = dict(headers or {})
    if status == 401:
        given.setdefault("WWW-Authenticate", 'Bearer realm="Amity"')
    if status == 503:
        given.setdefault("Retry-After", "5")
    return JsonResponse(body, status=status, headers=given, content_type=MEDIA_TYPE)


def status_of(error: AmityError) -> int:
    """The status that an expected failure answers with."""
    if isinstance(error, NotFoundError):
        return 404
    if isinstance(error, StaleError):
        return 412
    return 409 if isinstance(error, ConflictError) else 422


def field_errors(error: AmityError) -> list[dict[str, str]]:
    """The fields that an expected failure names, where it has `errors`."""
    named: Mapping[str, str] = getattr(error, "errors", {})
    return [{"field": field, "message": message} for field, message in named.items()]


def is_database_down(error: BaseException | None) -> bool:
    """Whether the database did not answer, is busy, full or read-only: later it may work.

    SQLite says in the same class of error that it was asked wrongly; that is a fault of ours.
    """
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return not str(error).startswith(("no such ", "near ", "too many ", "table ", "unrecognized "))


def install(api: NinjaAPI) -> None:
    """Makes every error of `api` a problem."""
    handlers: dict[type[Exception], Any] = {
        AmityError: lambda _request, error: problem(
            status_of(error), str(error), errors=field_errors(error)
        ),
        ProblemError: lambda _request, error: problem(
            error.status, error.detail, errors=error.errors, headers=error.headers
        ),
        ValidationError: lambda _request, error: _invalid(error),
        AuthenticationError: lambda _request, _error: problem(
            401, "Send a token that is alive: Authorization: Bearer am_…"
        ),
        Throttled: lambda _request, _error: problem(429, "Slow down and try again later."),
        HttpError: lambda _request, error: _http_error(error),
        Http404: lambda _request, _error: problem(404, "There is nothing at this address."),
        PermissionDenied: lambda _request, error: _forbidden(error),
        RequestDataTooBig: lambda _request, _error: problem(413, "Send less at once."),
        MultiPartParserError: lambda _request, _error: problem(
            400, "The body is no multipart form that can be read. Check its boundary."
        ),
        SuspiciousOperation: lambda _request, _error: problem(400, "The request is malformed."),
        Exception: broken,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def unavailable(error: BaseException) -> HttpResponse:
    """503: the database did not answer."""
    logger.warning("The database did not answer: %s", error)
    return problem(503, "The database does not answer. Repeat the request in a few seconds.")


def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """500 with a number that stands in the log beside the cause; 503 for the database."""
    if is_database_down(error):
        return unavailable(error)
    number = secrets.token_hex(4)
    logger.error("Error %s at %s %s", number, request.method, request.path, exc_info=error)
    return problem(500, f"It is in our log as {number}. Repeat the request; if it stays, tell us.")


def _invalid(error: ValidationError) -> HttpResponse:
    errors = [
        {
            "field": ".".join(str(part) for part in item["loc"]),
            "message": f"{str(item['msg'])[:300]}.",
        }
        for item in error.errors[:50]
    ]
    names = ", ".join(item["field"] for item in errors[:5])
    return problem(422, f"Correct {names} and send it again.", errors=errors)


def _http_error(error: HttpError) -> HttpResponse:
    cause = error.__cause__
    if isinstance(cause, AmityError):
        return problem(status_of(cause), str(cause), errors=field_errors(cause))
    if error.status_code == 400:
        return problem(400, "The body is not JSON that can be read. Check it and send it again.")
    return problem(error.status_code, str(error))


def _forbidden(error: PermissionDenied) -> HttpResponse:
    needed = str(error)
    if "." in needed and " " not in needed:
        return problem(403, f"This needs the permission {needed}, by your role and by your token.")
    return problem(403, needed or "You may not do this.")
