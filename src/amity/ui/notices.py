"""What was just done, told on the next page, with the way back where there is one."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Notice:
    """A toast. `kind` is empty or "bad"; `undo_url` is POSTed to in order to take the act back."""

    text: str
    kind: str = ""
    undo_url: str = ""


def notify(request: HttpRequest, text: str, *, kind: str = "", undo_url: str = "") -> None:
    """Leaves a toast for the next page that this person sees."""
    messages.info(request, text, extra_tags=f"{kind}|{undo_url}")


def take_notices(request: HttpRequest) -> list[Notice]:
    """The toasts that wait for this person; they are told once."""
    notices = []
    for message in messages.get_messages(request):
        kind, _bar, undo_url = (message.extra_tags or "").partition("|")
        notices.append(Notice(str(message.message), kind, undo_url))
    return notices
