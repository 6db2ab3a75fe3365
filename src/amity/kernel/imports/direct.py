"""Orders and products that a program sends, taken in by the same rules as those of a file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.db import IntegrityError, transaction

from amity.base.money import minor_digits
from amity.base.results import AmityError
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.commerce.models import Order, Product
from amity.kernel.commerce.operations import GivenProduct, upsert_products
from amity.kernel.customers.models import Customer
from amity.kernel.imports.assembly import assemble
from amity.kernel.imports.models import ImportChange
from amity.kernel.imports.order_writing import Written, write_part
from amity.kernel.imports.settings import ImportSettings

ATTEMPTS = 3  # of a write whose order or customer somebody else adds at the same moment
EPOCH = date(1970, 1, 1).toordinal()
OWN_SOURCES = frozenset({"amity", "tracking"})  # the house writes to the log under these
LINE_TEXTS = ("product", "description", "category")
T = TypeVar("T")


class DirectError(AmityError):
    """Orders or products that cannot be taken; `errors` says of which field why."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(next(iter(errors.values())))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class GivenLine:
    """One line; amounts in minor units, a negative quantity came back."""

    product: str = ""
    description: str = ""
    category: str = ""
    quantity_milli: int = 1000
    unit_price_minor: int | None = None
    amount_minor: int | None = None
    discount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class GivenOrder:
    """An order as a program tells it; amounts in minor units of `currency`.

    `customer` is the shop's number or an e-mail address, `customer_id` Amity's own number; with
    neither it is an anonymous sale. `total_minor` is what was paid where there are no lines, or
    where the lines do not add up to it. `ordered_on` is the day at the company's place if None.
    """

    number: str
    ordered_at: datetime
    customer: str = ""
    customer_id: int | None = None
    customer_name: str = ""
    ordered_on: date | None = None
    currency: str | None = None
    channel: str = ""
    country: str = ""
    total_minor: int | None = None
    refund_minor: int | None = None
    is_canceled: bool = False
    lines: tuple[GivenLine, ...] = ()


@dataclass(slots=True)
class Upserted:
    """The numbers of what was given, in its order, and how many of it were new or changed."""

    ids: list[int] = field(default_factory=list)
    created: int = 0
    changed: int = 0

    @property
    def unchanged(self) -> int:
        """How many said what was known."""
        return len(self.ids) - self.created - self.changed


def upsert_orders(
    orders: Sequence[GivenOrder], *, source: str, actor: Actor, at: datetime
) -> Upserted:
    """Adds orders and rewrites those that say something else now, all or none.

    An order is known by its number within `source`. One that an import brought and that is changed
    here is no longer that import's: taking the import back leaves it as it is.

    Raises:
        DirectError: a customer is not there, two orders have one number, a field is contradicted.
    """
    _check_orders(orders, source)
    return repeated(lambda: _upsert_orders(orders, source=source, actor=actor, at=at))


def upsert_products_of(
    products: Sequence[GivenProduct], *, source: str, actor: Actor, at: datetime
) -> Upserted:
    """Adds products and changes what is given of those that are there, all or none.

    Raises:
        DirectError: two products have one key.
    """
    check_unique([product.key for product in products], "key")
    return repeated(lambda: _upsert_products(products, source=source, actor=actor, at=at))


def repeated(write: Callable[[], T]) -> T:
    """Writes in one transaction, anew where somebody else added the same row in the moment."""
    for _attempt in range(ATTEMPTS - 1):
        try:
            with transaction.atomic():
                return write()
        except IntegrityError:
            continue
    with transaction.atomic():
        return write()


def check_source(source: str) -> None:
    """Sees that what a program sends is not told as the house's own.

    Raises:
        DirectError: it would be.
    """
    if source.strip().lower() in OWN_SOURCES:
        raise DirectError({"source": "This source is Amity's own. Name yours."})


def _check_orders(orders: Sequence[GivenOrder], source: str) -> None:
    check_source(source)
    check_unique([order.number for order in orders], "number")
    errors = {
        f"items.{place}.customer_id": "Name the customer by customer or by customer_id, not both."
        for place, order in enumerate(orders)
        if order.customer and order.customer_id is not None
    }
    if errors:
        raise DirectError(errors)


def check_unique(keys: Sequence[str], name: str) -> None:
    """Sees that no two items have one key.

    Raises:
        DirectError: two have.
    """
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    errors = {
        f"items.{place}.{name}": f"{key} stands here twice. Send it once."
        for place, key in enumerate(keys)
        if first[key] != place
    }
    if errors:
        raise DirectError(errors)


def _upsert_orders(
    orders: Sequence[GivenOrder], *, source: str, actor: Actor, at: datetime
) -> Upserted:
    own = company()
    zone = ZoneInfo(own.time_zone)
    customers = _customer_keys(orders)
    numbers = [order.number for order in orders]
    stored = Order.objects.filter(source=source, number__in=numbers).order_by("pk")
    list(stored.select_for_update().values_list("pk"))
    ids: dict[str, int] = {}
    taken = Upserted()
    for fields, group in _by_shape(orders):
        settings = ImportSettings(
            kind="orders", mapping=fields, source=source, currency=own.currency
        )
        assembled = assemble(_staged(group, fields, own.currency, zone), settings)
        written = write_part(assembled, settings, import_id=None, at=at, known=customers)
        ids |= _take_over_orders(assembled.orders, written)
        taken.created += written.created
        taken.changed += written.changed
    taken.ids = [ids[number] for number in numbers]
    if taken.created or taken.changed:
        _audit("orders.recorded", "order", taken, actor=actor, at=at)
    return taken


def _by_shape(orders: Sequence[GivenOrder]) -> Iterable[tuple[dict[str, str], list[GivenOrder]]]:
    """Orders that tell the same fields of their lines, with these fields.

    An order is compared by the fields that it tells, so it may not depend on its neighbors which
    ones there are.
    """
    shapes: dict[tuple[str, ...], list[GivenOrder]] = {}
    for order in orders:
        told = [name for name in LINE_TEXTS if any(getattr(line, name) for line in order.lines)]
        shapes.setdefault(("quantity", *told) if order.lines else (), []).append(order)
    for fields, group in shapes.items():
        yield {name: name for name in fields}, group


def _customer_keys(orders: Sequence[GivenOrder]) -> dict[str, int]:
    """Keys that stand for customers named by Amity's own number, with the number that lives on."""
    wanted = {order.customer_id for order in orders if order.customer_id is not None}
    found = {
        pk: survivor or pk
        for pk, survivor in Customer.objects.filter(pk__in=wanted).values_list(
            "pk", "merged_into_id"
        )
    }
    errors = {
        f"items.{place}.customer_id": f"There is no customer {order.customer_id}."
        for place, order in enumerate(orders)
        if order.customer_id is not None and order.customer_id not in found
    }
    if errors:
        raise DirectError(errors)
    return {_own_key(pk): survivor for pk, survivor in found.items()}


def _own_key(customer_id: int) -> str:
    """No key that a shop can give looks like it: those have no control characters."""
    return f"\x1f{customer_id}"


def _staged(
    orders: Sequence[GivenOrder], fields: Mapping[str, str], currency: str, zone: ZoneInfo
) -> pa.Table:
    """Rows as a file's reader stages them: a row a line, amounts in millionths."""
    pairs = [(order, line) for order in orders for line in order.lines or (None,)]
    scales = [10 ** (6 - minor_digits(order.currency or currency)) for order, _ in pairs]

    def texts(values: Iterable[str | None]) -> pa.Array:
        return pa.array([value or None for value in values], pa.string())

    def amounts(values: Iterable[int | None]) -> pa.Array:
        scaled = [
            None if value is None else value * scale
            for value, scale in zip(values, scales, strict=True)
        ]
        return pa.array(scaled, pa.int64())

    def of_line(name: str) -> list[Any]:
        return [getattr(line, name, None) for _, line in pairs]

    quantities = [None if count is None else count * 1000 for count in of_line("quantity_milli")]
    paid = [
        order.total_minor if line is None else line.amount_minor for order, line in pairs
    ]  # a total alone may be negative: then it came back
    totals = [order.total_minor if line is not None else None for order, line in pairs]
    return pa.table(
        {
            "row": pa.array(range(len(pairs)), pa.int64()),
            "order": texts(order.number for order, _ in pairs),
            "customer": texts(_key(order) for order, _ in pairs),
            "customer_name": texts(order.customer_name for order, _ in pairs),
            "currency": texts(order.currency for order, _ in pairs),
            "channel": texts(order.channel for order, _ in pairs),
            "country": texts(order.country for order, _ in pairs),
            **{name: texts(of_line(name)) for name in LINE_TEXTS if name in fields},
            "micros": pa.array([order.ordered_at for order, _ in pairs], pa.timestamp("us", "UTC"))
            .cast(pa.int64()),
            "day": pa.array([_day(order, zone) for order, _ in pairs], pa.int64()),
            "zoned": pa.array([True] * len(pairs)),
            "quantity": pa.array(quantities, pa.int64()),
            "unit_price": amounts(of_line("unit_price_minor")),
            "amount": amounts(paid),
            "discount": amounts(of_line("discount_minor")),
            "total": amounts(totals),
            "refund": amounts(order.refund_minor for order, _ in pairs),
            "is_canceled": pa.array([order.is_canceled for order, _ in pairs]),
            "is_refunded": pa.array([False] * len(pairs)),
        }
    )  # fmt: skip


def _key(order: GivenOrder) -> str:
    if order.customer_id is not None:
        return _own_key(order.customer_id)
    return order.customer.lower() if "@" in order.customer else order.customer


def _day(order: GivenOrder, zone: ZoneInfo) -> int:
    day = order.ordered_on or order.ordered_at.astimezone(zone).date()
    return day.toordinal() - EPOCH


def _take_over_orders(orders: Any, written: Written) -> dict[str, int]:
    """The numbers of the orders; those that were changed belong to no import from now on."""
    changed = written.orders.ids[written.orders.changed].tolist()
    Order.objects.filter(pk__in=changed).update(import_id=None)
    ImportChange.objects.filter(object_type="order", object_id__in=changed).delete()
    numbers = orders.column("number").to_pylist()
    return dict(zip(numbers, written.orders.ids.tolist(), strict=True))


def _upsert_products(
    products: Sequence[GivenProduct], *, source: str, actor: Actor, at: datetime
) -> Upserted:
    result = upsert_products(products, source=source, import_id=None)
    changed = list(result.before)
    Product.objects.filter(pk__in=changed).update(import_id=None)
    ImportChange.objects.filter(object_type="product", object_id__in=changed).delete()
    ids = [result.ids[product.key] for product in products]
    taken = Upserted(ids, created=result.created, changed=len(changed))
    if taken.created or taken.changed:
        _audit("products.recorded", "product", taken, actor=actor, at=at)
    return taken


def _audit(action: str, noun: str, taken: Upserted, *, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_type=noun,
        object_id=taken.ids[0] if len(taken.ids) == 1 else "",
        at=at,
        summary=f"{taken.created} added, {taken.changed} changed",
    )
