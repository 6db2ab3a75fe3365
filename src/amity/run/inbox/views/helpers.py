"""Canned replies and macros, used in a conversation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.run.inbox.models import Draft
from amity.run.inbox.operations.automation import apply_macro, use_reply
from amity.run.inbox.operations.conversations import save_draft
from amity.run.inbox.queries.conversation import conversation_numbered
from amity.run.inbox.views.conversation import address_of
from amity.ui.notices import notify


@requires("inbox.reply")
@require_POST
def canned(request: HttpRequest, number: int) -> HttpResponse:
    """A canned reply filled in: as text for the script, else put into the draft."""
    conversation, actor = conversation_numbered(number), actor_of(request)
    chosen = request.POST.get("reply_id", "")
    text = use_reply(
        reply_id=int(chosen) if chosen.isdecimal() else 0,
        conversation_id=conversation.pk,
        actor=actor,
    )
    if request.headers.get("Accept") == "text/plain":
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    rows = Draft.objects.filter(conversation=conversation, user_id=actor.user_id or 0, kind="reply")
    kept = rows.first()
    written = request.POST.get("text", "") or (kept.text if kept is not None else "")
    save_draft(
        conversation_id=conversation.pk,
        kind=Draft.Kind.REPLY,
        text=f"{written}\n\n{text}" if written else text,
        seconds=kept.seconds if kept is not None else 0,
        actor=actor,
        at=now(),
    )
    return redirect(f"{address_of(conversation, request.POST.get('list', ''))}#answer")


@requires("inbox.reply")
@require_POST
def macro(request: HttpRequest, number: int) -> HttpResponse:
    """Does what a macro says."""
    conversation = conversation_numbered(number)
    chosen = request.POST.get("macro_id", "")
    try:
        done = apply_macro(
            macro_id=int(chosen) if chosen.isdecimal() else 0,
            conversation_id=conversation.pk,
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, _("“%s” is done") % done.name)
    return redirect(address_of(conversation, request.POST.get("list", "")))
