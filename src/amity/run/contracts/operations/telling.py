"""What the log tells of contracts: that they were signed and ended. Rows are appended alone."""

from collections.abc import Iterator, Sequence
from copy import copy
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel import bulk
from amity.kernel.access.operations import company
from amity.kernel.commerce.models import Contract
from amity.kernel.interactions.models import Interaction

SOURCE = "contracts"  # in the log, where the contracts name no system
PARTS = ("signed", "ended")
COMPARED = ("customer_id", "happened_at", "currency", "outcome", "properties")


def tell(
    contracts: Sequence[Contract], *, source: str, import_id: int | None, at: datetime
) -> None:
    """Brings the log to what the contracts say and notes on each the rows that tell of it now.

    The caller saves the contracts. A fact that is new is told under the contract's key, one that
    changed as a correction of the row that told it, one that holds no more is taken back.
    """
    told = Interaction.objects.in_bulk(
        [log_id for row in contracts for log_id in (row.signed_log_id, row.ended_log_id) if log_id]
    )
    zone = ZoneInfo(company().time_zone)
    steps = [
        (row, part, step)
        for row in contracts
        for part, fact in zip(PARTS, _facts(row, zone, at), strict=True)
        if (step := _step(told.get(getattr(row, f"{part}_log_id")), fact)) is not None
    ]
    ids = bulk.reserve_ids(Interaction, len(steps)).tolist()
    space = source or SOURCE
    names = [f"{row.key}:{part}" for row, part, _ in steps]
    rows = bulk.lookup(
        Interaction, key="source_id", keys=names, values=("source_id",), source=space
    )
    known = {name for (name,) in rows}
    for (row, part, step), log_id, name in zip(steps, ids, names, strict=True):
        step.pk, step.recorded_at, step.import_id, step.source = log_id, at, import_id, space
        step.source_id = f"{name}#{log_id}" if step.corrects or name in known else name
        setattr(row, f"{part}_log_id", None if step.is_void else log_id)
    Interaction.objects.bulk_create([step for _, _, step in steps], batch_size=500)


def _step(old: Interaction | None, fact: Interaction | None) -> Interaction | None:
    """The row that leads from what is told to what is so; None where they are the same."""
    if old is None or fact is None:
        return fact if old is None else _void(old)
    if all(getattr(old, name) == getattr(fact, name) for name in COMPARED):
        return None
    fact.corrects = old.pk
    return fact


def _void(old: Interaction) -> Interaction:
    row = copy(old)
    row.corrects, row.is_void = old.pk, True
    return row


def _facts(row: Contract, zone: ZoneInfo, at: datetime) -> Iterator[Interaction | None]:
    """The signing; the end where there is one. Notice for a day to come is told as of now."""
    terms = {"contract": row.key, "period_months": row.period_months, "fee_minor": row.fee_minor}
    yield _fact(row, "signed", _instant(row.started_on, zone, at), terms)
    if row.ended_on is None:
        yield None
        return
    end = {"contract": row.key, "ended_on": row.ended_on.isoformat()}
    fact = _fact(row, "ended", _instant(row.ended_on, zone, at), end)
    fact.outcome = row.end_reason[:50]
    yield fact


def _instant(day: date, zone: ZoneInfo, at: datetime) -> datetime:
    return min(datetime.combine(day, time(), zone), at)


def _fact(row: Contract, part: str, happened_at: datetime, said: dict[str, Any]) -> Interaction:
    return Interaction(
        kind=f"contracts.{part}",
        happened_at=happened_at,
        customer_id=row.customer_id,
        relationship_type=RelationshipType.SELF_SERVICE,
        stage=Stage.TRANSACT,
        direction=Interaction.Direction.INBOUND,
        currency=row.currency,
        subject=row.key,
        properties=said,
    )
