"""The page of topics: their names, what they are learned from, and how well."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.rules import may
from amity.run.inbox.operations.topics import naming
from amity.run.inbox.operations.topics import training as trainings
from amity.run.inbox.operations.topics.examples import Taken, forget_examples, take_examples
from amity.run.inbox.queries import topics as reads
from amity.run.inbox.rules.topics.lessons import LEAST_EACH, LEAST_TEXTS, LEAST_TOPICS
from amity.run.inbox.views.setup import show
from amity.ui.notices import notify


@requires("inbox.view")
def page(request: HttpRequest) -> HttpResponse:
    """Everything about topics."""
    return _page(request)


def _page(request: HttpRequest, *, taken: Taken | None = None) -> HttpResponse:
    rows = reads.topic_rows(now())
    lessons = sum(row.said + row.examples for row in rows if row.topic.archived_at is None)
    return show(
        request,
        "topics",
        "topics",
        rows=rows,
        lessons=lessons,
        examples=sum(row.examples for row in rows),
        facts=reads.model_facts(),
        learning=reads.last_training(),
        precisions=[(f"{one:g}", round(100 * one)) for one in trainings.PRECISIONS],
        least=(LEAST_TEXTS, LEAST_TOPICS, LEAST_EACH),
        taken=taken,
    )


@requires("inbox.view")
def progress(request: HttpRequest) -> HttpResponse:
    """The block that is polled while topics are learned; then the whole page is asked for."""
    learning = reads.last_training()
    manages = may(actor_of(request), "inbox.manage")
    given = {"learning": learning, "may_manage": manages}
    response = render(request, "inbox/setup/topics_learning.html", given)
    if learning is None or not learning.is_running:
        response["HX-Refresh"] = "true"
    return response


def _tried(request: HttpRequest, change: Callable[[], object], words: str) -> HttpResponse:
    try:
        change()
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, words)
    return redirect("inbox:topics")


@requires("inbox.manage")
@require_POST
def name(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Makes a topic, or names it anew."""
    given = request.POST.get("name", "")
    actor, at = actor_of(request), now()
    return _tried(
        request,
        lambda: naming.save_topic(name=given, topic_id=pk, actor=actor, at=at),
        _("Topic added") if pk is None else _("Named anew; conversations follow"),
    )


@requires("inbox.manage")
@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts a topic away, or (`off`) takes it up again."""
    is_archived = not request.POST.get("off")
    actor, at = actor_of(request), now()
    words = _("Put away; what has it keeps it") if is_archived else _("In use again")
    return _tried(
        request,
        lambda: naming.archive_topic(pk, is_archived=is_archived, actor=actor, at=at),
        words,
    )


@requires("inbox.manage")
@require_POST
def training(request: HttpRequest) -> HttpResponse:
    """Asks for topics to be learned."""
    choices = {f"{one:g}": one for one in trainings.PRECISIONS}
    precision = choices.get(request.POST.get("precision", ""), 0.0)
    actor, at = actor_of(request), now()
    return _tried(
        request,
        lambda: trainings.ask_training(precision=precision, actor=actor, at=at),
        _("Topics are being learned"),
    )


@requires("inbox.manage")
@require_POST
def cancellation(request: HttpRequest) -> HttpResponse:
    """Stops learning."""
    actor, at = actor_of(request), now()
    return _tried(
        request, lambda: trainings.cancel_training(actor=actor, at=at), _("Learning stops")
    )


@requires("inbox.manage")
@require_POST
def put_away(request: HttpRequest) -> HttpResponse:
    """No model guesses any more."""
    actor, at = actor_of(request), now()
    words = _("Put away. New conversations get no topic by themselves.")
    return _tried(request, lambda: trainings.stop_using(actor=actor, at=at), words)


@requires("inbox.manage")
@require_POST
def texts(request: HttpRequest) -> HttpResponse:
    """Takes in a file of texts with their topics."""
    given = request.FILES.get("file")
    if given is None:
        notify(request, _("Choose a file with the columns text and topic."), kind="bad")
        return redirect("inbox:topics")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts"
        with path.open("wb") as kept:
            for part in given.chunks():
                kept.write(part)
        try:
            taken = take_examples(path, actor=actor_of(request), at=now())
        except AmityError as error:
            notify(request, str(error), kind="bad")
            return redirect("inbox:topics")
    words = ngettext("%(n)s text kept", "%(n)s texts kept", taken.texts)
    notify(request, words % {"n": f"{taken.texts:,}"})
    return _page(request, taken=taken) if taken.rejects else redirect("inbox:topics")


@requires("inbox.manage")
@require_POST
def texts_removal(request: HttpRequest) -> HttpResponse:
    """Deletes the texts of files."""
    actor, at = actor_of(request), now()
    return _tried(request, lambda: forget_examples(actor=actor, at=at), _("The texts are deleted"))
