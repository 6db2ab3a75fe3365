"""The page of one conversation, and what is said there."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError, StaleError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.rules import Actor, may
from amity.run.inbox.models import Conversation, Message
from amity.run.inbox.operations import conversations as operations
from amity.run.inbox.operations.assistance.asking import note_sent
from amity.run.inbox.queries import lists
from amity.run.inbox.queries.assistance import assistance_at
from amity.run.inbox.queries.choices import choices
from amity.run.inbox.queries.conversation import conversation_numbered, present, scene_of
from amity.run.inbox.queries.helpers import canned_replies, macros
from amity.run.inbox.queries.mail import hides_pictures, html_of
from amity.run.inbox.rules.countdown import countdown
from amity.run.inbox.rules.incoming import IncomingFile
from amity.run.inbox.rules.listing import Listing, read_listing
from amity.run.inbox.rules.working import OUTCOMES, InboxError
from amity.run.inbox.views.keys import PAGE_KEYS
from amity.run.inbox.views.lists import snooze_choices, snooze_until
from amity.ui.notices import notify


@requires("inbox.view")
def page(request: HttpRequest, number: int) -> HttpResponse:
    """One conversation; one that was merged leads to its survivor."""
    conversation = conversation_numbered(number)
    if conversation.merged_into is not None:
        return redirect(address_of(conversation.merged_into, request.GET.get("list", "")))
    actor, at = actor_of(request), now()
    listing = read_listing(dict(parse_qsl(request.GET.get("list", ""))))
    before, after = lists.neighbors(listing, conversation, user_id=actor.user_id)
    operations.mark_seen(conversation_id=conversation.pk, actor=actor, at=at)
    scene = scene_of(conversation, actor=actor, at=at, everything=request.GET.get("all") == "1")
    given: dict[str, Any] = {
        "scene": scene,
        "it": conversation,
        "due": countdown(conversation.due_at, at=at),
        "list_query": request.GET.get("list", ""),
        "list_url": listing.address(),
        "before": before,
        "after": after,
        "may_reply": may(actor, "inbox.reply"),
        "me": actor.user_id,
        "choices": choices(),
        "outcomes": OUTCOMES,
        "priorities": Conversation.Priority.choices,
        "snoozes": snooze_choices(at),
        "page_keys": PAGE_KEYS,
        "kind": request.GET.get("kind", "reply"),
        "html_of": html_of,
        "hides_pictures": hides_pictures,
        "with_pictures": request.GET.get("pictures") == "1",
        "canned": canned_replies(actor.user_id),
        "macros": macros(),
        "assist": assistance_at(
            conversation, user_id=actor.user_id, may_ask=may(actor, "inbox.reply"), at=at
        ),
    }
    return render(request, "inbox/conversation.html", given)


def address_of(conversation: Conversation, list_query: str = "") -> str:
    """The address of a conversation's page, within the list it was opened from."""
    path = reverse("inbox:conversation", args=[conversation.number])
    return f"{path}?{urlencode({'list': list_query})}" if list_query else path


def seconds_of(given: str) -> int:
    """Minutes, as they were typed, in seconds.

    Raises:
        InboxError: it is no number.
    """
    text = given.strip().replace(",", ".")
    try:
        return round(float(text) * 60) if text else 0
    except (ValueError, OverflowError) as error:
        raise InboxError("Minutes are a number, as in 4 or 2.5.") from error


def files_of(request: HttpRequest) -> tuple[IncomingFile, ...]:
    """The files of a form."""
    return tuple(
        IncomingFile(
            file.name or "file", file.content_type or "application/octet-stream", file.read()
        )
        for file in request.FILES.getlist("files")
        if file.size
    )


@requires("inbox.reply")
@require_POST
def say(request: HttpRequest, number: int) -> HttpResponse:
    """Sends an answer or leaves a note; what cannot be sent stays a draft."""
    conversation = conversation_numbered(number)
    actor, at = actor_of(request), now()
    listing = read_listing(dict(parse_qsl(request.POST.get("list", ""))))
    here = address_of(conversation, request.POST.get("list", ""))
    is_note = request.POST.get("kind") == "note"
    try:
        if is_note:
            _note(request, conversation, actor, at)
            notify(request, _("Noted"))
            return redirect(f"{here}#last")
        message = _reply(request, conversation, actor, at)
    except AmityError as error:
        _keep(request, conversation, actor, at)
        notify(request, _why(error), kind="bad")
        return redirect(_with(here, "kind", "note") if is_note else here)
    note_sent(message, actor=actor, at=at)
    _tell_sent(request, message)
    return redirect(_onward(request, conversation, listing, actor) or f"{here}#last")


def _why(error: AmityError) -> str:
    kept = _("Your words are kept below.")
    return f"{error} {kept}" if isinstance(error, StaleError) else f"{error}"


def _with(address: str, name: str, value: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode({name: value})}"


def _note(request: HttpRequest, conversation: Conversation, actor: Actor, at: datetime) -> Message:
    return operations.add_note(
        conversation_id=conversation.pk,
        actor=actor,
        text=request.POST.get("text", ""),
        at=at,
        attachments=files_of(request),
        staff_seconds=seconds_of(request.POST.get("minutes", "")),
    )


def _reply(request: HttpRequest, conversation: Conversation, actor: Actor, at: datetime) -> Message:
    then = request.POST.get("then", "wait")
    version = request.POST.get("version", "")
    until = snooze_until(request.POST.get("until", "24"), at) if then == "snooze" else None
    return operations.reply(
        conversation_id=conversation.pk,
        actor=actor,
        text=request.POST.get("text", ""),
        at=at,
        cc=tuple(request.POST.get("cc", "").replace(";", ",").split(",")),
        attachments=files_of(request),
        staff_seconds=seconds_of(request.POST.get("minutes", "")),
        version=int(version) if version.isdecimal() else None,
        close=then == "close",
        outcome=request.POST.get("outcome", "") or "resolved",
        snooze_until=until,
        keep_open=then == "open",
    )


def _keep(request: HttpRequest, conversation: Conversation, actor: Actor, at: datetime) -> None:
    """Keeps words that were not sent (yet)."""
    seconds = request.POST.get("seconds", "")
    operations.save_draft(
        conversation_id=conversation.pk,
        kind=request.POST.get("kind", "reply"),
        text=request.POST.get("text", ""),
        seconds=int(seconds) if seconds.isdecimal() and len(seconds) < 7 else 0,
        actor=actor,
        at=at,
    )


def _tell_sent(request: HttpRequest, message: Message) -> None:
    name = message.customer.name if message.customer else _("the customer")
    if message.delivery == Message.Delivery.HELD:
        undo_url = reverse("inbox:undo_send", args=[message.pk])
        notify(request, _("Your answer to %s leaves in a moment") % name, undo_url=undo_url)
    else:
        notify(request, _("Answered %s") % name)


def _onward(
    request: HttpRequest, conversation: Conversation, listing: Listing, actor: Actor
) -> str | None:
    """Where to go after an answer that ends the work here: the next one, or the list."""
    if request.POST.get("then") not in {"close", "snooze"}:
        return None
    _before, after = lists.neighbors(listing, conversation, user_id=actor.user_id)
    if after is None:
        return listing.address()
    path = reverse("inbox:conversation", args=[after])
    return f"{path}?{urlencode({'list': listing.query()})}" if listing.query() else path


@requires("inbox.reply")
@require_POST
def undo_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes an answer back that has not left yet; its words are a draft again."""
    message = Message.objects.select_related("conversation").filter(pk=pk).first()
    operations.undo_send(pk, actor=actor_of(request), at=now())
    notify(request, _("Taken back. Your words are in the box."))
    if message is None:
        return redirect("inbox:page")
    return redirect(f"{address_of(message.conversation)}#answer")


@requires("inbox.reply")
@require_POST
def be_present(request: HttpRequest, number: int) -> HttpResponse:
    """A sign of life while a page is open: keeps the draft, and answers who else is here."""
    conversation = conversation_numbered(number)
    actor, at = actor_of(request), now()
    writing = request.POST.get("writing") == "1"
    operations.be_present(conversation_id=conversation.pk, is_writing=writing, actor=actor, at=at)
    if "text" in request.POST:
        _keep(request, conversation, actor, at)
    version = request.POST.get("version", "")
    given = {
        "present": present(conversation.pk, but=actor.user_id, at=at),
        "is_stale": version.isdecimal() and int(version) != conversation.version,
        "here": address_of(conversation, request.POST.get("list", "")),
        "saved_at": at if "text" in request.POST else None,
    }
    return render(request, "inbox/parts/present.html", given)


@requires("inbox.reply")
@require_POST
def leave(request: HttpRequest, number: int) -> HttpResponse:
    """The page was closed; what was being written is kept."""
    conversation, actor = conversation_numbered(number), actor_of(request)
    if "text" in request.POST:
        _keep(request, conversation, actor, now())
    operations.leave(conversation_id=conversation.pk, actor=actor)
    return HttpResponse(status=204)


def filtered_by(customer_id: int) -> str:
    """The address of all conversations of a customer."""
    return replace(Listing(), view="all", customer=str(customer_id)).address()
