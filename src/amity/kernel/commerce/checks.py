"""What must always hold of orders."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.hooks.checks import Finding

REMEDY = "Restore a backup, and report this as a fault."


def lines_belong_to_orders_and_products() -> Iterable[Finding]:
    """I1: each line names an order and, if any, a product that are there; reads all lines."""
    lost = OrderLine.objects.exclude(Exists(Order.objects.filter(pk=OuterRef("order_id"))))
    unnamed = OrderLine.objects.filter(product__isnull=False).exclude(
        Exists(Product.objects.filter(pk=OuterRef("product_id")))
    )
    if count := lost.count():
        yield Finding("I1", f"{count} lines name an order that is gone.", REMEDY)
    if count := unnamed.count():
        yield Finding("I1", f"{count} lines name a product that is gone.", REMEDY)
