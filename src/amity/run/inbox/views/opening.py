"""Conversations that begin with us: a mail, a call, a visit."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import active_customers
from amity.kernel.customers.search import search
from amity.run.inbox.forms import CallForm, NewForm
from amity.run.inbox.models import Channel, Message
from amity.run.inbox.operations import conversations as operations
from amity.run.inbox.rules.working import clean_addresses
from amity.run.inbox.views.conversation import address_of, files_of
from amity.ui.notices import notify


@requires("inbox.reply")
def new(request: HttpRequest) -> HttpResponse:
    """A form to write to a customer first."""
    form = NewForm(request.POST or None, initial=_asked(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            message = operations.start_conversation(
                channel=given["channel"],
                customer_id=given["customer"],
                subject=given["subject"],
                text=given["text"],
                cc=tuple(clean_addresses(given["cc"].split(","))),
                attachments=files_of(request),
                staff_seconds=given["minutes"],
                actor=actor_of(request),
                at=now(),
            )
        except AmityError as error:
            form.add_error(None, str(error))
        else:
            _tell(request, message)
            return redirect(address_of(message.conversation))
    return _page(request, form, _("New conversation"), _("Send"))


def _tell(request: HttpRequest, message: Message) -> None:
    notify(request, _("Your message to %s is on its way") % message.conversation.customer)


@requires("inbox.reply")
def log(request: HttpRequest) -> HttpResponse:
    """Three fields for a call or a visit: who, what, how long."""
    operations.ensure_talk_channels(at=now())
    form = CallForm(request.POST or None, initial=_asked(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            conversation = operations.log_contact(
                channel=given["channel"],
                customer_id=given["customer"],
                text=given["text"],
                staff_seconds=given["minutes"],
                is_solved=given["is_solved"],
                actor=actor_of(request),
                at=now(),
            )
        except AmityError as error:
            form.add_error(None, str(error))
        else:
            notify(request, _("Written down"))
            return redirect(address_of(conversation))
    return _page(request, form, _("Log a call or visit"), _("Write down"))


def _asked(request: HttpRequest) -> dict[str, object]:
    channel = Channel.objects.filter(key=request.GET.get("channel", "")).first()
    return {"customer": request.GET.get("customer", ""), "channel": channel}


def _page(request: HttpRequest, form: NewForm | CallForm, title: str, verb: str) -> HttpResponse:
    chosen = str(form["customer"].value() or "")
    known = Customer.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
    asked = request.POST.get("who", "")
    given: dict[str, Any] = {
        "form": form,
        "title": title,
        "verb": verb,
        "customer": known,
        "asked": asked,
        "found": _found(asked),
    }
    status = 422 if form.is_bound else 200
    return render(request, "inbox/opening.html", given, status=status)


@requires("inbox.reply")
def customers(request: HttpRequest) -> HttpResponse:
    """Customers to choose from, for a form that asks while one types."""
    asked = request.GET.get("who", "")
    name = "customer" if request.GET.get("field") == "customer" else "customer_id"
    given = {"found": _found(asked), "asked": asked, "field": name}
    return render(request, "inbox/parts/customers.html", given)


def _found(asked: str) -> list[Customer]:
    text = asked.strip()
    if not text:
        return []
    return list(search(active_customers(), text).order_by("name_folded", "pk")[:8])
