"""Writes one staged part of orders: customers, products, lines, the log, what was before."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amity.base.ids import slug
from amity.kernel.commerce.operations import (
    UpsertedOrders,
    ensure_products,
    find_orders,
    order_images,
    write_orders,
)
from amity.kernel.customers.bulk import Stranger, ensure_customers
from amity.kernel.imports.assembly import Assembled
from amity.kernel.imports.formats.countries import country_code
from amity.kernel.imports.log import append_orders
from amity.kernel.imports.models import ImportChange
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.touchpoints.models import Touchpoint


@dataclass(frozen=True, slots=True)
class Written:
    """What a part brought."""

    orders: UpsertedOrders
    customer_ids: list[int]
    product_ids: list[int]

    @property
    def created(self) -> int:
        """How many orders are new."""
        return int(self.orders.created.sum())

    @property
    def changed(self) -> int:
        """How many orders say something else than before."""
        return int(self.orders.changed.sum())


def write_part(
    assembled: Assembled,
    settings: ImportSettings,
    *,
    import_id: int | None,
    at: datetime,
    known: Mapping[str, int] | None = None,
) -> Written:
    """Writes the orders of a part; the caller holds the transaction.

    `known` are the ids of customers whose keys are no identities. Without an import nothing is
    kept of what was before.
    """
    customers = _customers(assembled.orders, settings, known or {}, import_id=import_id, at=at)
    lines, product_ids = _lines(assembled.lines, settings, import_id=import_id)
    orders = _order_columns(assembled.orders, customers)
    found = find_orders(source=settings.source, orders=orders)
    if import_id is not None:
        _keep_before(found, import_id)
    log_ids = append_orders(
        orders,
        found,
        source=settings.source or "orders",
        touchpoints=touchpoints_by_channel(),
        import_id=import_id,
        at=at,
    )
    write_orders(
        source=settings.source,
        found=found,
        orders=orders.append_column("interaction_id", pa.array(log_ids, mask=log_ids == 0)),
        lines=lines,
        import_id=import_id,
    )
    return Written(
        found,
        [each for each in pc.unique(customers).to_pylist() if each is not None],
        product_ids,
    )


def _customers(
    orders: Any,
    settings: ImportSettings,
    known: Mapping[str, int],
    *,
    import_id: int | None,
    at: datetime,
) -> Any:
    """For each order the id of its customer, null where it is anonymous."""
    encoded = pc.dictionary_encode(orders.column("customer").combine_chunks())
    keys = encoded.dictionary.to_pylist()
    if not keys:
        return pa.nulls(orders.num_rows, pa.int64())
    names = _first_of(encoded, orders.column("customer_name"), len(keys))
    countries = _first_of(encoded, orders.column("country"), len(keys))
    strangers = [
        Stranger(key, name, country_code(country))
        for key, name, country in zip(keys, names, countries, strict=True)
        if key not in known
    ]
    ids = ensure_customers(strangers, namespace=settings.source, at=at, import_id=import_id)
    ids |= known
    return pa.array([ids[key] for key in keys], pa.int64()).take(encoded.indices)


def _first_of(encoded: Any, column: Any, count: int) -> list[str]:
    """For each customer the first text of the column that is not empty."""
    codes = pc.fill_null(encoded.indices, count).to_numpy(zero_copy_only=False)
    texts = column.combine_chunks()
    known = pc.fill_null(pc.not_equal(texts, ""), False).to_numpy(zero_copy_only=False)
    places = np.flatnonzero(known)[::-1]
    first: NDArray[np.int64] = np.full(count + 1, -1)
    first[codes[places]] = places
    chosen = texts.take(pa.array(first[:count], mask=first[:count] < 0))
    return [text or "" for text in chosen.to_pylist()]


def _lines(lines: Any, settings: ImportSettings, *, import_id: int | None) -> tuple[Any, list[int]]:
    """The lines with the ids of their products, and those ids."""
    if lines is None:
        return None, []
    encoded = pc.dictionary_encode(lines.column("product").combine_chunks())
    keys = encoded.dictionary.to_pylist()
    ids = ensure_products(
        source=settings.source,
        keys=keys,
        names=_first_of(encoded, lines.column("description"), len(keys)),
        categories=_first_of(encoded, lines.column("category"), len(keys)),
        import_id=import_id,
    )
    own = pa.array([ids[key] for key in keys], pa.int64()).take(encoded.indices)
    return lines.append_column("product_id", own), list(ids.values())


def _order_columns(orders: Any, customers: Any) -> Any:
    """The orders with the columns of the database."""
    instants = orders.column("micros").cast(pa.timestamp("us", "UTC"))
    days = orders.column("day").cast(pa.int32()).cast(pa.date32())
    return (
        orders.append_column("customer_id", customers)
        .append_column("ordered_at", instants)
        .append_column("ordered_on", days)
    )


def _keep_before(found: UpsertedOrders, import_id: int) -> None:
    """Notes the orders that will change as they are now."""
    images = order_images(found.ids[found.changed].tolist())
    ImportChange.objects.bulk_create(
        [
            ImportChange(import_id=import_id, object_type="order", object_id=order_id, before=image)
            for order_id, image in images.items()
        ],
        batch_size=1000,
    )


def touchpoints_by_channel() -> dict[str, int]:
    """The touchpoints by key, and by channel where only one has it."""
    rows = list(Touchpoint.objects.values_list("key", "channel", "id"))
    channels = Counter(channel for _, channel, _ in rows)
    alone = {slug(channel): pk for _, channel, pk in rows if channels[channel] == 1}
    return alone | {key: pk for key, _, pk in rows}
