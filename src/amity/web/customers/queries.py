"""What the list of customers shows: one page of rows with all that they show loaded."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery

from amity.kernel.customers.models import Customer, Identity, Ownership
from amity.kernel.customers.ownership import OwnerAnswer, owners_of
from amity.kernel.customers.queries import active_customers
from amity.kernel.customers.search import search
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.traits.models import Trait
from amity.ui.paging import Page, encode, keyset_page
from amity.web.customers.rules import PLAIN_SORTS, Listing

PAGE_SIZE = 50
COUNT_FOR = 30  # seconds that a count is kept: the facts line may be that old


@dataclass(slots=True)
class Row:
    """One customer as the list shows them."""

    customer: Customer
    line: str
    segments: list[Segment] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    owner: OwnerAnswer | None = None
    traits: dict[str, Trait] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """A page of the list."""

    rows: list[Row]
    next: str
    previous: str
    measured_at: datetime | None


def matching(listing: Listing, where: Q | None = None) -> QuerySet[Customer]:
    """The customers that a list holds, in no order; `where` is its written filter, compiled."""
    customers = active_customers()
    if where is not None:
        customers = customers.filter(where)
    if listing.kind:
        customers = customers.filter(kind=listing.kind)
    if listing.country:
        customers = customers.filter(country=listing.country.upper())
    if listing.segment:
        held = SegmentMembership.objects.filter(segment__key=listing.segment, until=None)
        customers = customers.filter(pk__in=held.values("customer_id"))
    if listing.tag:
        customers = customers.filter(
            pk__in=Customer.tags.through.objects.filter(tag__name=listing.tag).values("customer_id")
        )
    if listing.owner:
        owned = Ownership.objects.filter(owner__name__iexact=listing.owner, until=None)
        customers = customers.filter(pk__in=owned.values("customer_id"))
    if listing.q:
        customers = search(customers, listing.q)
    return customers


def order_of(listing: Listing) -> list[str]:
    """The fields that a list is sorted by."""
    if not listing.is_sorted_by_trait:
        return list(PLAIN_SORTS[listing.sort])
    sign = "-" if listing.sort.startswith("-") else ""
    return [f"{sign}sort_value", f"{sign}sort_id"]


def in_order(customers: QuerySet[Customer], listing: Listing) -> QuerySet[Customer]:
    """The customers, made ready for `order_of`; those without the trait are left out."""
    if not listing.is_sorted_by_trait:
        return customers
    measured = FilteredRelation("traits", condition=Q(traits__name=listing.trait))
    return (
        customers.annotate(measured=measured)
        .filter(measured__number__isnull=False)
        .annotate(sort_value=F("measured__number"), sort_id=F("measured__customer_id"))
    )


def page_of(
    listing: Listing, *, where: Q | None = None, after: str = "", before: str = ""
) -> CustomerPage:
    """One page of a list in five statements, whatever the number of customers."""
    page = keyset_page(
        _with_email(in_order(matching(listing, where), listing)),
        order=order_of(listing),
        size=PAGE_SIZE,
        after=after,
        before=before,
    )
    return _loaded(page, listing.columns)


def rows_of(ids: list[int], columns: tuple[str, ...]) -> list[Row]:
    """These customers as rows, by number, with the columns loaded."""
    customers = _with_email(Customer.objects.filter(pk__in=ids)).order_by("pk")
    return _loaded(Page(list(customers), "", ""), columns).rows


def _with_email(customers: QuerySet[Customer]) -> QuerySet[Any]:
    email = Identity.objects.filter(customer=OuterRef("pk"), kind=Identity.Kind.EMAIL)
    return customers.annotate(email=Subquery(email.order_by("pk").values("shown")[:1]))


def _loaded(page: Page[Any], columns: tuple[str, ...]) -> CustomerPage:
    rows = {
        customer.pk: Row(customer, getattr(customer, "email", None) or ", ".join(_place(customer)))
        for customer in page.rows
    }
    _add_segments(rows)
    if "tags" in columns:
        _add_tags(rows)
    if "owner" in columns:
        for customer_id, answer in owners_of(rows).items():
            rows[customer_id].owner = answer
    traits = Trait.objects.filter(customer_id__in=rows, name__in=columns).order_by()
    for trait in traits:
        rows[trait.customer_id].traits[trait.name] = trait
    measured_at = max((trait.as_of for trait in traits), default=None)
    return CustomerPage(list(rows.values()), page.next, page.previous, measured_at)


def _place(customer: Customer) -> list[str]:
    return [part for part in (customer.city, customer.country) if part]


def _add_segments(rows: dict[int, Row]) -> None:
    held = SegmentMembership.objects.filter(
        customer_id__in=rows, until=None, segment__archived_at=None
    )
    for membership in held.select_related("segment").order_by("segment_id"):
        rows[membership.customer_id].segments.append(membership.segment)


def _add_tags(rows: dict[int, Row]) -> None:
    put = Customer.tags.through.objects.filter(customer_id__in=rows).select_related("tag")
    for link in put.order_by("tag__name"):
        rows[link.customer_id].tags.append(link.tag.name)


def counted(listing: Listing, where: Q | None = None) -> int:
    """How many customers a list holds; the count may be half a minute old."""
    digest = sha256(listing.query(sort="", columns="").encode()).hexdigest()
    known: int | None = cache.get(f"customers:count:{digest}")
    if known is None:
        known = matching(listing, where).count()
        cache.set(f"customers:count:{digest}", known, COUNT_FOR)
    return known


def segments_to_choose() -> list[Segment]:
    """The segments that a list can be filtered by."""
    return list(Segment.objects.filter(archived_at=None).order_by("name")[:200])


def address_after(customer: Customer) -> str:
    """The address of the page of the plain list that begins after this customer."""
    values = [getattr(customer, key.lstrip("-")) for key in PLAIN_SORTS["recent"]]
    return Listing().address(after=encode(values))
