import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from amity.api.root import api
from amity.kernel.access.doors import public
from amity.kernel.rest.door import api_door
from amity.kernel.rest.problems import problem


def _behind_the_door(patterns: list[Any]) -> list[Any]:
    """Each operation has its own `ApiGuard` (a test holds it); the door does what all share."""
    for pattern in patterns:
        pattern.callback = api_door(pattern.callback)
    return patterns


@cache
def _document() -> bytes:
    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")).encode()


@public
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document: what the API takes and answers, no data of the company."""
    return HttpResponse(_document(), content_type="application/json")


@csrf_exempt
@public
def nowhere(request: HttpRequest) -> HttpResponse:
    """404 as a problem, for what is no address of the API."""
    return problem(404, "The API has nothing at this address. See /openapi.json.")


_patterns, _app, _namespace = api.urls
urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", openapi, name="openapi"),
    path("api/v1/openapi.json", openapi),
    path("api/v1/", (_behind_the_door(_patterns), _app, _namespace)),
    path("v1/", include("amity.api.tracking.urls")),
    re_path(r"^(?:api|v1)/", nowhere),
]
