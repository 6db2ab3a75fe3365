"""/orders and /products."""

from datetime import date, datetime
from typing import Literal

from django.db.models import Prefetch
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.kernel.access.doors import ApiGuard
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.customers.queries import get_customer
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, PageOf, Paging

router = Router(tags=["commerce"])
VIEW = ApiGuard("customers.view")


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


@router.get("/orders/{order_id}", auth=VIEW, response=OrderDetailOut)
def get_order(request: HttpRequest, order_id: Id) -> Order:
    """One order with its lines."""
    lines = Prefetch("lines", OrderLine.objects.order_by("position"))
    order = Order.objects.prefetch_related(lines).filter(pk=order_id).first()
    if order is None:
        raise NotFoundError(f"There is no order {order_id}.")
    return order


@router.get("/products", auth=VIEW, response=PageOf[ProductOut])
def list_products(request: HttpRequest, wanted: Query[Paging]) -> Page[Product]:
    """Products, in the order in which they came."""
    return page(Product.objects.all(), order="id", cursor=wanted.cursor, limit=wanted.limit)


@router.get("/products/{product_id}", auth=VIEW, response=ProductOut)
def get_product(request: HttpRequest, product_id: Id) -> Product:
    """One product."""
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        raise NotFoundError(f"There is no product {product_id}.")
    return product
