"""Pages of the registry."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.time import now
from amity.base.vocabulary import Stage
from amity.design.touchpoints.forms import TouchpointForm, initial_of
from amity.design.touchpoints.queries import registry, registry_row
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.operations import company
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.operations import (
    TouchpointChangedError,
    confirm_touchpoint,
    create_touchpoint,
    update_touchpoint,
)
from amity.kernel.touchpoints.queries import by_key, fields_of, live_names_by_stage
from amity.kernel.touchpoints.rules import (
    INTEGRATION_POINTS,
    TouchpointFields,
    TouchpointInvalidError,
    Warned,
    warnings_of,
)
from amity.ui.notices import notify


def _found(key: str) -> Touchpoint:
    touchpoint = by_key(key)
    if touchpoint is None:
        raise Http404(_("There is no touchpoint %(key)s.") % {"key": key})
    return touchpoint


@requires("touchpoints.view")
def index(request: HttpRequest) -> HttpResponse:
    """All touchpoints over the five stages, what the log found, what overlaps."""
    with_closed = request.GET.get("closed") == "1"
    return render(
        request,
        "touchpoints/index.html",
        {
            "registry": registry(with_closed=with_closed),
            "with_closed": with_closed,
            "stages": list(Stage),
        },
    )


@requires("touchpoints.view")
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """One touchpoint: what is written of it, what the log says, who meets it."""
    row = registry_row(_found(key))
    context = {
        "row": row,
        "touchpoint": row.touchpoint,
        "integration": INTEGRATION_POINTS,
    }
    return render(request, "touchpoints/detail.html", context)


@requires("touchpoints.edit")
def new(request: HttpRequest) -> HttpResponse:
    """A new touchpoint; `channel` in the address fills the form."""
    return _edit(request, None)


@requires("touchpoints.edit")
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Changes a touchpoint."""
    return _edit(request, _found(key))


@require_POST
@requires("touchpoints.edit")
def confirmation(request: HttpRequest, key: str) -> HttpResponse:
    """Says that a drafted touchpoint is really there."""
    touchpoint = confirm_touchpoint(_found(key).key, actor=actor_of(request), at=now())
    notify(request, _("%(name)s is confirmed.") % {"name": touchpoint.name})
    return redirect("touchpoint", key=key)


def _edit(request: HttpRequest, touchpoint: Touchpoint | None) -> HttpResponse:
    currency = company().currency
    if request.method != "POST":
        initial = initial_of(fields_of(touchpoint), currency) if touchpoint else _proposed(request)
        form = TouchpointForm(initial=initial, currency=currency, touchpoint=touchpoint)
        return _form(request, form, touchpoint)
    form = TouchpointForm(request.POST, currency=currency, touchpoint=touchpoint)
    if not form.is_valid():
        return _form(request, form, touchpoint, status=422)
    fields = form.touchpoint_fields(_keys())
    warned = _new_warnings(fields, touchpoint)
    if warned and "anyway" not in request.POST:
        return _form(request, form, touchpoint, warned=warned, status=422)
    try:
        saved = _save(request, fields, touchpoint)
    except TouchpointInvalidError as error:
        form.show(error)
        return _form(request, form, touchpoint, status=422)
    except TouchpointChangedError as error:
        return _form(request, form, touchpoint, conflict=str(error), status=409)
    notify(request, _("%(name)s is saved.") % {"name": saved.name})
    return redirect("touchpoint", key=saved.key)


def _save(
    request: HttpRequest, fields: TouchpointFields, touchpoint: Touchpoint | None
) -> Touchpoint:
    actor, at = actor_of(request), now()
    if touchpoint is None:
        return create_touchpoint(fields=fields, actor=actor, at=at)
    version = int(request.POST.get("version", "0") or 0)
    return update_touchpoint(touchpoint.key, fields=fields, version=version, actor=actor, at=at)


def _keys() -> frozenset[str]:
    return frozenset(Touchpoint.objects.values_list("key", flat=True))


def _new_warnings(fields: TouchpointFields, touchpoint: Touchpoint | None) -> list[Warned]:
    """Only what this change brings: a stage that it had already is not warned of again."""
    warned = warnings_of(fields, live_names_by_stage(but=fields.key))
    if touchpoint is None:
        return warned
    before = warnings_of(fields_of(touchpoint), live_names_by_stage(but=fields.key))
    return [warning for warning in warned if warning not in before]


def _proposed(request: HttpRequest) -> dict[str, Any]:
    channel = request.GET.get("channel", "")[:50]
    if not channel:
        return {"status": Touchpoint.Status.LIVE}
    return {
        "status": Touchpoint.Status.LIVE,
        "name": channel.capitalize(),
        "channel": channel,
        "stages": [Stage.TRANSACT.value],
        "purposes": ["sell"],
    }


def _form(
    request: HttpRequest,
    form: TouchpointForm,
    touchpoint: Touchpoint | None,
    *,
    warned: list[Warned] | None = None,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    version = touchpoint.version if touchpoint else 0
    if request.method == "POST" and not conflict:
        version = int(request.POST.get("version", "0") or 0)
    stored = initial_of(fields_of(touchpoint), form.currency) if conflict and touchpoint else {}
    context = {
        "form": form,
        "touchpoint": touchpoint,
        "warned": warned or [],
        "conflict": conflict,
        "stored": stored,
        "version": version,
        "in_stage": live_names_by_stage(but=touchpoint.key if touchpoint else ""),
    }
    return render(request, "touchpoints/edit.html", context, status=status)
