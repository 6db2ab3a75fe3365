"""/orders and /products."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, TypeVar

from django.db.models import Prefetch
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status
from pydantic import StringConstraints

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.commerce.operations import GivenProduct
from amity.kernel.customers.queries import get_customer
from amity.kernel.imports import direct
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, Instant, PageOf, Paging, Strict, Yes, utc

router = Router(tags=["commerce"])
VIEW, RECORD = ApiGuard("customers.view"), ApiGuard("commerce.record")
BATCH = 1000  # orders or products in one call
LINES = 1000  # of one order
LARGEST = 10**12  # minor units, or thousandths of a unit: sums of them fit into 64 bits
T = TypeVar("T")

_PRINTED = r"^[^\x00-\x1f]*$"  # what stands in a key, a name or a channel is on one line


def _words(longest: int, *, at_least: int = 0) -> StringConstraints:
    return StringConstraints(
        strip_whitespace=True, min_length=at_least, max_length=longest, pattern=_PRINTED
    )


Key = Annotated[str, _words(100, at_least=1)]
Amount = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]


class ProductOut(Schema):
    """Something that is sold."""

    id: int
    source: str
    key: str
    name: str
    category: str
    department: str
    brand: str
    kind: Literal["good", "service", "postage", "fee"]


class LineOut(Schema):
    """One line of an order; amounts in minor units, quantities in thousandths."""

    position: int
    product_id: int | None
    description: str
    quantity_milli: int
    unit_price_minor: int | None
    amount_minor: int | None
    discount_minor: int | None


class OrderOut(Schema):
    """An order; amounts in minor units of `currency`, a return is negative."""

    id: int
    source: str
    number: str
    kind: Literal["sale", "return", "cancellation"]
    customer_id: int | None
    ordered_on: date
    ordered_at: datetime
    currency: str
    gross_minor: int | None
    discount_minor: int | None
    refund_minor: int | None
    net_minor: int | None
    line_count: int
    channel: str
    country: str


class OrderDetailOut(OrderOut):
    """An order with its lines."""

    lines: list[LineOut]

    @staticmethod
    def resolve_lines(order: Order) -> list[OrderLine]:
        """In their order."""
        return list(order.lines.all())


class OrderFilter(Paging):
    """Which orders; newest day first."""

    customer_id: Id | None = None
    since: date | None = None
    until: date | None = Field(None, description="The last day.")
    kind: Literal["sale", "return", "cancellation"] | None = None


@router.get("/orders", auth=VIEW, response=PageOf[OrderOut])
def list_orders(request: HttpRequest, wanted: Query[OrderFilter]) -> Page[Order]:
    """Orders, newest day first."""
    rows = Order.objects.all()
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id=get_customer(wanted.customer_id).pk)
    if wanted.since is not None:
        rows = rows.filter(ordered_on__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(ordered_on__lte=wanted.until)
    if wanted.kind is not None:
        rows = rows.filter(kind=wanted.kind)
    return page(rows, order="-ordered_on", cursor=wanted.cursor, limit=wanted.limit)


@router.get("/products", auth=VIEW, response=PageOf[ProductOut])
def list_products(request: HttpRequest, wanted: Query[Paging]) -> Page[Product]:
    """Products, in the order in which they came."""
    return page(Product.objects.all(), order="id", cursor=wanted.cursor, limit=wanted.limit)


class ProductIn(Strict):
    """A product as the shop tells it; what is left out stays as it is."""

    key: Key = Field(description="The shop's own number; (source, key) is one product.")
    name: Annotated[str, _words(200)] | None = Field(None, description="Else the key.")
    category: Annotated[str, _words(100)] | None = None
    department: Annotated[str, _words(100)] | None = None
    brand: Annotated[str, _words(100)] | None = None
    kind: Literal["good", "service", "postage", "fee"] | None = Field(
        None, description="Else found out from key and name."
    )


class OneProductIn(ProductIn):
    """A product, and whose number it has."""

    source: Annotated[str, _words(50)] = Field("", description="Whose keys these are.")


class ProductsIn(Strict):
    """Products to be written together: all or, where one cannot be, none."""

    source: Annotated[str, _words(50)] = Field("", description="Whose keys these are.")
    items: list[ProductIn] = Field(min_length=1, max_length=BATCH)


class UpsertedOut(Schema):
    """How many were new, changed and as they are; their numbers in the order of the items."""

    created: int
    changed: int
    unchanged: int
    ids: list[int]


class LineIn(Strict):
    """One line; amounts in minor units, quantities in thousandths; a negative one came back."""

    product: Annotated[str, _words(100)] = Field("", description="The shop's number of a product.")
    description: Annotated[str, _words(200)] = ""
    category: Annotated[str, _words(100)] = Field("", description="Of a product that is new.")
    quantity_milli: Amount = 1000
    unit_price_minor: Amount | None = None
    amount_minor: Amount | None = Field(None, description="After discount; else price x quantity.")
    discount_minor: Amount | None = None


class OrderIn(Strict):
    """An order as the shop tells it; told again, it replaces what was known of it."""

    number: Key = Field(description="The shop's own number; (source, number) is one order.")
    ordered_at: Instant
    ordered_on: date | None = Field(
        None,
        ge=date(1900, 1, 1),
        le=date(2100, 12, 31),
        description="Else the day of ordered_at at the company's place.",
    )
    customer: Annotated[str, _words(200)] = Field(
        "", description="The shop's number of the customer, or an e-mail address; added if new."
    )
    customer_id: Id | None = Field(None, description="Amity's own number of the customer.")
    customer_name: Annotated[str, _words(200)] = Field("", description="Of a customer who is new.")
    currency: str | None = Field(
        None, pattern=r"^[A-Z]{3}$", description="ISO 4217; else the company's."
    )
    channel: Annotated[str, _words(50)] = ""
    country: Annotated[str, _words(50)] = ""
    total_minor: Amount | None = Field(
        None, description="What was paid, where lines are missing or do not add up to it."
    )
    refund_minor: Amount | None = Field(None, description="What was given back, positive.")
    is_canceled: Yes = False
    lines: list[LineIn] = Field(default_factory=list, max_length=LINES)


class OneOrderIn(OrderIn):
    """An order, and whose number it has."""

    source: Annotated[str, _words(50)] = Field("", description="Whose numbers these are.")


class OrdersIn(Strict):
    """Orders to be written together: all or, where one cannot be, none."""

    source: Annotated[str, _words(50)] = Field("", description="Whose numbers these are.")
    items: list[OrderIn] = Field(min_length=1, max_length=BATCH)


@router.post("/orders", auth=RECORD, response={201: OrderDetailOut, 200: OrderDetailOut})
def record_order(request: HttpRequest, given: OneOrderIn) -> Status[Order]:
    """Adds an order with its lines, returns and refunds; 200 where its number was known.

    A return is a line with a negative quantity or amount, or `refund_minor`; an order with nothing
    but what came back is one as a whole. It is read by the same rules as a file, so the same
    order, sent and imported, is there once.
    """
    taken = _of_one(
        lambda: direct.upsert_orders(
            [_order(given, "")], source=given.source, actor=actor_of(request), at=now()
        )
    )
    return Status(201 if taken.created else 200, get_order(request, taken.ids[0]))


@router.post("/orders/batch", auth=RECORD, response=UpsertedOut)
def record_orders(request: HttpRequest, given: OrdersIn) -> direct.Upserted:
    """Adds or rewrites up to 1,000 orders in one transaction."""
    orders = [_order(item, f"items.{place}.") for place, item in enumerate(given.items)]
    return direct.upsert_orders(orders, source=given.source, actor=actor_of(request), at=now())


@router.post("/products", auth=RECORD, response={201: ProductOut, 200: ProductOut})
def record_product(request: HttpRequest, given: OneProductIn) -> Status[Product]:
    """Adds a product, or changes what is said of one; 200 where its key was known."""
    taken = _of_one(
        lambda: direct.upsert_products_of(
            _products([given]), source=given.source, actor=actor_of(request), at=now()
        )
    )
    return Status(201 if taken.created else 200, get_product(request, taken.ids[0]))


@router.post("/products/batch", auth=RECORD, response=UpsertedOut)
def record_products(request: HttpRequest, given: ProductsIn) -> direct.Upserted:
    """Adds or changes up to 1,000 products in one transaction."""
    return direct.upsert_products_of(
        _products(given.items), source=given.source, actor=actor_of(request), at=now()
    )


@router.get("/orders/{order_id}", auth=VIEW, response=OrderDetailOut)
def get_order(request: HttpRequest, order_id: Id) -> Order:
    """One order with its lines."""
    lines = Prefetch("lines", OrderLine.objects.order_by("position"))
    order = Order.objects.prefetch_related(lines).filter(pk=order_id).first()
    if order is None:
        raise NotFoundError(f"There is no order {order_id}.")
    return order


@router.get("/products/{product_id}", auth=VIEW, response=ProductOut)
def get_product(request: HttpRequest, product_id: Id) -> Product:
    """One product."""
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        raise NotFoundError(f"There is no product {product_id}.")
    return product


def _of_one(write: Callable[[], T]) -> T:
    """Errors of a single body name its own fields, not those of an item of a list."""
    try:
        return write()
    except direct.DirectError as error:
        raise direct.DirectError(
            {field.removeprefix("items.0."): text for field, text in error.errors.items()}
        ) from error


def _order(given: OrderIn, place: str) -> direct.GivenOrder:
    told = given.dict(exclude={"source", "lines", "ordered_at"})
    lines = tuple(direct.GivenLine(**line.dict()) for line in given.lines)
    instant = utc(given.ordered_at, f"{place}ordered_at")
    return direct.GivenOrder(**told, ordered_at=instant, lines=lines)


def _products(items: Sequence[ProductIn]) -> list[GivenProduct]:
    return [
        GivenProduct(
            item.key,
            {
                name: value
                for name, value in item.dict(exclude={"key", "source"}).items()
                if value is not None and (value or name != "name")
            },
        )
        for item in items
    ]
