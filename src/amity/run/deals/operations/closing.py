"""How deals end: won or lost, with the reason; and opened again."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from amity.base.results import ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.rules import Actor
from amity.run.deals.models import CloseReason, Deal, DealEvent
from amity.run.deals.operations.writing import (
    DealError,
    event,
    in_stage,
    locked,
    log,
    must_be_open,
    save,
    spend,
    unlog,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended; a competitor or note that is None stays as it was."""

    reason_id: int | None = None
    competitor: str | None = None
    note: str | None = None
    minutes: int = 0


@transaction.atomic
def win_deal(deal_id: int, ending: Ending, *, version: int, actor: Actor, at: datetime) -> Deal:
    """Wins an open deal; the log keeps its amount as value and the minutes as cost.

    Raises:
        NotFoundError: there is no such deal or reason.
        StaleError: somebody else changed it since `version` was read.
        ConflictError: it is closed.
        DealError: the reason is one of losses, or the minutes are not 0 to 1,440.
    """
    return _close(deal_id, ending, Deal.Status.WON, version=version, actor=actor, at=at)


@transaction.atomic
def lose_deal(deal_id: int, ending: Ending, *, version: int, actor: Actor, at: datetime) -> Deal:
    """Loses an open deal; the reason is needed.

    Raises:
        NotFoundError: there is no such deal or reason.
        StaleError: somebody else changed it since `version` was read.
        ConflictError: it is closed.
        DealError: there is no reason, it is one of wins, or the minutes are not 0 to 1,440.
    """
    if ending.reason_id is None:
        raise DealError("Say why it was lost: choose a reason.")
    return _close(deal_id, ending, Deal.Status.LOST, version=version, actor=actor, at=at)


def _close(
    deal_id: int,
    ending: Ending,
    status: Deal.Status,
    *,
    version: int,
    actor: Actor,
    at: datetime,
) -> Deal:
    deal = locked(deal_id, version=version)
    must_be_open(deal)
    is_won = status == Deal.Status.WON
    left, seconds = deal.stage, in_stage(deal, at)
    spent = spend(deal, ending.minutes, actor)
    deal.stage = deal.pipeline.stages.get(is_won=is_won, is_lost=not is_won)
    deal.status, deal.closed_at, deal.stage_since = status, at, at
    deal.reason = _reason(ending.reason_id, status)
    _note(deal, ending)
    save(deal, "stage", "status", "closed_at", "stage_since", "reason", "competitor", "note")
    made = event(
        deal,
        DealEvent.Kind.WON if is_won else DealEvent.Kind.LOST,
        actor=actor,
        at=at,
        from_stage=left,
        to_stage=deal.stage,
        stage_seconds=seconds,
        staff_seconds=ending.minutes * 60,
        detail=str(deal.reason or ""),
    )
    log(
        deal,
        made,
        "deals.won" if is_won else "deals.lost",
        at=at,
        spent=spent,
        outcome=status,
        value_minor=deal.amount_minor if is_won else None,
        properties={
            "reason": str(deal.reason or ""),
            "competitor": deal.competitor,
            "amount_minor": deal.amount_minor,
            "cost_of_deal_minor": deal.cost_minor,
        },
    )
    return deal


def _reason(reason_id: int | None, status: Deal.Status) -> CloseReason | None:
    if reason_id is None:
        return None
    reason = CloseReason.objects.filter(pk=reason_id).first()
    if reason is None:
        raise NotFoundError(f"There is no reason {reason_id}.")
    if reason.kind != status.value:
        raise DealError(f"“{reason.name}” is a reason of deals that are {reason.kind}.")
    return reason


def _note(deal: Deal, ending: Ending) -> None:
    if ending.competitor is not None:
        deal.competitor = clean_text(ending.competitor, field="competitor", max_length=100)
    if ending.note is not None:
        deal.note = clean_text(ending.note, field="note", max_length=10_000)


@transaction.atomic
def reopen_deal(deal_id: int, *, version: int, actor: Actor, at: datetime) -> Deal:
    """Opens a closed deal again where it stood; its win or loss is taken back in the log.

    The minutes of the closing were spent all the same: they stay, as work on the deal.

    Raises:
        NotFoundError: there is no such deal.
        StaleError: somebody else changed it since `version` was read.
        ConflictError: it is open.
    """
    deal = locked(deal_id, version=version)
    if deal.status == Deal.Status.OPEN:
        raise ConflictError(f"“{deal.title}” is open.")
    kinds = (DealEvent.Kind.WON, DealEvent.Kind.LOST)
    closing = deal.events.filter(kind__in=kinds).select_related("from_stage").latest("pk")
    spent = unlog(closing, at=at)
    ended = deal.stage
    assert closing.from_stage is not None  # noqa: S101 -- every closing names the stage it left
    deal.stage, deal.stage_since = closing.from_stage, at
    deal.status, deal.closed_at, deal.reason = Deal.Status.OPEN, None, None
    save(deal, "stage", "stage_since", "status", "closed_at", "reason")
    made = event(
        deal, DealEvent.Kind.REOPENED, actor=actor, at=at, from_stage=ended, to_stage=deal.stage
    )
    if spent.minutes:  # they were spent all the same
        log(deal, made, "deals.worked", at=at, spent=spent)
    return deal
