from typing import Any

from django.urls import URLPattern, URLResolver, path

from amity.api.root import api
from amity.kernel.access.doors import public


def _guarded_by_the_api(patterns: list[Any]) -> list[Any]:
    """Marks the API's views as guarded: each operation has its own `ApiGuard` (a test holds it)."""
    for pattern in patterns:
        public(pattern.callback)
    return patterns


_patterns, _app, _namespace = api.urls
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", (_guarded_by_the_api(_patterns), _app, _namespace)),
]
