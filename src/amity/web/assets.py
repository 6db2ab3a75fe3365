"""The bundles of every page's style and script."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from amity.kernel.access.doors import public
from amity.ui.bundles import PARTS, bundle

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
A_YEAR = 365 * 24 * 60 * 60


@public
def asset(request: HttpRequest, name: str) -> HttpResponse:
    """One bundle, packed where the browser takes that; kept for a year under its version."""
    if name not in PARTS:
        raise Http404(name)
    made = bundle(name)
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        made.packed if is_packed else made.plain, content_type=TYPES[name.rpartition(".")[2]]
    )
    if is_packed:
        response["Content-Encoding"] = "gzip"
    is_lasting = request.GET.get("v") == made.version
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if is_lasting else "no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
