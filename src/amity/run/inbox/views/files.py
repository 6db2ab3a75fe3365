"""Files of messages, given out so that they can do nothing here."""

from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse

from amity.kernel.access.doors import requires
from amity.run.inbox.models import Attachment
from amity.run.inbox.rules.files import is_picture


@requires("inbox.view")
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: to be saved, or, where it is a true picture, shown with `?shown=1`."""
    row = Attachment.objects.select_related("file").filter(pk=pk).first()
    if row is None:
        raise Http404
    data = bytes(row.file.content)
    shown = request.GET.get("shown") == "1" and is_picture(row.content_type, data)
    kind = row.content_type if shown else "application/octet-stream"
    response = HttpResponse(data, content_type=kind)
    where = "inline" if shown else "attachment"
    response["Content-Disposition"] = f"{where}; filename*=UTF-8''{quote(row.name)}"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=3600"
    return response
