"""What imports add to the interaction log, many rows at once. Rows are appended, never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from numpy.typing import NDArray

from amity.base.ids import slug
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel import bulk
from amity.kernel.commerce.models import Order
from amity.kernel.commerce.operations import UpsertedOrders
from amity.kernel.interactions.models import Interaction

_KINDS = {
    "sale": "commerce.ordered",
    "return": "commerce.returned",
    "cancellation": "commerce.canceled",
}
_BLANK = ("outcome", "subject")


def append_orders(
    orders: Any,
    found: UpsertedOrders,
    *,
    source: str,
    touchpoints: Mapping[str, int],
    import_id: int | None,
    at: datetime,
) -> NDArray[np.int64]:
    """Tells the log of the new and the changed orders; for each order the row that tells of it.

    A new order is told under its number, one that the log knows from an import that was taken back
    under its number and the import's (or the row's own, where no import tells it); a changed one
    as a correction of the earlier row.
    """
    log_ids = found.log_ids.copy()
    written = found.created | found.changed
    if not written.any():
        return log_ids
    log_ids[written] = bulk.reserve_ids(Interaction, int(written.sum()))
    chosen = orders.filter(pa.array(written))
    numbers = chosen.column("number").to_pylist()
    corrects = found.log_ids[written]
    known = _known(source, numbers)
    told = log_ids[written].tolist()
    names = [
        f"{number}#{import_id or f'row{log_id}'}" if earlier or number in known else number
        for number, earlier, log_id in zip(numbers, corrects.tolist(), told, strict=True)
    ]
    channels = pc.dictionary_encode(chosen.column("channel").combine_chunks())
    points = [touchpoints.get(slug(word, fallback="")) for word in channels.dictionary.to_pylist()]
    kinds = pc.dictionary_encode(chosen.column("kind").combine_chunks())
    kind_words = [_KINDS[word] for word in kinds.dictionary.to_pylist()]
    columns = {
        "id": pa.array(log_ids[written]),
        "happened_at": chosen.column("ordered_at"),
        "customer_id": chosen.column("customer_id"),
        "kind": pa.array(kind_words).take(kinds.indices),
        "touchpoint_id": pa.array(points, pa.int64()).take(channels.indices),
        "value_minor": chosen.column("net_minor"),
        "currency": chosen.column("currency"),
        "source_id": pa.array(names),
        "corrects": pa.array(corrects, mask=corrects == 0),
    }
    append_facts(columns, source=source, import_id=import_id, at=at)
    return log_ids


def _known(source: str, numbers: list[str]) -> set[str]:
    rows = bulk.lookup(
        Interaction, key="source_id", keys=numbers, values=("source_id",), source=source
    )
    return {row[0] for row in rows}


def append_facts(
    columns: dict[str, Any], *, source: str, import_id: int | None, at: datetime
) -> None:
    """Appends rows given as Arrow columns; what is left out is as for an order."""
    count = len(columns["source_id"])

    def same(value: Any, kind: Any) -> Any:
        return pa.repeat(pa.scalar(value, kind), count)

    text, whole = pa.string(), pa.int64()
    constant = {
        "recorded_at": same(at, pa.timestamp("us", "UTC")),
        "relationship_type": same(RelationshipType.SELF_SERVICE.value, text),
        "stage": same(Stage.TRANSACT.value, text),
        "direction": same(Interaction.Direction.INBOUND.value, text),
        "actor": same(Interaction.Actor.CUSTOMER.value, text),
        "staff_seconds": same(0, whole),
        "cost_minor": same(0, whole),
        "properties": same("{}", text),
        "source": same(source, text),
        "is_void": same(False, pa.bool_()),
        "import_id": same(import_id, whole),
        **{name: same("", text) for name in _BLANK},
    }
    bulk.insert(Interaction, pa.table({**constant, **columns}))


def void_rows(import_id: int, *, at: datetime) -> int:
    """Voids the rows that an import told and that nothing corrects yet; how many.

    Comes after `correct_back`, which takes back what the import corrected. What is left then is
    what it told first, or as a later import that was taken back left it.
    """
    quote = connection.ops.quote_name
    table = quote(Interaction._meta.db_table)
    own = {"id", "corrects", "is_void", "recorded_at", "source_id"}
    fields = [str(field.column) for field in Interaction._meta.concrete_fields]
    kept = [column for column in fields if column not in own]
    names = ", ".join(map(quote, kept))
    columns = ", ".join(f"told.{quote(column)}" for column in kept)
    sql = f"""INSERT INTO {table} ({names}, corrects, is_void, recorded_at, source_id)
        SELECT {columns}, told.id, %s, %s, told.source_id || %s
        FROM {table} told
        WHERE told.import_id = %s AND NOT told.is_void
        AND NOT EXISTS (SELECT 1 FROM {table} later WHERE later.corrects = told.id)"""  # noqa: S608 -- own names
    instant = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(sql, [True, instant, f"#void{import_id}", import_id])
        return int(cursor.rowcount)


def correct_back(images: list[dict[str, Any]], *, import_id: int, at: datetime) -> dict[int, int]:
    """Corrects the log back to what it told of orders before the import; the new rows by order.

    An image is what `order_images` gives; its order names the row that told of it then.
    """
    before = {image["order"]["id"]: image["order"]["interaction_id"] for image in images}
    now_told = dict(Order.objects.filter(pk__in=before).values_list("pk", "interaction_id"))
    olds = Interaction.objects.in_bulk([log_id for log_id in before.values() if log_id])
    rows = []
    owners = []
    for order_id, log_id in before.items():
        old = olds.get(log_id or 0)
        current = now_told.get(order_id)
        if old is None or current is None or current == log_id:
            continue
        name = old.source_id.split("#")[0]
        old.pk, old.corrects, old.recorded_at = None, current, at
        old.source_id = f"{name}#undo{import_id}"
        rows.append(old)
        owners.append(order_id)
    ids = bulk.reserve_ids(Interaction, len(rows)).tolist()
    for row, log_id in zip(rows, ids, strict=True):
        row.pk = log_id
    Interaction.objects.bulk_create(rows, batch_size=1000)
    return dict(zip(owners, ids, strict=True))
