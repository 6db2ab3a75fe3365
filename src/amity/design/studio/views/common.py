"""What the pages of the studio share."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from amity.base.results import AmityError
from amity.base.time import now
from amity.design.studio.operations import edit_draft
from amity.kernel.access.doors import actor_of
from amity.kernel.access.rules import may
from amity.kernel.policy.document import CanvasDocument
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.operations import EditConflictError
from amity.kernel.policy.queries import Finding, PolicyNotFoundError, version_by_number
from amity.ui.notices import notify


def found(number: int) -> PolicyVersion:
    """The version in the address, or the page that says there is none."""
    try:
        return version_by_number(number)
    except PolicyNotFoundError as error:
        raise Http404(str(error)) from error


def lock_of(request: HttpRequest) -> int:
    """The draft's version that the form was drawn from."""
    given = request.POST.get("lock_version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def rights(request: HttpRequest) -> dict[str, bool]:
    """What this person may do on the canvas."""
    actor = actor_of(request)
    return {
        "may_edit": may(actor, "policy.edit"),
        "may_publish": may(actor, "policy.publish"),
    }


def edited(
    request: HttpRequest,
    number: int,
    change: Callable[[CanvasDocument], CanvasDocument],
    *,
    done: str,
    to: tuple[Any, ...],
) -> HttpResponse:
    """One button that changes a draft: does it, tells it, and goes to the page `to`."""
    try:
        edit_draft(number, change, lock_version=lock_of(request), actor=actor_of(request), at=now())
    except EditConflictError as error:
        notify(request, " ".join([str(error), *error.changes[:3]]), kind="bad")
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, done)
    return _to(to)


def _to(to: tuple[Any, ...]) -> HttpResponseRedirect:
    name, *args = to
    return redirect(name, *args)


def place_of(version: PolicyVersion, finding: Finding) -> str:
    """The address of what a finding is about: the type, the part, or the row."""
    if not finding.segment:
        return reverse("canvas_version", args=[version.number])
    row = reverse("canvas_row", args=[version.number, finding.segment])
    field, _dot, rest = finding.path.removeprefix(f"segments.{finding.segment}.").partition(".")
    if field == "relationship_types" and rest:
        return f"{row}#type-{rest.partition('.')[0]}"
    if field == "touchpoints" and version.status == PolicyVersion.Status.DRAFT:
        return reverse("canvas_part", args=[version.number, finding.segment, "touchpoints"])
    return row


def moved_words(by: int) -> str:
    """What moving a row did."""
    return _("Moved up: it now decides earlier.") if by < 0 else _("Moved down.")
