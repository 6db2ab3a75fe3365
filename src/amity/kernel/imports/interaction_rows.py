"""Rows of interactions: contacts, tickets, calls and other facts of another system's log."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa

from amity.base.ids import slug
from amity.base.money import minor_digits
from amity.base.text import fold
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel import bulk
from amity.kernel.customers.bulk import Stranger, ensure_customers
from amity.kernel.imports import values
from amity.kernel.imports.assembly import utc_instants
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.formats.dates import DateStyle
from amity.kernel.imports.log import append_facts
from amity.kernel.imports.order_rows import Rejection
from amity.kernel.imports.order_writing import touchpoints_by_channel
from amity.kernel.imports.row_import import Taken, Work
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.values import ONE
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.rules import KIND
from amity.kernel.touchpoints.models import Touchpoint

_SETS: dict[str, frozenset[str]] = {
    "relationship_type": frozenset(RelationshipType),
    "stage": frozenset(Stage),
    "direction": frozenset(Interaction.Direction.values),
    "actor": frozenset(Interaction.Actor.values),
}
_SYNONYMS = {"inbound": "in", "incoming": "in", "outbound": "out", "outgoing": "out"}
_NUMBERS = ("minutes", "seconds", "cost", "value", "sentiment")
_TEXTS = {"id": 150, "channel": 100, "outcome": 50, "subject": 300, "currency": 3, "kind": 100}


@dataclass(slots=True)
class _Facts:
    """The taken rows of a batch, as Python values by field."""

    columns: dict[str, list[Any]]
    micros: list[int]
    customers: list[str]
    count: int

    def get(self, name: str, place: int, default: Any = None) -> Any:
        """A cell, or the default where the file has none."""
        cells = self.columns.get(name)
        value = cells[place] if cells else None
        return default if value is None else value


def reject_facts(batch: Batch, settings: ImportSettings) -> list[Reject]:
    """The rows of a batch that could not be taken."""
    rejection = Rejection(batch, np.ones(len(batch.numbers), dtype=bool), [])
    _read(batch, settings, rejection)
    return rejection.rejects


def take_interactions(batch: Batch, work: Work) -> Taken:
    """Appends the facts of a batch that the log does not have."""
    rejection = Rejection(batch, np.ones(len(batch.numbers), dtype=bool), [])
    facts = _read(batch, work.settings, rejection)
    taken = Taken(rejects=rejection.rejects, accepted=facts.count)
    names = _names(facts)
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    taken.duplicates = facts.count - len(places)
    wanted = new_names(work.settings.source or "interactions", list(places))
    if wanted:
        chosen = [places[name] for name in wanted]
        _append(facts, chosen, list(wanted.values()), work)
    taken.created = len(wanted)
    return taken


def _read(batch: Batch, settings: ImportSettings, rejection: Rejection) -> _Facts:
    columns: dict[str, Any] = {}
    customers = values.keys(batch.columns[settings.mapping["customer"]])
    rejection.refuse(_missing(customers), "customer", "missing_key")
    moments = values.moments(
        batch.columns[settings.mapping["date"]], DateStyle(settings.date_style)
    )
    rejection.refuse(moments.missing, "date", "missing_date")
    rejection.refuse(moments.bad, "date", "bad_date", settings.mapping["date"])
    for name in _NUMBERS:
        if name in settings.mapping:
            found = values.numbers(batch.columns[settings.mapping[name]], settings.decimal_sign)
            rejection.refuse(found.bad, name, "bad_number", settings.mapping[name])
            columns[name] = pa.array(found.values, mask=found.missing)
    for name in _TEXTS:
        if name in settings.mapping:
            columns[name] = values.keys(batch.columns[settings.mapping[name]])
    for name, allowed in _SETS.items():
        if name in settings.mapping:
            columns[name] = _members(batch, rejection, name, allowed, settings.mapping[name])
    mask = pa.array(rejection.taken)
    micros = utc_instants(moments.micros, moments.zoned, settings.time_zone)
    return _Facts(
        {name: array.filter(mask).to_pylist() for name, array in columns.items()},
        micros[rejection.taken].tolist(),
        customers.filter(mask).to_pylist(),
        int(rejection.taken.sum()),
    )


def _missing(array: Any) -> Any:
    return np.array([cell is None for cell in array.to_pylist()], dtype=bool)


def _members(
    batch: Batch, rejection: Rejection, name: str, allowed: frozenset[str], column: str
) -> Any:
    """A column of a closed set of words; other words reject their rows."""

    def clean(word: str) -> str:
        key = re.sub(r"[^a-z]+", "_", fold(word)).strip("_")
        return _SYNONYMS.get(key, key)

    cells = values.keys(batch.columns[column], clean=clean)
    bad = [cell is not None and cell not in allowed for cell in cells.to_pylist()]
    rejection.refuse(np.array(bad, dtype=bool), name, "bad_value", column)
    return cells


def _names(facts: _Facts) -> list[str]:
    """What each fact is called in the log: its number, else a digest of all that it says."""
    if "id" in facts.columns and all(facts.columns["id"]):
        return [str(word)[:150] for word in facts.columns["id"]]
    names = []
    for place in range(facts.count):
        said = [facts.customers[place], facts.micros[place]]
        said += [cells[place] for cells in facts.columns.values()]
        names.append(blake2b(repr(said).encode(), digest_size=12).hexdigest())
    return names


_COLUMNS = {
    "source_id": pa.string(),
    "happened_at": pa.timestamp("us", "UTC"),
    "customer_id": pa.int64(),
    "kind": pa.string(),
    "touchpoint_id": pa.int64(),
    "direction": pa.string(),
    "actor": pa.string(),
    "staff_seconds": pa.int64(),
    "cost_minor": pa.int64(),
    "value_minor": pa.int64(),
    "outcome": pa.string(),
    "subject": pa.string(),
    "properties": pa.string(),
}


def append_unknown(
    facts: Sequence[Mapping[str, Any]],
    *,
    same: Mapping[str, str],
    source: str,
    import_id: int | None,
    at: datetime,
) -> None:
    """Appends the facts that the log has not, or only as taken back.

    All facts have the same columns, by `source_id` what the log calls them; `same` has the columns
    that are one text for all of them.
    """
    wanted = new_names(source, [fact["source_id"] for fact in facts])
    chosen = [
        {**fact, "source_id": wanted[fact["source_id"]]}
        for fact in facts
        if fact["source_id"] in wanted
    ]
    if not chosen:
        return
    columns = {
        name: pa.array([fact[name] for fact in chosen], _COLUMNS[name]) for name in chosen[0]
    }
    columns |= {name: pa.repeat(text, len(chosen)) for name, text in same.items()}
    append_facts(columns, source=source, import_id=import_id, at=at)


def new_names(source: str, names: list[str]) -> dict[str, str]:
    """The names that the log has not, or only as taken back, and what to write for each.

    A fact that was taken back is told again under its name with a number: `17#2`.
    """
    new: dict[str, str] = {}
    pending = {name: name for name in names}
    generation = 1
    while pending:
        stored = dict(
            bulk.lookup(
                Interaction,
                key="source_id",
                keys=list(pending.values()),
                values=("source_id", "id"),
                source=source,
            )
        )
        voided = {
            row[0]
            for row in bulk.lookup(
                Interaction,
                key="corrects",
                keys=list(stored.values()),
                values=("corrects",),
                is_void=True,
            )
        }
        new |= {name: written for name, written in pending.items() if written not in stored}
        generation += 1
        pending = {
            name: f"{name}#{generation}"
            for name, written in pending.items()
            if stored.get(written) in voided
        }
    return new


def _append(facts: _Facts, places: list[int], names: list[str], work: Work) -> None:
    settings = work.settings
    owners = ensure_customers(
        [Stranger(key) for key in dict.fromkeys(facts.customers[place] for place in places)],
        namespace=settings.source,
        at=work.at,
        import_id=work.import_id or None,
    )
    points = touchpoints_by_channel()
    own_types = dict(Touchpoint.objects.values_list("pk", "relationship_types"))
    rows = [_row(facts, place, points, own_types, work) for place in places]
    columns: dict[str, Any] = {
        name: pa.array([row[name] for row in rows], kind) for name, kind in _COLUMN_TYPES.items()
    }
    columns["customer_id"] = pa.array(
        [owners[facts.customers[place]] for place in places], pa.int64()
    )
    columns["source_id"] = pa.array(names)
    append_facts(
        columns, source=settings.source or "interactions", import_id=work.import_id, at=work.at
    )


_COLUMN_TYPES = {
    "happened_at": pa.timestamp("us", "UTC"),
    "kind": pa.string(),
    "touchpoint_id": pa.int64(),
    "relationship_type": pa.string(),
    "stage": pa.string(),
    "direction": pa.string(),
    "actor": pa.string(),
    "staff_seconds": pa.int64(),
    "cost_minor": pa.int64(),
    "value_minor": pa.int64(),
    "currency": pa.string(),
    "outcome": pa.string(),
    "subject": pa.string(),
    "sentiment": pa.float64(),
}


def _row(
    facts: _Facts,
    place: int,
    points: Mapping[str, int],
    own_types: Mapping[int, list[str]],
    work: Work,
) -> dict[str, Any]:
    point = points.get(slug(facts.get("channel", place, ""), fallback=""))
    types = own_types.get(point or 0) or [RelationshipType.PERSONAL_ASSISTANCE.value]
    currency = str(facts.get("currency", place, work.settings.currency)).upper()
    seconds = facts.get("seconds", place, 0) + 60 * facts.get("minutes", place, 0)
    value = facts.get("value", place)
    sentiment = facts.get("sentiment", place)
    return {
        "happened_at": facts.micros[place],
        "kind": kind_name(facts.get("kind", place, work.settings.interaction_kind)),
        "touchpoint_id": point,
        "relationship_type": facts.get("relationship_type", place, types[0]),
        "stage": facts.get("stage", place, Stage.SUPPORT.value),
        "direction": facts.get("direction", place, Interaction.Direction.NONE.value),
        "actor": facts.get("actor", place, Interaction.Actor.HUMAN.value),
        "staff_seconds": max(0, round(seconds / ONE)),
        "cost_minor": _minor(facts.get("cost", place, 0), currency, work),
        "value_minor": None if value is None else _minor(value, currency, work),
        "currency": currency if len(currency) == 3 else work.settings.currency,
        "outcome": facts.get("outcome", place, "")[:50],
        "subject": facts.get("subject", place, "")[:300],
        "sentiment": None if sentiment is None else max(-1.0, min(1.0, sentiment / ONE)),
    }


def _minor(millionths: int, currency: str, work: Work) -> int:
    digits = 0 if work.settings.amounts_in_minor else minor_digits(currency)
    factor: int = 10**digits
    return int(Decimal(millionths * factor / ONE).to_integral_value())


def kind_name(words: str) -> str:
    """A kind of the log from another system's words: `Phone call` → `imported.phone_call`."""
    text = re.sub(r"[^a-z0-9_.]+", "_", fold(words)).strip("_.")[:50] or "contacted"
    if KIND.fullmatch(text):
        return text
    return f"imported.{re.sub(r'[^a-z0-9_]+', '_', text)}"
