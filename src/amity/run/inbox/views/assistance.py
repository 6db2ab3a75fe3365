"""Help of a language model at a conversation, and the page that says what it does."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.run.inbox.operations.assistance import asking
from amity.run.inbox.operations.drafts import save_draft
from amity.run.inbox.queries import assistance as reads
from amity.run.inbox.queries.conversation import conversation_numbered
from amity.run.inbox.rules.assistance.asking import TASK_LABELS, Task
from amity.run.inbox.views.conversation import address_of
from amity.run.inbox.views.setup import show
from amity.ui.notices import notify


@requires("inbox.view")
def page(request: HttpRequest) -> HttpResponse:
    """Whether there is a model, where, and what it was asked; never its key."""
    return show(
        request,
        "assistance",
        "assistance",
        is_on=reads.is_on(),
        host=reads.host(),
        model=settings.ASSIST_MODEL,
        uses=[(TASK_LABELS[Task(one.task)], one) for one in reads.uses(now())],
        most=(asking.MOST_OF_ONE, asking.MOST_OF_ALL),
    )


@requires("inbox.reply")
@require_POST
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """Asks for help; what comes of it stands above the answer."""
    given = request.POST
    if given.get("task") not in list(Task):
        raise Http404
    conversation = conversation_numbered(number)
    message, task = given.get("message_id", ""), Task(given["task"])
    for_us = task in {Task.SUMMARY, Task.MESSAGE}
    try:
        asking.ask(
            conversation_id=conversation.pk,
            task=task,
            language=reads.our_language() if for_us else given.get("language", ""),
            message_id=int(message) if message.isdecimal() and len(message) < 13 else None,
            words=given.get("text", ""),
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        notify(request, str(error), kind="bad")
    _keep_words(request, conversation.pk)
    return redirect(f"{address_of(conversation, given.get('list', ''))}#assistance")


def _keep_words(request: HttpRequest, conversation_id: int) -> None:
    """What stood in the box when help was asked for is not lost."""
    if "text" in request.POST:
        save_draft(
            conversation_id=conversation_id,
            kind="reply",
            text=request.POST["text"],
            seconds=0,
            actor=actor_of(request),
            at=now(),
        )


@requires("inbox.reply")
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """The block that is polled; once the answer is there, the whole page is asked for."""
    conversation = conversation_numbered(number)
    found = reads.assistance_at(
        conversation, user_id=actor_of(request).user_id, may_ask=True, at=now()
    )
    given = {"assist": found, "it": conversation}
    response = render(request, "inbox/parts/assistance_running.html", given)
    if found is None or not found.is_running:
        response["HX-Refresh"] = "true"
    return response


@requires("inbox.reply")
@require_POST
def put_away(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows it no more."""
    asked = asking.put_away(pk, actor=actor_of(request), at=now())
    return redirect(address_of(asked.conversation))


@requires("inbox.reply")
@require_POST
def take_words(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts the words into the box, where they can be changed."""
    asked = asking.take_words(pk, actor=actor_of(request), at=now())
    notify(request, _("The words are in the box. Read them before you send them."))
    return redirect(f"{address_of(asked.conversation)}#answer")
