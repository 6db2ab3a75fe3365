"""The canvas page and the row that is opened beside it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.time import now
from amity.base.vocabulary import Motivation, Nature
from amity.design.studio.forms import SettingsForm
from amity.design.studio.operations import draft_from
from amity.design.studio.queries.start import where_we_stand
from amity.design.studio.queries.versions import Sheet, sheet, working_sheet
from amity.design.studio.rules.editing import (
    confirmed,
    moved,
    placed,
    with_segment,
    without_segment,
)
from amity.design.studio.rules.words import (
    EMPHASIS_WORDS,
    EXPECTATION_WORDS,
    FIELD_LABELS,
    INTIMACY_WORDS,
    NATURE_WORDS,
    SKILL_WORDS,
    promise_facts,
)
from amity.design.studio.views.common import edited, found, lock_of, moved_words, rights
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.policy.document import SegmentDesign
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.queries import document_of
from amity.ui.notices import notify

WORDS = {
    "field_labels": FIELD_LABELS,
    "nature_words": NATURE_WORDS,
    "intimacy_words": INTIMACY_WORDS,
    "expectation_words": EXPECTATION_WORDS,
    "emphasis_words": EMPHASIS_WORDS,
    "skill_words": SKILL_WORDS,
    "promise_facts": promise_facts,
}


@requires("policy.view")
def index(request: HttpRequest) -> HttpResponse:
    """The version that is worked on, or the way to a first one."""
    drawn = working_sheet()
    if drawn is None:
        context = {"stand": where_we_stand(), **rights(request)}
        return render(request, "canvas/empty.html", context)
    return draw(request, drawn)


@requires("policy.view")
def version(request: HttpRequest, number: int) -> HttpResponse:
    """One version as a canvas."""
    return draw(request, sheet(found(number)))


@requires("policy.view")
def row(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """The canvas with one row opened beside it."""
    drawn = sheet(found(number))
    if all(one.key != key for one in drawn.board.rows):
        raise Http404(_("The segment %(key)s is not on this canvas.") % {"key": key})
    return draw(request, drawn, open_key=key)


def draw(request: HttpRequest, drawn: Sheet, open_key: str = "", **more: object) -> HttpResponse:
    """The canvas page; `more` holds the form in the opened row."""
    opened = next((one for one in drawn.board.rows if one.key == open_key), None)
    context = {
        "sheet": drawn,
        "board": drawn.board,
        "document": drawn.document,
        "currency": drawn.document.currency,
        "version": drawn.version,
        "open": opened,
        **WORDS,
        **rights(request),
        **more,
    }
    status = more.get("status", 200)
    return render(
        request, "canvas/canvas.html", context, status=status if isinstance(status, int) else 200
    )


@require_POST
@requires("policy.edit")
def drafts(request: HttpRequest) -> HttpResponse:
    """A new draft from the version `base`."""
    base = found(_number(request))
    draft = draft_from(base.number, actor=actor_of(request), at=now())
    notify(
        request,
        _("Version %(new)s is a draft that says what version %(old)s says.")
        % {"new": draft.number, "old": base.number},
    )
    return redirect("canvas_version", draft.number)


def _number(request: HttpRequest) -> int:
    given = request.POST.get("base", "")
    if not (given.isdecimal() and len(given) < 10):
        raise Http404(_("Say which version to draft from."))
    return int(given)


@require_POST
@requires("policy.edit")
def rows(request: HttpRequest, number: int) -> HttpResponse:
    """Puts a segment on the canvas, at its end and without any type yet."""
    key = request.POST.get("segment", "")
    known = {segment.key for segment in sheet(found(number)).addable}
    if key not in known:
        notify(request, _("Choose a segment that exists and is not on the canvas."), kind="bad")
        return redirect("canvas_version", number)
    design = SegmentDesign(
        segment=key,
        motivation=Motivation.RETAIN,
        nature=Nature.HYBRID,
        guesses=("motivation", "nature"),
    )
    return edited(
        request,
        number,
        lambda document: with_segment(document, design),
        done=_("The segment is on the canvas. Say what relationship it gets."),
        to=("canvas_row", number, key),
    )


@require_POST
@requires("policy.edit")
def position(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """Moves a row: `by` -1 or 1, or `place` from 1 (dragged)."""
    place, by = request.POST.get("place", ""), -1 if request.POST.get("by") == "-1" else 1
    return edited(
        request,
        number,
        lambda document: (
            placed(document, key, int(place) - 1)
            if place.isdecimal() and 0 < int(place) <= len(document.segments)
            else moved(document, key, by)
        ),
        done=moved_words(by),
        to=("canvas_version", number),
    )


@require_POST
@requires("policy.edit")
def removal(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """Takes a row off the draft; the segment itself stays."""
    return edited(
        request,
        number,
        lambda document: without_segment(document, key),
        done=_("The segment is off this draft. It is still among the segments."),
        to=("canvas_version", number),
    )


@require_POST
@requires("policy.edit")
def confirmation(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """Confirms a guess: `what` is a type, a field, or empty for the whole row."""
    what = request.POST.get("what", "")
    return edited(
        request,
        number,
        lambda document: confirmed(document, key, what),
        done=_("Confirmed."),
        to=("canvas_row", number, key),
    )


@requires("policy.edit")
def settings(request: HttpRequest, number: int) -> HttpResponse:
    """The canvas's name, and what the company can afford in a year."""
    target = found(number)
    document = document_of(target)
    if request.method != "POST":
        form = SettingsForm(initial=SettingsForm.of(document))
        return _settings_page(request, target, form)
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, target, form, status=422)
    return edited(
        request,
        number,
        form.changed,
        done=_("Saved."),
        to=("canvas_version", number),
    )


def _settings_page(
    request: HttpRequest, target: PolicyVersion, form: SettingsForm, status: int = 200
) -> HttpResponse:
    lock = lock_of(request) or target.lock_version
    context = {"form": form, "version": target, "lock_version": lock}
    return render(request, "canvas/settings.html", context, status=status)
