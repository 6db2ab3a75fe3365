"""Mailboxes, quarantine, and mails of which nobody knows whether they arrived."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError, NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.rules import may
from amity.kernel.messaging.fetch import safe_fetch
from amity.kernel.messaging.outbox import resolve_doubt
from amity.run.inbox.mail_forms import MailboxForm, initial_of
from amity.run.inbox.models import Channel
from amity.run.inbox.operations.letters.sending import follow_mails
from amity.run.inbox.operations.mail import quarantine
from amity.run.inbox.operations.mail.fetching import try_mailbox
from amity.run.inbox.operations.mail.setup import save_mailbox
from amity.run.inbox.queries import mail as queries
from amity.run.inbox.rules.files import PICTURES, is_picture
from amity.run.inbox.rules.mail.boxes import mailbox_of
from amity.run.inbox.rules.mail.peeking import peek
from amity.ui.notices import notify
from amity.ui.paging import keyset_page

PICTURE_BYTES = 5_000_000


def _frame(request: HttpRequest, current: str) -> dict[str, Any]:
    counts = queries.mail_counts()
    entries = [
        (_("Mailboxes"), reverse("inbox:mailboxes"), current == "mailboxes", None),
        (_("Quarantine"), reverse("inbox:quarantine"), current == "quarantine", counts.quarantined),
        (_("In doubt"), reverse("inbox:doubt"), current == "doubt", counts.in_doubt),
    ]
    return {"tabs": entries, "may_manage": may(actor_of(request), "inbox.manage")}


@requires("inbox.reply")
def mailboxes(request: HttpRequest) -> HttpResponse:
    """Every mailbox, when it last answered, and why it does not."""
    rows = [(channel, mailbox_of(channel.settings)) for channel in queries.mailboxes()]
    return render(request, "inbox/mailboxes.html", {"rows": rows} | _frame(request, "mailboxes"))


@requires("inbox.manage")
def new_mailbox(request: HttpRequest) -> HttpResponse:
    """A new mailbox."""
    return _edit(request, None)


@requires("inbox.manage")
def edit_mailbox(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes a mailbox."""
    return _edit(request, queries.mailbox(pk))


def _edit(request: HttpRequest, channel: Channel | None) -> HttpResponse:
    if request.method != "POST":
        initial = initial_of(channel) if channel else {"has_plus_addresses": True}
        return _form(request, MailboxForm(initial=initial), channel)
    form = MailboxForm(request.POST)
    if not form.is_valid():
        return _form(request, form, channel, status=422)
    given = form.cleaned_data
    try:
        saved = save_mailbox(
            channel=channel,
            name=given["name"],
            address=given["address"],
            signature=given["signature"],
            mailbox=form.mailbox(),
            password=given["password"],
            client_secret=given["client_secret"],
            is_active=given["is_active"],
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        form.add_error(None, str(error))
        return _form(request, form, channel, status=422)
    notify(request, _("%(name)s is saved.") % {"name": saved.name})
    return redirect("inbox:mailboxes")


def _form(
    request: HttpRequest, form: MailboxForm, channel: Channel | None, *, status: int = 200
) -> HttpResponse:
    given = {"form": form, "channel": channel}
    return render(request, "inbox/mailbox.html", given, status=status)


@require_POST
@requires("inbox.manage")
def probe(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the mailbox's server whether it lets us in, and says what it answered."""
    channel = queries.mailbox(pk)
    box = mailbox_of(channel.settings)
    if not box.is_fetched:
        words = _("%(name)s is not fetched: your mail server hands its mails over.")
        notify(request, words % {"name": channel.name})
        return redirect("inbox:mailboxes")
    try:
        count = try_mailbox(box, at=now(), channel_id=pk)
    except AmityError as error:
        Channel.objects.filter(pk=pk).update(error=str(error)[:500], checked_at=now())
        notify(request, str(error))
        return redirect("inbox:mailboxes")
    Channel.objects.filter(pk=pk).update(error="", checked_at=now())
    words = _("%(name)s answers; %(count)s mails lie in %(folder)s.")
    notify(request, words % {"name": channel.name, "count": count, "folder": box.folder})
    return redirect("inbox:mailboxes")


@requires("inbox.reply")
def quarantined(request: HttpRequest) -> HttpResponse:
    """The mails that were not let in, newest first."""
    shown = keyset_page(
        queries.quarantined(),
        order=["-received_at", "-id"],
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    return render(request, "inbox/quarantine.html", {"page": shown} | _frame(request, "quarantine"))


@requires("inbox.reply")
def quarantined_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: why, its headers, and the beginning of its text, as text."""
    row = queries.quarantined_mail(pk)
    given = {"row": row, "peek": peek(bytes(row.raw)), "size": len(row.raw)}
    given["may_manage"] = may(actor_of(request), "inbox.manage")
    return render(request, "inbox/quarantined.html", given)


@requires("inbox.reply")
def raw_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as it came, to be saved."""
    row = queries.quarantined_mail(pk)
    response = HttpResponse(bytes(row.raw), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="quarantined-{row.pk}.eml"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@requires("inbox.manage")
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets a mail in after all."""
    try:
        taken = quarantine.release(pk, actor=actor_of(request), at=now())
    except NotFoundError:
        raise
    except AmityError as error:
        notify(request, str(error))
        return redirect("inbox:quarantined", pk)
    notify(request, _("The mail is let in."))
    if taken.message is None:
        return redirect("inbox:quarantine")
    return redirect("inbox:conversation", taken.message.conversation.number)


@require_POST
@requires("inbox.manage")
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Deletes a mail from quarantine."""
    quarantine.discard(pk, actor=actor_of(request), at=now())
    notify(request, _("The mail is deleted."))
    return redirect("inbox:quarantine")


@requires("inbox.reply")
def doubt(request: HttpRequest) -> HttpResponse:
    """Mails that may have arrived, and those that did not leave."""
    shown = keyset_page(
        queries.troubled(),
        order=["-created_at", "-id"],
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    given = {"page": shown, "numbers": queries.conversation_numbers(list(shown.rows))}
    return render(request, "inbox/doubt.html", given | _frame(request, "doubt"))


@require_POST
@requires("inbox.reply")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends a mail in doubt again (`decision=send`), or says that it arrived."""
    is_again = request.POST.get("decision") == "send"
    try:
        resolve_doubt(pk, resend=is_again, actor=actor_of(request), at=now())
    except NotFoundError:
        raise
    except AmityError as error:
        notify(request, str(error))
        return redirect("inbox:doubt")
    follow_mails()
    words = _("It is sent again, under the same number.") if is_again else _("Noted: it arrived.")
    notify(request, words)
    return redirect("inbox:doubt")


@requires("inbox.view")
def picture(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A picture of elsewhere in a mail, fetched by us: its sender does not see who looks."""
    address = queries.picture_address(pk, number)
    try:
        found = safe_fetch(address, max_bytes=PICTURE_BYTES, timeout=10)
    except AmityError as error:
        raise NotFoundError(f"The picture cannot be fetched. {error}") from error
    kind = next((one for one in sorted(PICTURES) if is_picture(one, found.body)), None)
    if kind is None:
        raise NotFoundError("What lies there is no picture.")
    response = HttpResponse(found.body, content_type=kind)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
