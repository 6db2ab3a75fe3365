"""The forms in the opened row: one address for each part and each cell."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amity.base.results import AmityError
from amity.base.time import now
from amity.base.vocabulary import RelationshipType, Stage
from amity.design.studio.forms import (
    CellForm,
    ExpectationForm,
    ExpectationForms,
    PropositionForm,
    PurposeForm,
    ResourcesForm,
    TargetForm,
    TargetForms,
    TouchpointsForm,
    expectations_of,
    targets_of,
    type_of,
)
from amity.design.studio.operations import edit_draft
from amity.design.studio.queries.versions import sheet, touchpoints_by_stage
from amity.design.studio.rules.editing import NotOnCanvasError, design_of, with_cell, with_fields
from amity.design.studio.views.canvas import draw
from amity.design.studio.views.common import edited, found, lock_of
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.policy.document import CanvasDocument, SegmentDesign
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.operations import EditConflictError
from amity.kernel.policy.queries import document_of
from amity.ui.notices import notify

Change = Callable[[CanvasDocument], CanvasDocument]
TITLES = {
    "purpose": gettext_lazy("Why and how close"),
    "proposition": gettext_lazy("Value proposition"),
    "expectations": gettext_lazy("What they expect"),
    "touchpoints": gettext_lazy("Where they meet us"),
    "resources": gettext_lazy("Hours, budget and review"),
    "targets": gettext_lazy("Targets"),
}


class Part:
    """One part of a row: its form, and what saving it changes."""

    def __init__(self, name: str, design: SegmentDesign, data: Any) -> None:
        self.name, self.design, self.data = name, design, data
        self.form: Any = _build(name, design, data)

    @property
    def is_set(self) -> bool:
        """Whether it is a list of forms."""
        return self.name in ("expectations", "targets")

    def change(self) -> Change:
        """What saving does; the form is valid."""
        key = self.design.segment
        if self.name == "expectations":
            changes: dict[str, Any] = {"expectations": expectations_of(self.form)}
        elif self.name == "targets":
            changes = {"targets": targets_of(self.form)}
        else:
            changes = self.form.changes()
        return lambda document: with_fields(document, key, **changes)


def _build(name: str, design: SegmentDesign, data: Any) -> Any:
    if name == "expectations":
        return ExpectationForms(data, initial=ExpectationForm.of(design), prefix="e")
    if name == "targets":
        return TargetForms(data, initial=TargetForm.of(design), prefix="t")
    if name == "touchpoints":
        grid = touchpoints_by_stage()
        for stage, keys in design.touchpoints.items():
            known = {key for key, _name in grid[Stage(stage)]}
            grid[Stage(stage)] += [(key, key) for key in keys if key not in known]
        return TouchpointsForm(data, initial=TouchpointsForm.of(design), grid=grid)
    kinds: dict[str, Any] = {
        "purpose": PurposeForm,
        "proposition": PropositionForm,
        "resources": ResourcesForm,
    }
    kind = kinds[name]
    return kind(data, initial=kind.of(design))


@requires("policy.edit")
def part(request: HttpRequest, number: int, key: str, name: str) -> HttpResponse:
    """A part of a row as a form."""
    version = found(number)
    if name not in TITLES:
        raise Http404(_("There is no part %(name)s of a row.") % {"name": name})
    drawn = Part(name, _design(version, key), request.POST if request.method == "POST" else None)
    shown = {
        "form": drawn.form,
        "form_title": TITLES[name],
        "form_is_set": drawn.is_set,
        "part": name,
    }
    if request.method != "POST":
        return _panel(request, version, key, shown)
    if not drawn.form.is_valid():
        return _panel(request, version, key, shown, status=422)
    return _save(request, version, key, drawn.change(), shown)


@requires("policy.edit")
def cell(request: HttpRequest, number: int, key: str, kind: str) -> HttpResponse:
    """One relationship type of a row as a form."""
    version, chosen = found(number), _type(kind)
    design = _design(version, key)
    given = design.relationship_types.get(chosen)
    currency = document_of(version).currency
    if request.method != "POST":
        form = CellForm(initial=CellForm.of(given), currency=currency)
        return _panel(request, version, key, _cell_shown(form, chosen, given is not None))
    form = CellForm(request.POST, currency=currency)
    shown = _cell_shown(form, chosen, given is not None)
    if not form.is_valid():
        return _panel(request, version, key, shown, status=422)
    written = form.cell()
    return _save(request, version, key, lambda d: with_cell(d, key, chosen, written), shown)


@requires("policy.edit")
def cell_removal(request: HttpRequest, number: int, key: str, kind: str) -> HttpResponse:
    """Takes a type away from a segment."""
    if request.method != "POST":
        return redirect("canvas_cell", number, key, kind)
    chosen = _type(kind)
    return edited(
        request,
        number,
        lambda document: with_cell(document, key, chosen, None),
        done=_("%(type)s is no longer offered to them in this draft.") % {"type": chosen.label},
        to=("canvas_row", number, key),
    )


def _cell_shown(form: forms.Form, kind: RelationshipType, is_offered: bool) -> dict[str, Any]:
    return {
        "form": form,
        "form_title": kind.label,
        "form_is_set": False,
        "part": "cell",
        "kind": kind,
        "is_offered": is_offered,
    }


def _type(kind: str) -> RelationshipType:
    chosen = type_of(kind)
    if chosen is None:
        raise Http404(_("There is no relationship type %(kind)s.") % {"kind": kind})
    return chosen


def _design(version: PolicyVersion, key: str) -> SegmentDesign:
    if version.status != PolicyVersion.Status.DRAFT:
        raise Http404(_("Only a draft is edited. Make a draft from this version."))
    try:
        return design_of(document_of(version), key)
    except NotOnCanvasError as error:
        raise Http404(str(error)) from error


def _save(
    request: HttpRequest, version: PolicyVersion, key: str, change: Change, shown: dict[str, Any]
) -> HttpResponse:
    try:
        edit_draft(
            version.number,
            change,
            lock_version=lock_of(request),
            actor=actor_of(request),
            at=now(),
        )
    except EditConflictError as error:
        told = {**shown, "conflict": str(error), "conflict_changes": error.changes}
        return _panel(request, found(version.number), key, told, status=409, fresh=True)
    except AmityError as error:
        return _panel(request, version, key, {**shown, "conflict": str(error)}, status=422)
    notify(request, _("Saved."))
    return redirect("canvas_row", version.number, key)


def _panel(
    request: HttpRequest,
    version: PolicyVersion,
    key: str,
    shown: dict[str, Any],
    *,
    status: int = 200,
    fresh: bool = False,
) -> HttpResponse:
    """The canvas with the form in the opened row. `fresh`: saving again means it, on purpose."""
    lock = version.lock_version if fresh or request.method != "POST" else lock_of(request)
    return draw(request, sheet(version), key, **{**shown, "lock_version": lock, "status": status})
