"""What is changed of one conversation: each noun is an address that is posted to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import Conversation
from amity.run.inbox.operations import conversations as operations
from amity.run.inbox.queries.conversation import conversation_numbered
from amity.run.inbox.rules.bulk import BulkAction
from amity.run.inbox.rules.working import InboxError
from amity.run.inbox.views.conversation import address_of, seconds_of
from amity.run.inbox.views.lists import snooze_until
from amity.ui.notices import notify


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that was asked for."""

    conversation: Conversation
    given: QueryDict
    actor: Actor
    at: datetime

    @property
    def pk(self) -> int:
        """The conversation's id."""
        return self.conversation.pk

    def number(self, name: str) -> int | None:
        """A number of the form; None where it is empty or none."""
        text = self.given.get(name, "").strip().removeprefix("#")
        return int(text) if text.isdecimal() and len(text) < 13 else None

    def other(self) -> Conversation:
        """The other conversation that the form names by its number."""
        number = self.number("other")
        if number is None:
            raise InboxError("Give the number of the other conversation, as in #1234.")
        return conversation_numbered(number)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in words, how to take it back, and where to go."""

    words: str
    undo_url: str = ""
    go: str = ""


Handler = Callable[[Asked], Done]


def _simple(asked: Asked, action: BulkAction, words: str) -> Done:
    """A change that the machinery of many takes back, also for one."""
    change = operations.apply_to_many([asked.pk], action=action, actor=asked.actor, at=asked.at)
    undo_url = reverse("inbox:bulk_undo", args=[change.pk]) if change.before else ""
    return Done(words if change.before else _("It was so already"), undo_url)


def _assignee(asked: Asked) -> Done:
    number = asked.actor.user_id if asked.given.get("me") else asked.number("assignee_id")
    return _simple(asked, BulkAction("assign", number), _("Given on"))


def _team(asked: Asked) -> Done:
    return _simple(asked, BulkAction("team", asked.number("team_id")), _("Given to the team"))


def _closure(asked: Asked) -> Done:
    outcome = asked.given.get("outcome", "") or "resolved"
    reason = asked.given.get("reason", "").strip()
    if not reason:
        return _simple(asked, BulkAction("close", text=outcome), _("Closed"))
    operations.close(
        conversation_id=asked.pk, actor=asked.actor, at=asked.at, outcome=outcome, reason=reason
    )
    return Done(_("Closed"))


def _opening(asked: Asked) -> Done:
    return _simple(asked, BulkAction("reopen"), _("Open again"))


def _waiting(asked: Asked) -> Done:
    return _simple(asked, BulkAction("wait"), _("Waits for the customer"))


def _snooze(asked: Asked) -> Done:
    given = asked.given.get("day", "") or asked.given.get("until", "24")
    until = snooze_until(given, asked.at)
    return _simple(asked, BulkAction("snooze", until=until), _("Put aside"))


def _priority(asked: Asked) -> Done:
    return _simple(asked, BulkAction("priority", asked.number("priority")), _("Priority set"))


def _spam(asked: Asked) -> Done:
    do = "not_spam" if asked.given.get("off") else "spam"
    words = _("Is no spam") if do == "not_spam" else _("Marked as spam")
    return _simple(asked, BulkAction(do), words)


def _tags(asked: Asked) -> Done:
    do = "untag" if asked.given.get("off") else "tag"
    action = BulkAction(do, text=asked.given.get("tag_name", ""))
    return _simple(asked, action, _("Tags changed"))


def _topic(asked: Asked) -> Done:
    action = BulkAction("topic", text=asked.given.get("topic", ""))
    return _simple(asked, action, _("Topic set; the next training learns from it"))


def _subject(asked: Asked) -> Done:
    operations.set_subject(
        conversation_id=asked.pk,
        subject=asked.given.get("subject", ""),
        actor=asked.actor,
        at=asked.at,
    )
    return Done(_("Named anew"))


def _following(asked: Asked) -> Done:
    user_id = asked.number("user_id") or asked.actor.user_id or 0
    if asked.given.get("off"):
        operations.unfollow(
            conversation_id=asked.pk, user_id=user_id, actor=asked.actor, at=asked.at
        )
        return Done(_("You hear no more of it"))
    operations.follow(conversation_id=asked.pk, user_id=user_id, actor=asked.actor, at=asked.at)
    return Done(_("You hear of it from now on"))


def _link(asked: Asked) -> Done:
    change = operations.unlink if asked.given.get("off") else operations.link
    change(conversation_id=asked.pk, other_id=asked.other().pk, actor=asked.actor, at=asked.at)
    return Done(_("Link removed") if asked.given.get("off") else _("Linked"))


def _merge(asked: Asked) -> Done:
    other = asked.other()
    row = operations.merge(
        survivor_id=asked.pk, absorbed_id=other.pk, actor=asked.actor, at=asked.at
    )
    undo_url = reverse("inbox:merge_undo", args=[row.pk])
    return Done(_("#%s was taken in") % other.number, undo_url)


def _split(asked: Asked) -> Done:
    chosen = asked.number("message_id") or 0
    ids = [chosen]
    if asked.given.get("from"):
        first = asked.conversation.messages.filter(pk=chosen).first()
        later = asked.conversation.messages.filter(at__gte=first.at) if first else None
        ids = list(later.values_list("pk", flat=True)) if later is not None else ids
    new = operations.split(
        conversation_id=asked.pk, message_ids=ids, actor=asked.actor, at=asked.at
    )
    undo_url = reverse("inbox:split_undo", args=[new.number])
    words = _("Split off as #%s") % new.number
    return Done(words, undo_url, address_of(new, asked.given.get("list", "")))


def _participant(asked: Asked) -> Done:
    gone = asked.number("participant_id")
    if gone is not None:
        operations.remove_participant(
            conversation_id=asked.pk, participant_id=gone, actor=asked.actor, at=asked.at
        )
        return Done(_("They take no more part"))
    operations.add_participant(
        conversation_id=asked.pk,
        actor=asked.actor,
        at=asked.at,
        address=asked.given.get("address", ""),
        name=asked.given.get("name", ""),
        asks=asked.given.get("asks") == "1",
    )
    return Done(_("They take part now"))


def _customer(asked: Asked) -> Done:
    customer_id = asked.number("customer_id")
    if customer_id is None:
        raise InboxError("Choose the customer whose matter it is.")
    operations.set_customer(
        conversation_id=asked.pk, customer_id=customer_id, actor=asked.actor, at=asked.at
    )
    return Done(_("The customer is set"))


def _minutes(asked: Asked) -> Done:
    operations.book_minutes(
        conversation_id=asked.pk,
        seconds=seconds_of(asked.given.get("minutes", "")),
        what=asked.given.get("what", ""),
        actor=asked.actor,
        at=asked.at,
    )
    return Done(_("Booked"))


NOUNS: Mapping[str, Handler] = {
    "assignee": _assignee,
    "team": _team,
    "closure": _closure,
    "opening": _opening,
    "waiting": _waiting,
    "snooze": _snooze,
    "priority": _priority,
    "spam": _spam,
    "tags": _tags,
    "topic": _topic,
    "subject": _subject,
    "following": _following,
    "link": _link,
    "merge": _merge,
    "split": _split,
    "participant": _participant,
    "customer": _customer,
    "minutes": _minutes,
}


@requires("inbox.reply")
@require_POST
def change(request: HttpRequest, number: int, noun: str) -> HttpResponse:
    """Changes one thing and tells what was done, with the way back where there is one."""
    if noun not in NOUNS:
        raise Http404
    conversation = conversation_numbered(number)
    asked = Asked(conversation, request.POST, actor_of(request), now())
    here = address_of(conversation, request.POST.get("list", ""))
    try:
        done = NOUNS[noun](asked)
    except AmityError as error:
        notify(request, str(error), kind="bad")
        return redirect(here)
    notify(request, done.words, undo_url=done.undo_url)
    return redirect(done.go or here)


@requires("inbox.reply")
@require_POST
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a merge back."""
    row = operations.undo_merge(pk, actor=actor_of(request), at=now())
    notify(request, _("The two are on their own again"))
    return redirect(address_of(row.survivor))


@requires("inbox.reply")
@require_POST
def split_undo(request: HttpRequest, number: int) -> HttpResponse:
    """Takes a split back."""
    new = conversation_numbered(number)
    row = operations.undo_split(new.pk, actor=actor_of(request), at=now())
    notify(request, _("Back in one conversation"))
    return redirect(address_of(row.survivor))
