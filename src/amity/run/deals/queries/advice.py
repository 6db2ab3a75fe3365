"""What can be suggested to a customer, from what is bought lately."""

from dataclasses import dataclass

from amity.base.text import fold
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.customers.queries import family
from amity.run.deals.rules.choice import Answers, Facts, Offer, Sale, Suggestion, facts_of, suggest

SAMPLE = 20_000  # the newest lines of orders
OWN = 2_000  # lines of the customer's own


@dataclass(frozen=True, slots=True)
class Choice:
    """All that a suggestion is made of; `ask` makes it."""

    offers: list[Offer]
    facts: Facts
    had: frozenset[int]

    @property
    def categories(self) -> list[str]:
        """What one can ask for."""
        return sorted({offer.category for offer in self.offers if offer.category})

    def ask(self, answers: Answers) -> list[Suggestion]:
        """At most three suggestions."""
        return suggest(self.offers, answers, self.facts, self.had)


def choice_for(customer_id: int) -> Choice:
    """What was sold in the newest 20,000 lines, and what the customer had; four statements."""
    lines = OrderLine.objects.filter(product__isnull=False, quantity_milli__gt=0)
    newest = lines.order_by("-pk").values_list("order_id", "product_id", "unit_price_minor")
    sales = [Sale(*row) for row in newest[:SAMPLE]]
    orders = Order.objects.filter(customer_id__in=family(customer_id), kind=Order.Kind.SALE)
    own = lines.filter(order__in=orders).order_by("-pk").values_list("product_id", flat=True)
    had = frozenset(own[:OWN])
    goods = Product.objects.filter(kind__in=(Product.Kind.GOOD, Product.Kind.SERVICE))
    sold = goods.in_bulk(list({sale.product_id for sale in sales} | had))
    return Choice([_offer(product) for product in sold.values()], facts_of(sales, had), had)


def _offer(product: Product) -> Offer:
    words = (product.name, product.brand, product.category, product.department)
    return Offer(product.pk, product.name, product.category, fold(" ".join(words)))
