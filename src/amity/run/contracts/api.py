"""/contracts: contracts over REST."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status
from pydantic import StringConstraints

from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.commerce.models import Contract
from amity.kernel.customers.queries import get_customer
from amity.kernel.imports.direct import DirectError, Upserted
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, PageOf, Paging, Strict
from amity.run.contracts.operations.recording import GivenContract, record_contracts
from amity.run.contracts.queries import get_contract
from amity.run.contracts.rules import LONGEST, Terms

router = Router(tags=["contracts"])
VIEW, RECORD = ApiGuard("customers.view"), ApiGuard("commerce.record")
BATCH = 1000
_ONE_LINE = r"^[^\x00-\x1f]*$"


def _words(longest: int, *, at_least: int = 0) -> StringConstraints:
    return StringConstraints(
        strip_whitespace=True, min_length=at_least, max_length=longest, pattern=_ONE_LINE
    )


Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2100, 12, 31))]


class ContractOut(Schema):
    """A contract; the fee is that of one period, in minor units of `currency`."""

    id: int
    source: str
    key: str
    customer_id: int
    started_on: date
    period_months: int
    fee_minor: int | None
    currency: str
    ended_on: date | None
    end_reason: str


class ContractIn(Strict):
    """A contract as the billing system tells it; told again, it replaces what was known of it."""

    key: Annotated[str, _words(100, at_least=1)] = Field(
        description="The system's own number; (source, key) is one contract."
    )
    customer: Annotated[str, _words(200)] = Field(
        "", description="The system's number of the customer, or an e-mail address; added if new."
    )
    customer_id: Id | None = Field(None, description="Amity's own number of the customer.")
    customer_name: Annotated[str, _words(200)] = Field("", description="Of a customer who is new.")
    started_on: Day
    period_months: int = Field(ge=1, le=LONGEST, description="From one renewal to the next.")
    fee_minor: Annotated[int, Field(ge=0, le=10**12)] | None = Field(
        None, description="Of one period."
    )
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")
    ended_on: Day | None = Field(
        None, description="The last day, or the day on which it was not renewed."
    )
    end_reason: Annotated[str, _words(100)] = ""


class OneContractIn(ContractIn):
    """A contract, and whose number it has."""

    source: Annotated[str, _words(50)] = Field("", description="Whose numbers these are.")


class ContractsIn(Strict):
    """Contracts to be written together: all or, where one cannot be, none."""

    source: Annotated[str, _words(50)] = Field("", description="Whose numbers these are.")
    items: list[ContractIn] = Field(min_length=1, max_length=BATCH)


class ContractsTaken(Schema):
    """How many were new, changed and as they are; their numbers in the order of the items."""

    created: int
    changed: int
    unchanged: int
    ids: list[int]


class ContractFilter(Paging):
    """Which contracts; the latest start first."""

    customer_id: Id | None = None
    is_running: bool | None = Field(None, description="Without an end, or with one.")


@router.get("/", auth=VIEW, response=PageOf[ContractOut])
def list_contracts(request: HttpRequest, wanted: Query[ContractFilter]) -> Page[Contract]:
    """Contracts, the latest start first."""
    rows = Contract.objects.all()
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id=get_customer(wanted.customer_id).pk)
    if wanted.is_running is not None:
        rows = rows.filter(ended_on__isnull=wanted.is_running)
    return page(rows, order="-started_on", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/", auth=RECORD, response={201: ContractOut, 200: ContractOut})
def record_contract(request: HttpRequest, given: OneContractIn) -> Status[Contract]:
    """Adds a contract, or rewrites one; 200 where its key was known."""
    try:
        taken = record_contracts(
            [_given(given)], source=given.source, actor=actor_of(request), at=now()
        )
    except DirectError as error:
        raise DirectError(
            {field.removeprefix("items.0."): text for field, text in error.errors.items()}
        ) from error
    return Status(201 if taken.created else 200, get_contract(taken.ids[0]))


@router.post("/batch", auth=RECORD, response=ContractsTaken)
def record_contract_batch(request: HttpRequest, given: ContractsIn) -> Upserted:
    """Adds or rewrites up to 1,000 contracts in one transaction."""
    return record_contracts(
        [_given(item) for item in given.items],
        source=given.source,
        actor=actor_of(request),
        at=now(),
    )


@router.get("/{contract_id}", auth=VIEW, response=ContractOut)
def read_contract(request: HttpRequest, contract_id: Id) -> Contract:
    """One contract."""
    return get_contract(contract_id)


def _given(item: ContractIn) -> GivenContract:
    told = item.dict(exclude={"source"})
    whose = {name: told.pop(name) for name in ("customer", "customer_id", "customer_name")}
    return GivenContract(Terms(**told), **whose)
