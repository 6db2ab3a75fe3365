"""/customers: who they are, what identifies them, which are one."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.customers import operations, queries
from amity.kernel.customers.models import (
    Customer,
    CustomerMerge,
    CustomFieldDefinition,
    Identity,
    Membership,
)
from amity.kernel.customers.search import search
from amity.kernel.policy.compiled import PromiseAnswer
from amity.kernel.policy.promises import promise_for
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, PageOf, Paging, Strict, Yes
from amity.kernel.rest.versions import expected_version, not_modified, put_etag
from amity.kernel.traits.models import Trait

router = Router(tags=["customers"])
VIEW, EDIT = ApiGuard("customers.view"), ApiGuard("customers.edit")
VERSIONED = {"x-versioned": True}

Kind = Literal["person", "organization"]
IdentityKind = Literal["email", "phone", "external", "anonymous"]
Order = Literal["-updated_at", "name_folded", "id", "-id"]


class IdentityOut(Schema):
    """What identifies a customer; `value` is the normalized form."""

    id: int
    kind: str
    namespace: str
    value: str
    shown: str
    verified_at: datetime | None


class IdentityIn(Strict):
    """An identity as it is known."""

    kind: IdentityKind
    value: str = Field(min_length=1, max_length=255)
    namespace: str = Field("", max_length=50)
    is_verified: Yes = False


class CustomerOut(Schema):
    """A customer."""

    id: int
    kind: Kind
    name: str
    language: str
    country: str
    city: str
    time_zone: str
    preferred_channel: str
    note: str
    custom: dict[str, Any]
    tags: list[str]
    identities: list[IdentityOut]
    version: int
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_tags(customer: Customer) -> list[str]:
        """The names of the tags, sorted."""
        return sorted(tag.name for tag in customer.tags.all())

    @staticmethod
    def resolve_identities(customer: Customer) -> list[Identity]:
        """As they were loaded."""
        return list(customer.identities.all())


class CustomerIn(Strict):
    """A new customer."""

    name: str = Field(min_length=1, max_length=200)
    kind: Kind = "person"
    language: str = Field("", max_length=10)
    country: str = Field("", max_length=2)
    city: str = Field("", max_length=100)
    time_zone: str = Field("", max_length=64)
    preferred_channel: str = Field("", max_length=30)
    note: str = Field("", max_length=20_000)
    custom: dict[str, Any] | None = None
    tags: list[str] = Field(default_factory=list, max_length=50)
    identities: list[IdentityIn] = Field(default_factory=list, max_length=50)


class CustomerPatch(Strict):
    """The fields to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=200)
    kind: Kind | None = None
    language: str | None = Field(None, max_length=10)
    country: str | None = Field(None, max_length=2)
    city: str | None = Field(None, max_length=100)
    time_zone: str | None = Field(None, max_length=64)
    preferred_channel: str | None = Field(None, max_length=30)
    note: str | None = Field(None, max_length=20_000)
    custom: dict[str, Any] | None = None


class CustomerFilter(Paging):
    """Which customers, in which order."""

    order: Order = "-updated_at"
    kind: Kind | None = None
    tag: str | None = Field(None, max_length=50)
    q: str | None = Field(None, max_length=200, description="Parts of a name, address or number.")


def _new_identity(given: IdentityIn, at: datetime) -> operations.NewIdentity:
    return operations.NewIdentity(
        kind=given.kind,
        value=given.value,
        namespace=given.namespace,
        verified_at=at if given.is_verified else None,
    )


def detailed(customer_id: int) -> Customer:
    """The customer with what `CustomerOut` shows; the survivor where it was merged."""
    survivor = queries.get_customer(customer_id)
    return queries.with_details(Customer.objects.filter(pk=survivor.pk)).get()


@router.get("", auth=VIEW, response=PageOf[CustomerOut])
def list_customers(request: HttpRequest, wanted: Query[CustomerFilter]) -> Page[Customer]:
    """Customers, page by page."""
    rows = queries.with_details(queries.active_customers())
    if wanted.kind is not None:
        rows = rows.filter(kind=wanted.kind)
    if wanted.tag is not None:
        rows = rows.filter(tags__name=wanted.tag)
    if wanted.q:
        rows = search(rows, wanted.q)
    return page(rows, order=wanted.order, cursor=wanted.cursor, limit=wanted.limit)


@router.post("", auth=EDIT, response={201: CustomerOut})
def add_customer(request: HttpRequest, given: CustomerIn, response: HttpResponse) -> Customer:
    """Adds a customer."""
    at = now()
    fields = given.dict(exclude={"identities"})
    customer = operations.create_customer(
        **fields,
        identities=[_new_identity(identity, at) for identity in given.identities],
        actor=actor_of(request),
        at=at,
    )
    put_etag(response, customer.version)
    response["Location"] = f"/api/v1/customers/{customer.pk}"
    return detailed(customer.pk)


class Lookup(Schema):
    """An identity to look for."""

    kind: IdentityKind
    value: str = Field(min_length=1, max_length=255)
    namespace: str = Field("", max_length=50)
    country: str = Field("", max_length=2, description="Of phone numbers without a prefix.")


@router.get("/lookup", auth=VIEW, response=CustomerOut)
def look_up_customer(
    request: HttpRequest, wanted: Query[Lookup], response: HttpResponse
) -> Customer:
    """The customer to whom an identity belongs."""
    found = queries.find_by_identity(
        wanted.kind, wanted.value, namespace=wanted.namespace, country=wanted.country
    )
    if found is None:
        raise NotFoundError(f"No customer has this {wanted.kind}.")
    put_etag(response, found.version)
    return detailed(found.pk)


@router.get("/{customer_id}", auth=VIEW, response=CustomerOut)
def get_customer(
    request: HttpRequest, customer_id: Id, response: HttpResponse
) -> Customer | HttpResponse:
    """One customer; asked for a merged one it answers with the survivor."""
    customer = detailed(customer_id)
    unchanged = not_modified(request, customer.version)
    if unchanged is not None:
        return unchanged
    put_etag(response, customer.version)
    return customer


@router.patch("/{customer_id}", auth=EDIT, response=CustomerOut, openapi_extra=VERSIONED)
def change_customer(
    request: HttpRequest, customer_id: Id, given: CustomerPatch, response: HttpResponse
) -> Customer:
    """Changes the fields that are sent."""
    version = expected_version(request)
    fields = given.dict(exclude_unset=True)
    custom = fields.pop("custom", None)
    customer = operations.update_customer(
        customer_id,
        changes=operations.CustomerChanges(
            {name: value or "" for name, value in fields.items()}, custom
        ),
        expected_version=version,
        actor=actor_of(request),
        at=now(),
    )
    put_etag(response, customer.version)
    return detailed(customer.pk)


class TagsIn(Strict):
    """All tags of a customer."""

    tags: list[str] = Field(max_length=50)


@router.put("/{customer_id}/tags", auth=EDIT, response=CustomerOut)
def put_tags(
    request: HttpRequest, customer_id: Id, given: TagsIn, response: HttpResponse
) -> Customer:
    """Makes these the tags of the customer."""
    customer = operations.set_tags(customer_id, names=given.tags, actor=actor_of(request), at=now())
    put_etag(response, customer.version)
    return detailed(customer_id)


@router.post("/{customer_id}/identities", auth=EDIT, response={201: IdentityOut})
def add_identity(request: HttpRequest, customer_id: Id, given: IdentityIn) -> Identity:
    """Gives the customer one more identity."""
    at = now()
    return operations.add_identity(
        customer_id, identity=_new_identity(given, at), actor=actor_of(request), at=at
    )


@router.delete("/{customer_id}/identities/{identity_id}", auth=EDIT, response={204: None})
def remove_identity(request: HttpRequest, customer_id: Id, identity_id: Id) -> None:
    """Takes an identity away."""
    operations.remove_identity(customer_id, identity_id, actor=actor_of(request), at=now())


class MembershipOut(Schema):
    """A person's part in an organization."""

    id: int
    organization_id: int
    person_id: int
    role: str
    since: date | None
    until: date | None


class MembershipIn(Strict):
    """The organization, and the person's role there."""

    organization_id: Id
    role: str = Field("", max_length=50)
    since: date | None = None
    until: date | None = None


@router.get("/{customer_id}/memberships", auth=VIEW, response=list[MembershipOut])
def list_memberships(request: HttpRequest, customer_id: Id) -> list[Membership]:
    """The organizations that a person is part of, or the members of an organization (≤ 1,000)."""
    return list(queries.memberships_of(queries.get_customer(customer_id).pk)[:1000])


@router.post("/{customer_id}/memberships", auth=EDIT, response={201: MembershipOut})
def add_membership(request: HttpRequest, customer_id: Id, given: MembershipIn) -> Membership:
    """Makes the customer part of an organization."""
    return operations.set_membership(
        person_id=customer_id, **given.dict(), actor=actor_of(request), at=now()
    )


class MergePreviewOut(Schema):
    """What a merge would do."""

    survivor_id: int
    survivor_name: str
    absorbed_id: int
    absorbed_name: str
    moves: dict[str, int]
    fills: list[str]
    conflicts: list[str]


class MergeIn(Strict):
    """Which customer becomes part of this one, and why."""

    absorbed_id: Id
    reason: str = Field("", max_length=300)
    accept_conflicts: Yes = False


class MergeOut(Schema):
    """A merge; `undone_at` where it was taken back."""

    id: int
    survivor_id: int
    absorbed_id: int
    reason: str
    at: datetime
    actor_name: str
    undone_at: datetime | None


class Absorbed(Schema):
    """The customer that would become part of another."""

    absorbed_id: Id


@router.get("/{customer_id}/merge-preview", auth=EDIT, response=MergePreviewOut)
def preview_merge(
    request: HttpRequest, customer_id: Id, wanted: Query[Absorbed]
) -> queries.MergePreview:
    """What merging another customer into this one would move; it changes nothing."""
    return queries.preview_merge(customer_id, wanted.absorbed_id)


@router.get("/{customer_id}/merges", auth=VIEW, response=list[MergeOut])
def list_merges(request: HttpRequest, customer_id: Id) -> list[CustomerMerge]:
    """The merges in which the customer took part, newest first (at most 200)."""
    return list(queries.merges_of(customer_id)[:200])


@router.post("/{customer_id}/merges", auth=EDIT, response={201: MergeOut})
def merge(request: HttpRequest, customer_id: Id, given: MergeIn) -> CustomerMerge:
    """Merges another customer into this one."""
    return operations.merge_customers(
        survivor_id=customer_id, **given.dict(), actor=actor_of(request), at=now()
    )


@router.post("/{customer_id}/merges/{merge_id}/undo", auth=EDIT, response=MergeOut)
def undo_merge(request: HttpRequest, customer_id: Id, merge_id: Id) -> CustomerMerge:
    """Takes a merge back."""
    if not queries.merges_of(customer_id).filter(pk=merge_id).exists():
        raise NotFoundError(f"Customer {customer_id} took part in no merge {merge_id}.")
    return operations.undo_merge(merge_id, actor=actor_of(request), at=now())


fields_router = Router(tags=["customers"])


class CustomFieldOut(Schema):
    """A field that the company added to its customers."""

    key: str
    label: str
    kind: Literal["text", "number", "date", "choice", "yes_no"]
    choices: list[str]
    is_required: bool


class CustomFieldIn(Strict):
    """A new custom field; its key is made from the label where it is left out."""

    label: str = Field(min_length=1, max_length=100)
    kind: Literal["text", "number", "date", "choice", "yes_no"] = "text"
    key: str = Field("", max_length=50, pattern=r"^([a-z][a-z0-9_]*)?$")
    choices: list[str] = Field(default_factory=list, max_length=200)
    is_required: Yes = False


@fields_router.get("", auth=VIEW, response=list[CustomFieldOut])
def list_custom_fields(request: HttpRequest) -> list[Any]:
    """All custom fields, in their order."""
    return list(queries.custom_fields())


@fields_router.post("", auth=ApiGuard("settings.edit"), response={201: CustomFieldOut})
def add_custom_field(request: HttpRequest, given: CustomFieldIn) -> CustomFieldDefinition:
    """Adds a field to customers."""
    return operations.define_custom_field(**given.dict(), actor=actor_of(request), at=now())


class TraitOut(Schema):
    """What was measured of a customer: a value with its interval and grade of evidence."""

    name: str
    number: float | None
    text: str
    low: float | None
    high: float | None
    grade: str
    as_of: datetime
    source: str


@router.get("/{customer_id}/traits", auth=VIEW, response=list[TraitOut])
def list_traits(request: HttpRequest, customer_id: Id) -> list[Trait]:
    """All measured traits of a customer; money in minor units."""
    customer = queries.get_customer(customer_id)
    return list(Trait.objects.filter(customer=customer).order_by("name"))


class CellOut(Schema):
    """One relationship type that the customer is offered; times in working minutes."""

    relationship_type: str
    intensity: float
    primary: bool
    text: str
    first_response_minutes: int | None
    next_response_minutes: int | None
    resolution_minutes: int | None
    calendar: str | None
    human_reachable: bool


class PromiseOut(Schema):
    """What the published policy promises to a customer, and why."""

    version_number: int | None
    segment_key: str | None
    segment_name: str
    reason: str
    relationships: list[CellOut]
    touchpoints: dict[str, list[str]]
    nature: str | None
    intimacy: list[str]
    stance: str

    @staticmethod
    def resolve_touchpoints(answer: PromiseAnswer) -> dict[str, list[str]]:
        """The keys of the touchpoints by stage."""
        return {str(stage): list(keys) for stage, keys in answer.touchpoints}


@router.get("/{customer_id}/promise", auth=ApiGuard("policy.view"), response=PromiseOut)
def get_promise(request: HttpRequest, customer_id: Id) -> PromiseAnswer:
    """What this customer was promised, by the policy that is in force."""
    return promise_for(queries.get_customer(customer_id).pk)
