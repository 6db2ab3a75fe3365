"""Help of a language model: whether there is one, and what one is shown of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.utils.translation import get_language

from amity.run.inbox.models import Assistance, Conversation
from amity.run.inbox.rules.assistance.asking import LANGUAGES, Task

LATELY = timedelta(days=28)
BROKE_OFF = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class AssistanceAt:
    """Help at one conversation, for the person who asked for it."""

    host: str
    model: str
    rows: list[Assistance]
    languages: list[tuple[str, str]]
    language: str  # of the customer, where it is known

    @property
    def is_running(self) -> bool:
        """Whether an answer is still to come."""
        return any(row.state == Assistance.State.ASKED for row in self.rows)

    @property
    def suggestion(self) -> Assistance | None:
        """The drafted answer that stands in the box while one has written nothing."""
        done = (row for row in self.rows if row.state == Assistance.State.DONE)
        return next((row for row in done if row.task == Task.DRAFT), None)


@dataclass(frozen=True, slots=True)
class Use:
    """What was asked in four weeks for one task."""

    task: str
    asked: int
    failed: int
    sent: int
    tokens: int


def is_on() -> bool:
    """Whether the operator named an endpoint and a model."""
    return bool(settings.ASSIST_URL and settings.ASSIST_MODEL)


def host() -> str:
    """Where texts are sent, for people to know."""
    return urlsplit(settings.ASSIST_URL).netloc.rpartition("@")[2]


def assistance_at(
    conversation: Conversation, *, user_id: int | None, may_ask: bool, at: datetime
) -> AssistanceAt | None:
    """What stands at a conversation; None where there is no model, or one may not ask."""
    if not is_on() or not may_ask:
        return None
    rows = Assistance.objects.filter(conversation=conversation, user=user_id or 0)
    known = conversation.language[:2].lower()
    return AssistanceAt(
        host=host(),
        model=settings.ASSIST_MODEL,
        rows=[_given_up(row, at) for row in rows.filter(put_away_at=None).order_by("pk")[:20]],
        languages=list(LANGUAGES.items()),
        language=known if known in LANGUAGES else "en",
    )


def _given_up(row: Assistance, at: datetime) -> Assistance:
    """The row; as failed, where its worker was lost."""
    if row.state == Assistance.State.ASKED and row.asked_at < at - BROKE_OFF:
        row.state = Assistance.State.FAILED
        row.error = "Nothing came within 15 minutes. Look whether a worker runs, then ask again."
    return row


def our_language() -> str:
    """The language that pages are shown in, where texts can be translated into it."""
    ours = (get_language() or "en")[:2]
    return ours if ours in LANGUAGES else "en"


def uses(at: datetime) -> list[Use]:
    """How often it was asked, what came of it, and what it cost; by task."""
    rows = (
        Assistance.objects.filter(asked_at__gt=at - LATELY)
        .values("task")
        .annotate(
            asked=Count("pk"),
            failed=Count("pk", filter=Q(state=Assistance.State.FAILED)),
            sent=Count("pk", filter=Q(sent_as__isnull=False)),
            tokens=Sum("tokens_in") + Sum("tokens_out"),
        )
        .order_by("task")
    )
    return [Use(**row) for row in rows]
