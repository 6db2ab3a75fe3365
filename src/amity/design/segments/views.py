"""Pages of segments."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError, ConflictError, StaleError
from amity.base.time import now
from amity.design.segments import charts, operations, queries
from amity.design.segments.forms import ConditionForm, SegmentForm
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.segments.models import Segment
from amity.kernel.segments.operations import (
    create_segment,
    refresh_memberships,
    refresh_soon,
    restore_segment,
    update_segment,
)
from amity.kernel.segments.queries import full_catalog
from amity.kernel.segments.rules import Catalog, RuleError, parse_text
from amity.ui.notices import notify


def _found(key: str) -> Segment:
    segment = Segment.objects.filter(key=key).first()
    if segment is None:
        raise Http404(_("There is no segment %(key)s.") % {"key": key})
    return segment


@requires("segments.view")
def index(request: HttpRequest) -> HttpResponse:
    """All segments: rule, customers, value, trend, overlap."""
    return render(request, "segments/index.html", {"overview": queries.overview(now())})


@requires("segments.view")
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """One segment: its rule, history, overlap, canvases and members."""
    segment = _found(key)
    found = queries.detail_of(segment, now())
    members, page = queries.member_page(
        segment,
        value=found.value_trait,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "detail": found,
        "segment": segment,
        "members": members,
        "page": page,
        "history_chart": charts.history(found),
        "overlap_chart": charts.shared(found),
    }
    return render(request, "segments/detail.html", context)


@requires("segments.view")
def overlap(request: HttpRequest) -> HttpResponse:
    """Which segments share customers, and whom none of them holds."""
    page = queries.uncovered_page(
        after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    overview = queries.overview(now())
    segments = [line.segment for line in overview.lines]
    context = {
        "overview": overview,
        "page": page,
        "chart": charts.matrix(segments, queries.overlaps(segments)) if segments else None,
    }
    return render(request, "segments/overlap.html", context)


@requires("segments.edit")
def new(request: HttpRequest) -> HttpResponse:
    """A new segment; `rule` in the address fills the form."""
    return _edit(request, None)


@requires("segments.edit")
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Changes a segment."""
    return _edit(request, _found(key))


@require_POST
@requires("segments.edit")
def preview(request: HttpRequest) -> HttpResponse:
    """Whom the rule in the form would hold now; the part of the page that htmx swaps."""
    tried = _tried(request.POST.get("rule", ""), full_catalog())
    return render(request, "segments/preview.html", {"preview": tried})


@require_POST
@requires("segments.edit")
def refresh(request: HttpRequest) -> HttpResponse:
    """Asks for a refresh of all segments."""
    actor = actor_of(request)
    job = refresh_soon(at=now(), created_by=actor.user_id)
    notify(request, _("The segments are being counted anew (job %(id)s).") % {"id": job.pk})
    return redirect("segments")


@require_POST
@requires("segments.edit")
def archive(request: HttpRequest, key: str) -> HttpResponse:
    """Takes a segment out of use, or puts it back (`restore`)."""
    segment, actor, at = _found(key), actor_of(request), now()
    try:
        if "restore" in request.POST:
            restored = restore_segment(segment.pk, actor=actor, at=at)
            refresh_memberships(restored, at=at)
            notify(request, _("%(name)s is in use again.") % {"name": segment.name})
        else:
            operations.archive(segment, actor=actor, at=at)
            notify(request, _("%(name)s is archived.") % {"name": segment.name})
    except (ConflictError, RuleError) as error:
        notify(request, str(error), kind="bad")
    return redirect("segment", key=key)


def _edit(request: HttpRequest, segment: Segment | None) -> HttpResponse:
    catalog = full_catalog()
    but = segment.key if segment else ""
    if request.method != "POST":
        initial = _initial(segment, request)
        form = SegmentForm(initial=initial, catalog=catalog)
        return _form(request, form, ConditionForm(catalog=catalog, but=but), segment)
    form = SegmentForm(request.POST, catalog=catalog)
    condition = ConditionForm(request.POST, catalog=catalog, but=but)
    act = request.POST.get("act", "save")
    if act == "add":
        return _add(request, condition, catalog, segment)
    if act == "check" or not form.is_valid():
        status = 200 if act == "check" and form.is_valid() else 422
        return _form(request, form, condition, segment, status=status)
    try:
        saved = _save(request, form, segment)
    except (AmityError, StaleError) as error:
        form.add_error(None, str(error))
        status = 409 if isinstance(error, ConflictError) else 422
        return _form(request, form, condition, segment, status=status)
    notify(request, _("%(name)s is saved.") % {"name": saved.name})
    return redirect("segment", key=saved.key)


def _add(
    request: HttpRequest, condition: ConditionForm, catalog: Catalog, segment: Segment | None
) -> HttpResponse:
    """The same form with the condition in its rule; without JavaScript this is the builder."""
    but = segment.key if segment else ""
    values = request.POST.copy()
    try:
        values["rule"] = condition.added_to(values.get("rule", ""), catalog)
    except RuleError as error:
        form = SegmentForm(initial=values.dict(), catalog=catalog)
        return _form(request, form, condition, segment, problem=str(error), status=422)
    form = SegmentForm(initial=values.dict(), catalog=catalog)
    return _form(request, form, ConditionForm(catalog=catalog, but=but), segment)


def _initial(segment: Segment | None, request: HttpRequest) -> dict[str, Any]:
    if segment is None:
        return {"rule": request.GET.get("rule", "")[:10_000]}
    return {
        "name": segment.name,
        "description": segment.description,
        "rule": queries.rule_text(segment),
    }


def _save(request: HttpRequest, form: SegmentForm, segment: Segment | None) -> Segment:
    actor, at = actor_of(request), now()
    said = {name: form.cleaned_data[name] for name in ("name", "description")}
    if segment is None:
        saved = create_segment(rule=form.rule_json, actor=actor, at=at, **said)
    else:
        version = int(request.POST.get("version", "0") or 0)
        saved = update_segment(
            segment.pk, version=version, rule=form.rule_json, actor=actor, at=at, **said
        )
    refresh_memberships(saved, at=at)
    return saved


def _form(
    request: HttpRequest,
    form: SegmentForm,
    condition: ConditionForm,
    segment: Segment | None,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    text = form["rule"].value() or ""
    context = {
        "form": form,
        "condition": condition,
        "segment": segment,
        "problem": problem,
        "version": request.POST.get("version") or (segment.version if segment else 0),
        "preview": _tried(text, form.catalog) if text.strip() else None,
    }
    return render(request, "segments/edit.html", context, status=status)


def _tried(text: str, catalog: Catalog) -> queries.Preview:
    try:
        rule = parse_text(text, catalog)
    except RuleError as error:
        return queries.Preview(rule=text, problem=str(error))
    return queries.preview_of(rule, now())
