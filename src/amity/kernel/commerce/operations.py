"""Changes to orders and products, many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amity.kernel import bulk
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.commerce.rules import product_kind

ORDER_COLUMNS = (
    "number", "kind", "customer_id", "ordered_on", "ordered_at", "currency", "gross_minor",
    "discount_minor", "refund_minor", "net_minor", "line_count", "channel", "country",
    "content_hash",
)  # fmt: skip
PRODUCT_FIELDS = ("name", "category", "department", "brand", "kind")
IMAGE_PIECE = 5_000
LINE_COLUMNS = (
    "position", "product_id", "description", "quantity_milli", "unit_price_minor", "amount_minor",
    "discount_minor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UpsertedOrders:
    """For each order of the batch its id and whether it is new or changed.

    `log_ids` are the rows of the log that told of the changed ones until now (0: none).
    """

    ids: NDArray[np.int64]
    created: NDArray[np.bool_]
    changed: NDArray[np.bool_]
    log_ids: NDArray[np.int64]


def ensure_products(
    *, source: str, keys: list[str], names: list[str], categories: list[str], import_id: int | None
) -> dict[str, int]:
    """The ids of the products with these keys; the missing ones are added.

    None of them is removed before the caller's transaction ends.
    """
    bulk.hold(Product, alone=False)
    found = dict(bulk.lookup(Product, key="key", keys=keys, values=("key", "id"), source=source))
    new = [place for place, key in enumerate(keys) if key not in found]
    if not new:
        return found
    ids = bulk.reserve_ids(Product, len(new))
    rows = [(keys[place], names[place] or keys[place], categories[place]) for place in new]
    bulk.insert(
        Product,
        pa.table(
            {
                "id": ids,
                "source": pa.array([source] * len(new)),
                "key": pa.array([row[0] for row in rows]),
                "name": pa.array([row[1][:200] for row in rows]),
                "category": pa.array([row[2][:100] for row in rows]),
                "department": pa.array([""] * len(new)),
                "brand": pa.array([""] * len(new)),
                "kind": pa.array([product_kind(row[0], row[1]) for row in rows]),
                "import_id": pa.array([import_id] * len(new), pa.int64()),
            }
        ),
    )
    found.update(zip((row[0] for row in rows), ids.tolist(), strict=True))
    return found


@dataclass(frozen=True, slots=True)
class GivenProduct:
    """What somebody says of a product; `fields` holds what is said (name, category, …)."""

    key: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UpsertedProducts:
    """The ids by key, how many are new, and what stood before in those that changed, by id."""

    ids: dict[str, int]
    created: int
    before: dict[int, dict[str, str]]


def upsert_products(
    products: Sequence[GivenProduct], *, source: str, import_id: int | None
) -> UpsertedProducts:
    """Adds products (each key once) and changes what is said of those that are there.

    Two statements and one for each 500 rows, whatever the number. A new product without a kind
    gets the one that its key and name speak of.
    """
    keys = [product.key for product in products]
    stored = {
        product.key: product
        for product in Product.objects.select_for_update().filter(source=source, key__in=keys)
    }
    new = [_new_product(given, source, import_id) for given in products if given.key not in stored]
    before: dict[int, dict[str, str]] = {}
    changed: list[Product] = []
    for given in products:
        product = stored.get(given.key)
        if product is None:
            continue
        old = {name: getattr(product, name) for name in given.fields}
        different = {name: value for name, value in old.items() if value != given.fields[name]}
        if different:
            for name in different:
                setattr(product, name, given.fields[name])
            changed.append(product)
            before[product.pk] = different
    Product.objects.bulk_create(new, batch_size=500)
    if changed:
        Product.objects.bulk_update(changed, PRODUCT_FIELDS, batch_size=500)
    ids = {product.key: product.pk for product in [*stored.values(), *new]}
    return UpsertedProducts(ids, len(new), before)


def _new_product(given: GivenProduct, source: str, import_id: int | None) -> Product:
    name = given.fields.get("name") or given.key
    fields = {"kind": product_kind(given.key, name), **given.fields, "name": name}
    return Product(source=source, key=given.key, import_id=import_id, **fields)


def find_orders(*, source: str, orders: Any) -> UpsertedOrders:
    """Which orders of a batch are there, and which of those say something else.

    `orders` is an Arrow table with at least `number` and `content_hash`. New ones are given ids.
    """
    numbers = orders.column("number").to_pylist()
    hashes = orders.column("content_hash").to_pylist()
    stored = {
        number: (order_id, content, log_id or 0)
        for number, order_id, content, log_id in bulk.lookup(
            Order,
            key="number",
            keys=numbers,
            values=("number", "id", "content_hash", "interaction_id"),
            source=source,
        )
    }
    created = np.array([number not in stored for number in numbers])
    changed = np.array(
        [
            number in stored and stored[number][1] != h
            for number, h in zip(numbers, hashes, strict=True)
        ]
    )
    ids = np.array([stored.get(number, (0, 0, 0))[0] for number in numbers], dtype=np.int64)
    ids[created] = bulk.reserve_ids(Order, int(created.sum()))
    log_ids = np.array([stored.get(number, (0, 0, 0))[2] for number in numbers], dtype=np.int64)
    return UpsertedOrders(ids, created, changed, log_ids)


def write_orders(
    *, source: str, found: UpsertedOrders, orders: Any, lines: Any | None, import_id: int | None
) -> None:
    """Writes the new and the changed orders of a batch, with their lines.

    `orders` has `ORDER_COLUMNS` and `interaction_id`; `lines` has `order_index` (the row in
    `orders`) and `LINE_COLUMNS`. A changed order keeps its id and the import that created it.
    """
    changed = found.ids[found.changed].tolist()
    creators = dict(bulk.lookup(Order, key="id", keys=changed, values=("id", "import_id")))
    bulk.delete(OrderLine, key="order_id", keys=changed)
    bulk.delete(Order, key="id", keys=changed)
    written = found.created | found.changed
    if not written.any():
        return
    chosen = orders.filter(pa.array(written))
    owners = [creators.get(order_id, import_id) for order_id in found.ids[written].tolist()]
    rows = chosen.num_rows
    bulk.insert(
        Order,
        chosen.select([*ORDER_COLUMNS, "interaction_id"])
        .append_column("id", pa.array(found.ids[written]))
        .append_column("source", pa.array([source] * rows))
        .append_column("import_id", pa.array(owners, pa.int64())),
    )
    if lines is not None:
        index = lines.column("order_index").to_numpy()
        kept = lines.filter(pa.array(written[index]))
        own = found.ids[kept.column("order_index").to_numpy()]
        bulk.insert(OrderLine, kept.select(LINE_COLUMNS).append_column("order_id", pa.array(own)))


def remove_orders(*, ids: list[int]) -> None:
    """Removes orders and their lines."""
    bulk.delete(OrderLine, key="order_id", keys=ids)
    bulk.delete(Order, key="id", keys=ids)


def order_images(ids: list[int]) -> dict[int, dict[str, Any]]:
    """What orders and their lines are now, as JSON values that `restore_orders` takes back."""
    images: dict[int, dict[str, Any]] = {}
    for start in range(0, len(ids), IMAGE_PIECE):
        piece = ids[start : start + IMAGE_PIECE]
        for order in Order.objects.filter(pk__in=piece).values():
            plain = {name: _plain(value) for name, value in order.items()}
            images[order["id"]] = {"order": plain, "lines": []}
        for line in OrderLine.objects.filter(order_id__in=piece).values():
            images[line["order_id"]]["lines"].append(line)
    return images


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def restore_orders(images: list[dict[str, Any]]) -> None:
    """Puts orders and lines back as they were; `ordered_at` and `ordered_on` are ISO text."""
    remove_orders(ids=[image["order"]["id"] for image in images])
    Order.objects.bulk_create([Order(**image["order"]) for image in images], batch_size=1000)
    OrderLine.objects.bulk_create(
        [OrderLine(**line) for image in images for line in image["lines"]], batch_size=2000
    )
