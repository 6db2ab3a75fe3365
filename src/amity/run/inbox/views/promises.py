"""What was promised, who got it and why; who would have got it; and the customer's first help."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import public, requires
from amity.kernel.access.operations import company
from amity.kernel.segments.models import Segment
from amity.run.inbox.operations.first_help import (
    conversation_of,
    is_person_promised,
    want_person,
    was_helped,
)
from amity.run.inbox.queries import replays
from amity.run.inbox.queries.clocks import explained
from amity.run.inbox.queries.conversation import conversation_numbered


def _version(request: HttpRequest) -> int | None:
    text = request.GET.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


@requires("inbox.view")
def conversation(request: HttpRequest, number: int) -> HttpResponse:
    """Every promise of a conversation, every decision on who got it, replayed under a version."""
    found, version = conversation_numbered(number), _version(request)
    clocks = explained(found, at=now())
    decisions = replays.routed(found, version=version)
    people, teams = replays.names_for(decisions)
    segments = Segment.objects.filter(key__in={one.row.segment_key for one in clocks})
    given = {
        "it": found,
        "clocks": clocks,
        "segments": dict(segments.values_list("key", "name")),
        "decisions": decisions,
        "people": people,
        "teams": teams,
        "versions": replays.versions(),
        "version": version,
        "currency": company().currency,
    }
    return render(request, "inbox/promise.html", given)


@requires("inbox.view")
def replay(request: HttpRequest) -> HttpResponse:
    """The last conversations under another version: shares by person, team and step."""
    versions, version = replays.versions(), _version(request)
    asked = request.GET.get("last", "")
    limit = min(2000, int(asked)) if asked.isdecimal() and int(asked[:6]) > 0 else 500
    given = {
        "versions": versions,
        "version": version,
        "limit": limit,
        "replay": replays.replay_many(version, limit=limit) if version is not None else None,
    }
    return render(request, "inbox/replay.html", given)


@public
def first_help(request: HttpRequest, token: str) -> HttpResponse:
    """Where a customer says that the first answer helped, or asks for a person; only a POST acts.

    Mail scanners follow every link: they see the question and change nothing.
    """
    try:
        found = conversation_of(token)
    except AmityError as error:
        return _first_help(request, status=404, refusal=str(error))
    refusal = done = ""
    if request.method == "POST":
        done = "person" if request.POST.get("want") == "person" else "helped"
        try:
            (want_person if done == "person" else was_helped)(token, at=now())
        except AmityError as error:
            refusal, done = str(error), ""
    return _first_help(
        request,
        status=422 if refusal else 200,
        refusal=refusal,
        done=done,
        subject=found.subject,
        is_person_promised=is_person_promised(found),
    )


def _first_help(request: HttpRequest, *, status: int, **given: object) -> HttpResponse:
    given = {"done": "", "refusal": ""} | given | {"company_name": company().name}
    response = render(request, "inbox/first_help.html", given, status=status)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"
    return response
