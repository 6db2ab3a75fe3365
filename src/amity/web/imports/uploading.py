"""The first step: choose what the file holds, and the file."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.imports.formats.kinds import kind_labels
from amity.kernel.imports.operations import create_upload
from amity.web.imports.uploads import HomeUploadHandler, StoredUpload


@requires("imports.run")
@csrf_exempt  # the inner view is protected; before it, the handler of uploads has to be chosen
def new(request: HttpRequest) -> HttpResponse:
    """Asks for the file; a POST streams it into the home folder."""
    if request.method != "POST":
        return _page(request)
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > settings.MAX_UPLOAD_BYTES:
        return _page(request, error=_too_large(), status=413)
    request.upload_handlers = [HomeUploadHandler(request)]
    return _take(request)


@csrf_protect
def _take(request: HttpRequest) -> HttpResponse:
    kind = request.POST.get("kind", "orders")
    upload = cast("StoredUpload | None", request.FILES.get("file"))
    if kind not in kind_labels():
        return _page(request, error=_("Choose what the file holds."), status=422)
    if upload is None:
        return _page(request, error=_("Choose a file."), status=422)
    try:
        row = create_upload(
            kind=kind,
            upload=upload.path,
            file_name=upload.name or "file",
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        upload.path.unlink(missing_ok=True)
        return _page(request, error=str(error), status=422, kind=kind)
    return redirect("import_mapping", pk=row.pk)


def _page(
    request: HttpRequest, *, error: str = "", status: int = 200, kind: str = "orders"
) -> HttpResponse:
    context = {
        "error": error,
        "kinds": [(value, _(label)) for value, label in kind_labels().items()],
        "kind": kind,
        "largest": settings.MAX_UPLOAD_BYTES // 1_000_000,
    }
    return render(request, "web/imports/new.html", context, status=status)


def _too_large() -> str:
    largest = settings.MAX_UPLOAD_BYTES // 1_000_000
    return _("The file is larger than %(n)s MB. Split it, or import it by command line.") % {
        "n": largest
    }
