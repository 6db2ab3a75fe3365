"""Deals: opened, moved on, changed, and worked on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from amity.base.results import ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.customers.ownership import acting_owner
from amity.kernel.customers.queries import get_customer
from amity.kernel.touchpoints.queries import by_key
from amity.run.deals.models import Deal, DealEvent, Pipeline, PipelineStage
from amity.run.deals.operations.writing import (
    MOST_MINOR,
    DealError,
    active_person,
    event,
    in_stage,
    locked,
    log,
    must_be_open,
    save,
    spend,
)

EDITABLE = (
    "title",
    "owner",
    "amount_minor",
    "expected_close_on",
    "is_committed",
    "touchpoint",
    "competitor",
    "note",
)
Kind = DealEvent.Kind


@dataclass(frozen=True, slots=True)
class NewDeal:
    """A deal as it is wanted; without a stage it begins in the first, without an owner it falls to
    whoever looks after the customer, else to the one who opens it."""

    customer_id: int
    title: str
    expected_close_on: date
    pipeline_key: str = ""
    stage_key: str = ""
    owner_id: int | None = None
    amount_minor: int = 0
    touchpoint_key: str = ""
    competitor: str = ""
    note: str = ""
    is_committed: bool = False
    minutes: int = 0


@transaction.atomic
def open_deal(new: NewDeal, *, actor: Actor, at: datetime) -> Deal:
    """Opens a deal.

    Raises:
        NotFoundError: there is no such customer, pipeline, stage, person or touchpoint.
        DealError: it has no title, or an amount that no deal has.
    """
    pipeline = _pipeline(new.pipeline_key)
    deal = Deal(
        customer=get_customer(new.customer_id),
        pipeline=pipeline,
        stage=_first_stage(pipeline, new.stage_key),
        owner=_owner(new, actor, at),
        currency=pipeline.currency,
        opened_at=at,
        stage_since=at,
    )
    _apply(
        deal,
        {
            "title": new.title,
            "amount_minor": new.amount_minor,
            "expected_close_on": new.expected_close_on,
            "is_committed": new.is_committed,
            "touchpoint": new.touchpoint_key,
            "competitor": new.competitor,
            "note": new.note,
        },
    )
    spent = spend(deal, new.minutes, actor)
    deal.save(force_insert=True)
    made = event(
        deal, Kind.OPENED, actor=actor, at=at, to_stage=deal.stage, staff_seconds=new.minutes * 60
    )
    log(deal, made, "deals.opened", at=at, spent=spent, properties={"stage": deal.stage.key})
    return deal


@transaction.atomic
def move_deal(
    deal_id: int, *, stage_key: str, version: int, actor: Actor, at: datetime, minutes: int = 0
) -> Deal:
    """Moves an open deal to another open stage of its pipeline; the same stage changes nothing.

    Raises:
        NotFoundError: there is no such deal or stage.
        StaleError: somebody else changed it since `version` was read.
        ConflictError: it is closed, or the stage is where deals end.
        DealError: the minutes are not 0 to 1,440.
    """
    deal = locked(deal_id, version=version)
    must_be_open(deal)
    stage = _stage(deal.pipeline, stage_key)
    if not stage.is_open:
        raise ConflictError(f"A deal comes to {stage.name} by winning or losing it, with a reason.")
    if stage.pk == deal.stage_id:
        return deal
    left, seconds = deal.stage, in_stage(deal, at)
    spent = spend(deal, minutes, actor)
    deal.stage, deal.stage_since = stage, at
    save(deal, "stage", "stage_since")
    made = event(
        deal,
        Kind.MOVED,
        actor=actor,
        at=at,
        from_stage=left,
        to_stage=stage,
        stage_seconds=seconds,
        staff_seconds=minutes * 60,
    )
    facts = {"from": left.key, "to": stage.key, "stage_seconds": seconds}
    log(deal, made, "deals.moved", at=at, spent=spent, properties=facts)
    return deal


@transaction.atomic
def edit_deal(
    deal_id: int, *, changes: Mapping[str, Any], version: int, actor: Actor, at: datetime
) -> Deal:
    """Changes fields of an open deal; `owner` is a number or None, `touchpoint` a key or "".

    Raises:
        NotFoundError: there is no such deal, person or touchpoint.
        StaleError: somebody else changed it since `version` was read.
        ConflictError: it is closed.
        DealError: it would have no title, or an amount other than that of its lines.
    """
    deal = locked(deal_id, version=version)
    must_be_open(deal)
    names = [name for name in EDITABLE if name in changes]
    before = deal.amount_minor
    _apply(deal, {name: changes[name] for name in names})
    if deal.amount_minor != before and deal.lines.exists():
        raise DealError("The amount is the sum of its lines. Change the lines.")
    save(deal, *names)
    event(deal, Kind.EDITED, actor=actor, at=at, detail=", ".join(names)[:300])
    return deal


@transaction.atomic
def book_minutes(deal_id: int, *, minutes: int, what: str, actor: Actor, at: datetime) -> Deal:
    """Books minutes worked on an open deal; they fall on what it cost to win.

    Raises:
        NotFoundError: there is no such deal.
        ConflictError: it is closed.
        DealError: the minutes are not 1 to 1,440, or nothing says what was done.
    """
    deal = locked(deal_id)
    must_be_open(deal)
    said = clean_text(what, field="what", max_length=300)
    if not said or minutes < 1:
        raise DealError("Say what was done, and how many minutes it took.")
    spent = spend(deal, minutes, actor)
    save(deal)
    made = event(deal, Kind.SPENT, actor=actor, at=at, staff_seconds=minutes * 60, detail=said)
    log(deal, made, "deals.worked", at=at, spent=spent, properties={"what": said})
    return deal


def _apply(deal: Deal, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(deal, name, _clean(name, value))


def _clean(name: str, value: Any) -> Any:
    if name in _LENGTHS:
        cleaned = clean_text(value, field=name, max_length=_LENGTHS[name])
        if name == "title" and not cleaned:
            raise DealError("Say in a few words what they may buy.")
        return cleaned
    if name == "amount_minor" and not 0 <= value <= MOST_MINOR:
        raise DealError("An amount is 0 or more, and no more than a bank can hold.")
    if name == "owner":
        return None if value is None else active_person(value)
    return _touchpoint(value) if name == "touchpoint" else value


_LENGTHS = {"title": 200, "competitor": 100, "note": 10_000}


def _touchpoint(key: str) -> Any:
    if not key:
        return None
    found = by_key(key)
    if found is None:
        raise NotFoundError(f"There is no touchpoint {key}.")
    return found


def _pipeline(key: str) -> Pipeline:
    rows = Pipeline.objects.order_by("pk")
    found = rows.filter(key=key).first() if key else rows.first()
    if found is None:
        raise NotFoundError(f"There is no pipeline {key}." if key else "Set up a pipeline first.")
    return found


def _stage(pipeline: Pipeline, key: str) -> PipelineStage:
    found = pipeline.stages.filter(key=key).first()
    if found is None:
        raise NotFoundError(f"{pipeline.name} has no stage {key}.")
    return found


def _first_stage(pipeline: Pipeline, key: str) -> PipelineStage:
    rows = pipeline.stages.filter(is_won=False, is_lost=False).order_by("position", "pk")
    found = rows.filter(key=key).first() if key else rows.first()
    if found is None:
        raise NotFoundError(f"{pipeline.name} has no open stage {key}.".replace(" .", "."))
    return found


def _owner(new: NewDeal, actor: Actor, at: datetime) -> User | None:
    if new.owner_id is not None:
        return active_person(new.owner_id)
    acting = acting_owner(new.customer_id, at)
    user_id = acting.user.id if acting is not None else actor.user_id
    return None if user_id is None else User.objects.filter(pk=user_id).first()
