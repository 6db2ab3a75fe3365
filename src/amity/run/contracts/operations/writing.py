"""Contracts written many at once: new ones added, those that say something else rewritten."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from amity.kernel.commerce.models import Contract
from amity.kernel.imports.models import ImportChange
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import void_interactions
from amity.run.contracts.operations.telling import tell
from amity.run.contracts.rules import Terms

WRITTEN = (
    "customer",
    "started_on",
    "period_months",
    "fee_minor",
    "currency",
    "ended_on",
    "end_reason",
    "signed_log_id",
    "ended_log_id",
)
SAID = ("customer_id", *WRITTEN[1:7])
BATCH = 500


@dataclass(frozen=True, slots=True)
class Agreed:
    """The terms of a contract, and whose it is."""

    customer_id: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class WrittenContracts:
    """The numbers by key, and how many of them were new or changed."""

    ids: dict[str, int]
    created: int
    changed: list[int]


@transaction.atomic
def write_contracts(
    agreed: Sequence[Agreed], *, source: str, import_id: int | None, at: datetime
) -> WrittenContracts:
    """Adds contracts (each key once), rewrites those that say something else, and tells the log.

    An import keeps what it changes, so that it can be taken back. Seven statements, and a few for
    each 500 contracts.
    """
    stored = _stored([one.terms.key for one in agreed], source)
    new: list[Contract] = []
    changed: list[Contract] = []
    for one in agreed:
        row = stored.get(one.terms.key)
        fields = _fields(one)
        if row is None:
            new.append(Contract(source=source, import_id=import_id, key=one.terms.key, **fields))
        elif image_of(row) != fields:
            if import_id is not None:
                _keep(row, import_id)
            _say(row, fields)
            changed.append(row)
    tell([*new, *changed], source=source, import_id=import_id, at=at)
    Contract.objects.bulk_create(new, batch_size=BATCH)
    Contract.objects.bulk_update(changed, WRITTEN, batch_size=BATCH)
    ids = {row.key: row.pk for row in [*stored.values(), *new]}
    return WrittenContracts(ids, len(new), [row.pk for row in changed])


def restore_contracts(images: Mapping[int, Mapping[str, Any]], *, at: datetime) -> None:
    """Makes contracts say again what they said; the log is corrected back."""
    rows = list(Contract.objects.select_for_update().filter(pk__in=images))
    for row in rows:
        _say(row, _from_json(images[row.pk]))
    for source in {row.source for row in rows}:
        tell([row for row in rows if row.source == source], source=source, import_id=None, at=at)
    Contract.objects.bulk_update(rows, WRITTEN, batch_size=BATCH)


def remove_contracts(import_id: int, *, at: datetime) -> int:
    """Removes the contracts that an import created and takes back what the log tells of them."""
    rows = list(Contract.objects.filter(import_id=import_id).order_by("pk"))
    for start in range(0, len(rows), BATCH):
        piece = rows[start : start + BATCH]
        told = [
            log_id for row in piece for log_id in (row.signed_log_id, row.ended_log_id) if log_id
        ]
        void_interactions(Interaction.objects.filter(pk__in=told), recorded_at=at)
        Contract.objects.filter(pk__in=[row.pk for row in piece]).delete()
    return len(rows)


def image_of(row: Contract) -> dict[str, Any]:
    """What a contract says now."""
    return {name: getattr(row, name) for name in SAID}


def _stored(keys: list[str], source: str) -> dict[str, Contract]:
    rows: dict[str, Contract] = {}
    for start in range(0, len(keys), BATCH):
        piece = Contract.objects.filter(source=source, key__in=keys[start : start + BATCH])
        rows |= {row.key: row for row in piece.order_by("pk").select_for_update()}
    return rows


def _fields(one: Agreed) -> dict[str, Any]:
    terms = asdict(one.terms)
    terms.pop("key")
    return {"customer_id": one.customer_id, **terms}


def _say(row: Contract, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        setattr(row, name, value)


def _keep(row: Contract, import_id: int) -> None:
    """Notes what the contract said before this import changed it first."""
    before = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in image_of(row).items()
    }
    ImportChange.objects.get_or_create(
        import_id=import_id,
        object_type="contract",
        object_id=row.pk,
        defaults={"before": before},
    )


def _from_json(image: Mapping[str, Any]) -> dict[str, Any]:
    days = {
        name: date.fromisoformat(image[name]) if image[name] else None
        for name in ("started_on", "ended_on")
    }
    return {**image, **days}
