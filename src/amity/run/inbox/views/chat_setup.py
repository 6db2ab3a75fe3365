"""Setting up chats: where they may stand, how they look, who is proven by which secret."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.rules import may
from amity.kernel.calendars.models import WorkingCalendar
from amity.run.inbox.models import Channel
from amity.run.inbox.operations import chat as operations
from amity.run.inbox.queries.chat import chat_channels
from amity.run.inbox.rules.chat import (
    ACCENT,
    ChatSettings,
    chat_settings,
    clean_accent,
    clean_origins,
)
from amity.run.inbox.rules.working import InboxError
from amity.ui.notices import notify

T = TypeVar("T")


class ChatForm(forms.Form):
    """How a chat stands on a site."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    origins = forms.CharField(
        label=gettext_lazy("Sites that may show it"),
        help_text=gettext_lazy("One address a line, like https://shop.example"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    greeting = forms.CharField(
        label=gettext_lazy("Greeting"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    accent = forms.CharField(
        label=gettext_lazy("Color"),
        help_text=gettext_lazy("Like #2f4079; its contrast is checked."),
        max_length=7,
        initial=ACCENT,
    )
    calendar_key = forms.ChoiceField(label=gettext_lazy("Hours"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = WorkingCalendar.objects.order_by("name").values_list("key", "name")
        field: Any = self.fields["calendar_key"]
        field.choices = [("", _("The company's usual hours")), *rows]

    def clean_origins(self) -> tuple[str, ...]:
        """The origins, as browsers send them."""
        return self._checked(clean_origins, "origins")

    def clean_accent(self) -> str:
        """A color with enough contrast."""
        return self._checked(clean_accent, "accent")

    def _checked(self, check: Callable[[str], T], name: str) -> T:
        try:
            return check(self.cleaned_data[name])
        except InboxError as error:
            raise forms.ValidationError(str(error)) from error


@requires("inbox.view")
def index(request: HttpRequest) -> HttpResponse:
    """All chats."""
    given = {"rows": chat_channels(), "may_manage": may(actor_of(request), "inbox.manage")}
    return render(request, "inbox/chat/list.html", given)


@requires("inbox.manage")
def new(request: HttpRequest) -> HttpResponse:
    """A form for a new chat."""
    return _form(request, None)


@requires("inbox.manage")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """A chat: what to put into the site's pages, and what can be changed."""
    return _form(request, get_object_or_404(Channel, pk=pk, kind=Channel.Kind.CHAT))


def _form(request: HttpRequest, row: Channel | None) -> HttpResponse:
    form = ChatForm(request.POST or None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(request, row, form.cleaned_data)
        except AmityError as error:
            form.add_error("name", str(error))
        else:
            notify(request, _("Saved"))
            return redirect("inbox:chat", saved.pk)
    return _page(request, row, form, "", 422 if form.is_bound else 200)


def _initial(row: Channel | None) -> dict[str, Any]:
    if row is None:
        return {}
    chosen = chat_settings(row.settings)
    return {
        "name": row.name,
        "origins": "\n".join(chosen.origins),
        "greeting": chosen.greeting,
        "accent": chosen.accent,
        "calendar_key": chosen.calendar_key,
        "is_active": row.is_active,
    }


def _save(request: HttpRequest, row: Channel | None, given: dict[str, Any]) -> Channel:
    return operations.save_chat(
        channel_id=row.pk if row is not None else None,
        name=given["name"],
        settings=ChatSettings(
            origins=given["origins"],
            accent=given["accent"],
            greeting=given["greeting"],
            calendar_key=given["calendar_key"],
        ),
        is_active=given["is_active"],
        actor=actor_of(request),
        at=now(),
    )


@requires("inbox.manage")
@require_POST
def secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, shown this once."""
    row = get_object_or_404(Channel, pk=pk, kind=Channel.Kind.CHAT)
    made = operations.renew_secret(channel_id=row.pk, actor=actor_of(request), at=now())
    row.refresh_from_db()
    response = _page(request, row, ChatForm(initial=_initial(row)), made, 200)
    response["Cache-Control"] = "no-store"
    return response


def _page(
    request: HttpRequest, row: Channel | None, form: ChatForm, made: str, status: int
) -> HttpResponse:
    address = settings.BASE_URL + reverse("inbox:chat_script")
    given = {
        "row": row,
        "form": form,
        "secret": made,
        "has_secret": row is not None and bool(chat_settings(row.settings).secret),
        "snippet": f'<script src="{address}" data-channel="{row.key}" async></script>'
        if row
        else "",
        "site": settings.BASE_URL,
    }
    return render(request, "inbox/chat/one.html", given, status=status)
