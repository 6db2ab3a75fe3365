"""One question after the close, in the mail itself, and its answer."""

from datetime import datetime, timedelta
from html import escape

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from amity.base.results import NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.operations import company
from amity.kernel.access.rules import SYSTEM
from amity.kernel.jobs.operations import enqueue
from amity.kernel.messaging.outbox import enqueue_mail
from amity.kernel.messaging.rules import MailError
from amity.run.inbox.models import Conversation, Message, Participant, Rating
from amity.run.inbox.operations.announcing import announce
from amity.run.inbox.operations.change import inbox_settings, log, note_event
from amity.run.inbox.rules.automation import Event
from amity.run.inbox.rules.rating import SCORES, asks, sentiment_of
from amity.run.inbox.rules.working import InboxError

SALT = "amity.inbox.rating"
QUIET = timedelta(days=30)  # nobody is asked more often
DELAY = timedelta(hours=1)  # a matter that is reopened at once is not asked about


def ask_later(conversation: Conversation, *, at: datetime) -> None:
    """Asks for the question to be asked, where the company wants that and it makes sense."""
    if inbox_settings().asks_rating and asks(conversation.outcome, is_spam=conversation.is_spam):
        payload = {"conversation": conversation.pk}
        enqueue("inbox.ask_rating", payload, at=at, run_at=at + DELAY)


@transaction.atomic
def ask(conversation_id: int, *, at: datetime) -> Rating | None:
    """Mails the question, unless the matter is open again or they were asked in the last 30 days.

    The same matter is asked about once for each time it was closed.
    """
    conversation = (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("customer", "channel")
        .filter(pk=conversation_id, merged_into=None)
        .first()
    )
    if conversation is None or not _is_askable(conversation, at):
        return None
    address = _address(conversation)
    if not address:
        return None
    rating = Rating.objects.create(conversation=conversation, asked_at=at)
    try:
        _mail(conversation, rating, address, at)
    except MailError:  # the address cannot be mailed: nothing was asked
        rating.delete()
        return None
    log(
        conversation,
        "asked_to_rate",
        f"rating:{rating.pk}:asked",
        happened_at=at,
        at=at,
        direction="out",
        doer="automatic",
        properties={"rating": rating.pk},
    )
    return rating


def _is_askable(conversation: Conversation, at: datetime) -> bool:
    is_over = conversation.status == Conversation.Status.CLOSED
    if not is_over or not asks(conversation.outcome, is_spam=conversation.is_spam):
        return False
    helped = conversation.messages.filter(kind=Message.Kind.REPLY, is_automatic=False)
    lately = Rating.objects.filter(asked_at__gt=at - QUIET)
    if conversation.customer_id is not None:
        lately = lately.filter(conversation__customer=conversation.customer_id)
    else:
        lately = lately.filter(conversation=conversation)
    return helped.exists() and not lately.exists()


def _address(conversation: Conversation) -> str:
    asked = conversation.participants.filter(role=Participant.Role.REQUESTER, address__contains="@")
    return asked.order_by("pk").values_list("address", flat=True).first() or ""


def _mail(conversation: Conversation, rating: Rating, address: str, at: datetime) -> None:
    name = company().name
    question = _("How well did we help you with “%s”?") % conversation.subject
    links = {score: f"{link_of(rating)}?score={score}" for score in SCORES}
    lines = [f"{score}: {SCORES[score]} {links[score]}" for score in sorted(SCORES, reverse=True)]
    rows = "".join(
        f'<li><a href="{escape(links[score])}">{score}: {escape(SCORES[score])}</a></li>'
        for score in sorted(SCORES, reverse=True)
    )
    enqueue_mail(
        key=f"inbox.rating:{rating.pk}",
        to=address,
        subject=_("How did we do? [#%s]") % conversation.number,
        text="\n".join([question, "", *lines, "", name]),
        html=f"<p>{escape(question)}</p><ul>{rows}</ul><p>{escape(name)}</p>",
        headers={"Auto-Submitted": "auto-generated"},
        is_transactional=True,
        customer_id=conversation.customer_id,
        at=at,
    )


def link_of(rating: Rating) -> str:
    """The address at which a rating is given; only who has the mail knows it."""
    token = signing.Signer(salt=SALT).sign(str(rating.pk)).replace(":", ".")
    return f"{settings.BASE_URL}/inbox/rating/{token}/"


def rating_of(token: str) -> Rating:
    """The rating that a token of a mail stands for.

    Raises:
        NotFoundError: it was not made by us.
    """
    try:
        pk = signing.Signer(salt=SALT).unsign(token.replace(".", ":", 1))
    except signing.BadSignature as error:
        raise NotFoundError("This link is broken. Open it from the mail again.") from error
    rating = Rating.objects.select_related("conversation").filter(pk=int(pk)).first()
    if rating is None:
        raise NotFoundError("This question is not open any more.")
    return rating


@transaction.atomic
def rate(token: str, *, score: int, comment: str, at: datetime) -> Rating:
    """Stores what the customer says; the same again replaces it and is logged once more.

    Raises:
        NotFoundError: the token was not made by us.
        InboxError: there is no such score.
    """
    found = rating_of(token)
    if score not in SCORES:
        raise InboxError("Choose one of the five answers.")
    rating = Rating.objects.select_for_update().get(pk=found.pk)
    said = clean_text(comment, field="comment", max_length=5000)
    if rating.score == score and rating.comment == said:
        return rating
    rating.score = score
    rating.comment = said
    rating.answered_at = at
    rating.save(update_fields=["score", "comment", "answered_at"])
    conversation = Conversation.objects.select_related("channel").get(pk=rating.conversation_id)
    words = f"Rated with {score} of 5{f': {said[:300]}' if said else ''}."
    event = note_event(conversation, "rated", words, actor=SYSTEM, at=at, detail={"score": score})
    log(
        conversation,
        "rated",
        f"rating:{rating.pk}:{event.pk}",
        happened_at=at,
        at=at,
        direction="in",
        doer="customer",
        sentiment=sentiment_of(score),
        outcome=str(score),
        properties={"rating": rating.pk, "score": score},
    )
    announce(conversation, Event.RATED, at=at)
    return rating
