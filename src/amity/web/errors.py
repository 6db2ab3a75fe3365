"""Pages for what went wrong: what happened, what is safe, what to do now, and an id to quote."""

import logging
import secrets
import sys
from collections.abc import Callable
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template import loader
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amity.base.results import AmityError, ConflictError, NotFoundError
from amity.kernel.rest.problems import is_database_down

logger = logging.getLogger("amity.web")

WORDS = {
    400: (
        gettext_noop("This request cannot be read"),
        gettext_noop("Nothing was changed. Go back, load the page again and repeat it."),
    ),
    403: (
        gettext_noop("This is not for you"),
        gettext_noop(
            "Your role does not allow it, or this form was open too long. Nothing was changed. "
            "Ask an owner for another role, or load the page again."
        ),
    ),
    404: (
        gettext_noop("There is nothing here"),
        gettext_noop("The address is wrong, or what was here is gone. Nothing was changed."),
    ),
    409: (
        gettext_noop("This cannot be done as things stand now"),
        gettext_noop("Nothing was changed."),
    ),
    413: (
        gettext_noop("This is too large"),
        gettext_noop("Nothing was stored. Send less at once."),
    ),
    422: (gettext_noop("This did not work"), gettext_noop("Nothing was changed.")),
    500: (
        gettext_noop("Something broke on our side"),
        gettext_noop("What you did was not saved; what was there before is safe. Try once more."),
    ),
    503: (
        gettext_noop("Amity cannot reach its database"),
        gettext_noop("What was saved is safe. This page tries again by itself if you reload it."),
    ),
}


# Django turns these into answers by itself, with the handlers below.
ANSWERED = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)


def page(request: HttpRequest, status: int, message: str = "", quote: str = "") -> HttpResponse:
    """The page for a status; `message` replaces the general words."""
    title, text = WORDS[status]
    given = {
        "status": status,
        "title_text": _(title),
        "text": message or _(text),
        "quote": quote or secrets.token_hex(4),
    }
    html = loader.render_to_string("web/error.html", given, request if status < 500 else None)
    logger.info("answered %s on %s as %s", status, request.path, given["quote"])
    response = HttpResponse(html, status=status)
    if status == 503:
        response["Retry-After"] = "5"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's `handler400`."""
    return page(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's `handler403`."""
    return page(request, 403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's `CSRF_FAILURE_VIEW`."""
    return page(
        request,
        403,
        _(
            "This form was open too long, or cookies are off. Nothing was changed: go back, "
            "load the page again and repeat it."
        ),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's `handler404`."""
    return page(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: it may not fail itself, so it asks for nothing.

    What broke in a middleware arrives here alone: a session that cannot be read, for example.
    """
    if is_database_down(sys.exc_info()[1]):
        return page(request, 503, quote=getattr(request, "amity_incident", ""))
    return page(request, 500, quote=getattr(request, "amity_incident", ""))


class PlainFailures:
    """Middleware: an expected failure becomes a page that says its sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> Any:
        if isinstance(exception, ANSWERED):
            return None
        if isinstance(exception, NotFoundError):
            return page(request, 404, str(exception))
        if isinstance(exception, ConflictError):
            return page(request, 409, str(exception))
        if isinstance(exception, AmityError):
            return page(request, 422, str(exception))
        incident = secrets.token_hex(4)
        request.amity_incident = incident  # type: ignore[attr-defined]  # read by `broken`
        logger.error("incident %s on %s", incident, request.path, exc_info=exception)
        if is_database_down(exception):
            return page(request, 503, quote=incident)
        return None
