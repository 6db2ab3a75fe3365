from django.urls import URLPattern, path

from amity.api.tracking.views import collect

# The long names are those of servers' clients, the short ones those of the browser's.
NAMES = {
    "identify": "identify",
    "i": "identify",
    "track": "track",
    "t": "track",
    "page": "page",
    "p": "page",
    "screen": "screen",
    "s": "screen",
    "group": "group",
    "g": "group",
    "alias": "alias",
    "a": "alias",
    "batch": "batch",
    "b": "batch",
    "import": "batch",
}

urlpatterns: list[URLPattern] = [
    path(f"{name}", collect, {"kind": kind}) for name, kind in NAMES.items()
]
