"""News for the pages of the staff: an address that answers when something changed."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from amity.kernel.access.doors import requires
from amity.run.inbox.queries.live import BUS, marks_of

COMES_AGAIN = 5  # seconds, where too many wait already


@requires("inbox.view")
def news(request: HttpRequest, key: int) -> HttpResponse:
    """The mark of a conversation (or of all, key 0), once it is not `mark` any more or in 25 s."""
    known = request.GET.get("mark", "")
    mark = int(known) if known.isdecimal() and len(known) < 19 else None
    waited = BUS.wait(key, mark) if mark is not None else True
    found = marks_of([key])
    response = JsonResponse({"mark": found.get(key, 0), "again": 0 if waited else COMES_AGAIN})
    response["Cache-Control"] = "no-store"
    return response
