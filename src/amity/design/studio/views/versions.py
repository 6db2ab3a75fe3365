"""Versions of the canvas: list, difference, check, publish, roll back, proposals, files."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.design.studio.forms import ReasonForm, SafeForm
from amity.design.studio.operations import import_canvas
from amity.design.studio.queries.versions import segment_names, sheet
from amity.design.studio.views.common import found, lock_of, place_of, rights
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.policy.document import DocumentError
from amity.kernel.policy.files import MAX_CHARACTERS, dump
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.operations import (
    PolicyInvalidError,
    adopt_proposal,
    decline_proposal,
    publish,
    roll_back,
)
from amity.kernel.policy.queries import (
    diff,
    document_of,
    publish_preview,
    published,
    validate,
)
from amity.kernel.policy.queries import versions as all_versions
from amity.ui.notices import notify

Status = PolicyVersion.Status
SHOWN = 100  # versions on the list; older ones are found by their number


@requires("policy.view")
def index(request: HttpRequest) -> HttpResponse:
    """All versions, the newest first, proposals before them."""
    rows = list(all_versions().defer("document")[:SHOWN])
    context = {
        "proposals": [row for row in rows if row.status == Status.PROPOSAL],
        "versions": [row for row in rows if row.status != Status.PROPOSAL],
        **rights(request),
    }
    return render(request, "canvas/versions.html", context)


@requires("policy.view")
def compare(request: HttpRequest) -> HttpResponse:
    """As-is beside to-be: two versions and what differs; else the published and the newest."""
    rows = list(all_versions().defer("document")[:SHOWN])
    old, new = _chosen(request, "old"), _chosen(request, "new")
    if new is None and rows:
        new = rows[0]
    if old is None:
        old = published() or (rows[1] if len(rows) > 1 else None)
    if old is None or new is None:
        notify(request, _("There are not two versions to compare yet."))
        return redirect("canvas_versions")
    old_sheet, new_sheet = sheet(old), sheet(new)
    context = {
        "versions": rows,
        "old": old,
        "new": new,
        "old_sheet": old_sheet,
        "new_sheet": new_sheet,
        "old_cells": {d.segment: d.relationship_types for d in old_sheet.document.segments},
        "new_cells": {d.segment: d.relationship_types for d in new_sheet.document.segments},
        "changes": diff(old_sheet.document, new_sheet.document),
        "names": segment_names(),
    }
    return render(request, "canvas/compare.html", context)


def _chosen(request: HttpRequest, name: str) -> PolicyVersion | None:
    given = request.GET.get(name, "")
    return found(int(given)) if given.isdecimal() and len(given) < 10 else None


@requires("policy.view")
def check(request: HttpRequest, number: int) -> HttpResponse:
    """What is wrong with a version, or deserves a second look, with links to the place."""
    version = found(number)
    document = document_of(version)
    context = {
        "version": version,
        "findings": validate(document, now()),
        "place_of": place_of,
        "names": segment_names(),
        **rights(request),
    }
    return render(request, "canvas/check.html", context)


@requires("policy.publish")
def publication(request: HttpRequest, number: int) -> HttpResponse:
    """What publishing changes, for whom, and how to take it back; POST publishes."""
    version = found(number)
    if version.status != Status.DRAFT:
        raise Http404(_("Only a draft is published."))
    if request.method != "POST":
        return _publication_page(request, version, ReasonForm())
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _publication_page(request, version, form, status=422)
    try:
        publish(
            version.pk,
            reason=form.cleaned_data["reason"],
            actor=actor_of(request),
            at=now(),
            lock_version=lock_of(request),
        )
    except AmityError as error:
        form.add_error(None, str(error))
        status = 422 if isinstance(error, PolicyInvalidError) else 409
        return _publication_page(request, found(number), form, status=status)
    notify(request, _("Version %(number)s is in force.") % {"number": number})
    return redirect("canvas")


def _publication_page(
    request: HttpRequest, version: PolicyVersion, form: ReasonForm, status: int = 200
) -> HttpResponse:
    preview = publish_preview(version, now())
    context = {
        "version": version,
        "preview": preview,
        "place_of": place_of,
        "told": [change for change in preview.changes if "_definitions" not in change.path],
        "form": form,
        "names": segment_names(),
    }
    return render(request, "canvas/publication.html", context, status=status)


@requires("policy.publish")
def rollback(request: HttpRequest, number: int) -> HttpResponse:
    """What going back to an older version changes; POST does it, as a new version."""
    version = found(number)
    if version.status != Status.SUPERSEDED:
        raise Http404(_("Only a version that was in force before is gone back to."))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            back = roll_back(
                number, reason=form.cleaned_data["reason"], actor=actor_of(request), at=now()
            )
        except AmityError as error:
            form.add_error(None, str(error))
        else:
            words = _("Version %(new)s is in force and says what version %(old)s said.")
            notify(request, words % {"new": back.number, "old": number})
            return redirect("canvas")
    current = published()
    context = {
        "version": version,
        "current": current,
        "changes": diff(document_of(current) if current else None, document_of(version)),
        "form": form,
        "names": segment_names(),
    }
    status = 422 if form.errors else 200
    return render(request, "canvas/rollback.html", context, status=status)


@require_POST
@requires("policy.edit")
def adoption(request: HttpRequest, number: int) -> HttpResponse:
    """Makes a draft of a proposal, to be edited or published."""
    try:
        adopt_proposal(found(number).pk, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
        return redirect("canvas_versions")
    notify(
        request,
        _("Version %(number)s is a draft now. Look at it, then publish.") % {"number": number},
    )
    return redirect("canvas_version", number)


@requires("policy.edit")
def refusal(request: HttpRequest, number: int) -> HttpResponse:
    """Sets a proposal or a draft aside, with the reason."""
    version = found(number)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            decline_proposal(version.pk, reason=reason, actor=actor_of(request), at=now())
        except AmityError as error:
            form.add_error(None, str(error))
        else:
            notify(request, _("Version %(number)s is set aside.") % {"number": number})
            return redirect("canvas_versions")
    status = 422 if form.errors else 200
    return render(request, "canvas/refusal.html", {"version": version, "form": form}, status=status)


@requires("policy.view")
def export(request: HttpRequest, number: int) -> HttpResponse:
    """The version as one YAML file that `canvas import` takes back unchanged."""
    version = found(number)
    return HttpResponse(
        dump(document_of(version)),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="canvas-{version.number}.yaml"'},
    )


class ImportForm(SafeForm):
    """A canvas file, chosen or pasted."""

    file = forms.FileField(label=gettext_lazy("File"), required=False)
    text = forms.CharField(
        label=gettext_lazy("or its text"),
        required=False,
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea({"rows": 12, "spellcheck": "false"}),
    )
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=1000, required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two is needed, and it is text."""
        cleaned = forms.Form.clean(self) or {}
        upload = cleaned.get("file")
        if upload is not None:
            if upload.size > MAX_CHARACTERS * 4:
                raise forms.ValidationError(_("The file is too large for a canvas."))
            try:
                cleaned["text"] = upload.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise forms.ValidationError(_("Save the file as UTF-8 and try again.")) from error
        if not cleaned.get("text", "").strip():
            raise forms.ValidationError(_("Choose a file or paste its text."))
        return cleaned


@requires("policy.edit")
def import_file(request: HttpRequest) -> HttpResponse:
    """Takes a canvas file in as a draft; segments and touchpoints it defines are added."""
    if request.method != "POST":
        return render(request, "canvas/import.html", {"form": ImportForm(), "problems": ()})
    form = ImportForm(request.POST, request.FILES)
    problems: tuple[str, ...] = ()
    if form.is_valid():
        said = form.cleaned_data
        try:
            result = import_canvas(
                said["text"], reason=said["reason"], actor=actor_of(request), at=now()
            )
        except DocumentError as error:
            problems = error.problems
        except AmityError as error:
            problems = (str(error),)
        else:
            notify(request, result.words)
            return redirect("canvas_version", result.version.number)
    context = {"form": form, "problems": problems}
    return render(request, "canvas/import.html", context, status=422)
