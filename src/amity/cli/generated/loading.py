"""Writes invented customers piece by piece; stopped in the middle it goes on behind the last."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pyarrow as pa
from django.db import transaction

from amity.base.results import AmityError
from amity.cli.generated.rules import END, PIECE, SOURCE, Piece, draw
from amity.kernel import bulk
from amity.kernel.access.models import AuditEntry
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.bulk import Stranger, ensure_customers
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.customers.rules import EMAIL, EXTERNAL
from amity.kernel.imports.assembly import assemble
from amity.kernel.imports.log import append_facts
from amity.kernel.imports.order_writing import write_part
from amity.kernel.imports.settings import ImportSettings

ACTION = "company.generated"
FIELDS = ("product", "description", "quantity", "unit_price")
Progress = Callable[[int, int | None, str], None]


class GenerateError(AmityError):
    """There are customers here that the generator did not make, or not from this seed."""


@dataclass(slots=True)
class Generated:
    """What there is now; `digest` is the same for the same seed and number of customers."""

    customers: int = 0
    orders: int = 0
    lines: int = 0
    interactions: int = 0
    digest: str = ""


def generate(*, customers: int, seed: int, actor: Actor, progress: Progress) -> Generated:
    """Fills an empty company with invented customers, their orders and contacts.

    Memory is bounded by one piece. All of it stands as of END, so that two runs are alike.

    Raises:
        GenerateError: the company has other customers.
    """
    done = _begin(customers, seed, actor)
    sum_of_all = sha256()
    total = Generated(customers=customers)
    for number, start in enumerate(range(0, customers, PIECE)):
        progress(start, customers, f"{start:,} of {customers:,}")
        piece = draw(seed, number, min(PIECE, customers - start))
        for table in (piece.people, piece.lines, piece.contacts):
            sum_of_all.update(_bytes_of(table))
        if start >= done:
            _write(piece)
        total.orders += len(piece.lines.column("order").unique())
        total.lines += piece.lines.num_rows
        total.interactions += piece.contacts.num_rows
    total.interactions += total.orders
    total.digest = sum_of_all.hexdigest()
    return total


def _begin(customers: int, seed: int, actor: Actor) -> int:
    """How many customers are there from an earlier run of the same."""
    own = Identity.objects.filter(kind=EXTERNAL, namespace=SOURCE).count()
    before = AuditEntry.objects.filter(action=ACTION).first()
    there = Customer.objects.count()
    is_same = before is not None and before.object_id == str(seed)
    is_whole = own % PIECE == 0 and own <= customers
    if (there and not is_same) or there != own or not (is_whole or own == customers):
        raise GenerateError(
            f"{company().name} has customers already: {there:,}. Choose another folder, as in"
            f" AMITY_HOME=~/trial amity init --customers {customers}"
        )
    if before is None:
        record_audit(
            actor=actor,
            action=ACTION,
            object_type="company",
            object_id=seed,
            at=END,
            summary=f"{customers} invented customers",
        )
    return own


def _bytes_of(table: Any) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return memoryview(sink.getvalue())


@transaction.atomic
def _write(piece: Piece) -> None:
    ids = _add_people(piece.people)
    settings = ImportSettings(
        kind="orders",
        mapping=dict(zip(FIELDS, FIELDS, strict=True)),
        source=SOURCE,
        currency=company().currency,
    )
    write_part(assemble(piece.lines, settings), settings, import_id=None, at=END)
    _add_contacts(piece.contacts, ids)


def _add_people(people: Any) -> dict[str, int]:
    rows = people.to_pylist()
    strangers = [Stranger(row["key"], row["name"], row["country"]) for row in rows]
    ids = ensure_customers(strangers, namespace=SOURCE, at=END, import_id=None)
    emails = people.column("email")
    count = len(rows)
    bulk.insert(
        Identity,
        pa.table(
            {
                "customer_id": pa.array([ids[row["key"]] for row in rows], pa.int64()),
                "kind": pa.array([EMAIL] * count),
                "namespace": pa.array([""] * count),
                "value": emails,
                "shown": emails,
                "created_at": pa.array([END] * count, pa.timestamp("us", "UTC")),
            }
        ),
    )
    return ids


def _add_contacts(contacts: Any, ids: dict[str, int]) -> None:
    owners = [ids[key] for key in contacts.column("key").to_pylist()]
    columns = {name: contacts.column(name) for name in contacts.column_names}
    del columns["key"]
    micros = columns.pop("micros")
    append_facts(
        {
            **columns,
            "happened_at": micros.cast(pa.timestamp("us", "UTC")),
            "customer_id": pa.array(owners, pa.int64()),
            "value_minor": pa.nulls(len(owners), pa.int64()),
            "currency": pa.array([company().currency] * len(owners)),
        },
        source=SOURCE,
        import_id=None,
        at=END,
    )
