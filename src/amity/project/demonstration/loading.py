"""Loads the demonstration company, once; stopped in the middle it goes on at the next start."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.db import transaction

from amity.base.results import AmityError
from amity.base.text import fold
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.access.models import AuditEntry
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer, CustomFieldDefinition, Identity
from amity.kernel.customers.operations import define_custom_field
from amity.kernel.hooks.command_line import Listener
from amity.kernel.hooks.discovery import capabilities, load
from amity.kernel.hooks.seeding import SeedContext
from amity.kernel.imports.models import Import
from amity.kernel.imports.operations import create_import, start_import
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import Fact, record_many
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import enqueue
from amity.kernel.jobs.registry import job_kinds
from amity.kernel.jobs.worker import run_to_end, run_until_idle
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.operations import ensure_touchpoints
from amity.kernel.touchpoints.rules import TouchpointFields
from amity.project.demonstration.steps import ACTION, MEASURE

SOURCE = "demonstration"
NAME = "Corner Market (demonstration)"
NOTE = (
    "A demonstration company. Its orders, campaigns and household data are real and anonymous: "
    "The Complete Journey by dunnhumby (CC0), weeks 1 to 40 of 2017, summed to departments. Names, "
    "e-mail addresses and the company itself are invented."
)
FIELDS = {
    "age": "Age",
    "income": "Household income",
    "home": "Home",
    "marital_status": "Marital status",
    "household_size": "Household size",
    "kids": "Children",
}
TOUCHPOINTS = (
    TouchpointFields(
        key="store",
        name="Store",
        channel="store",
        purposes=("communicate", "sell", "distribute"),
        stages=tuple(Stage),
        relationship_types=(RelationshipType.SELF_SERVICE, RelationshipType.PERSONAL_ASSISTANCE),
    ),
    TouchpointFields(
        key="mailing",
        name="Coupon mailing",
        channel="mail",
        purposes=("communicate", "sell"),
        stages=(Stage.ADVERTISE, Stage.DIFFERENTIATE),
        relationship_types=(RelationshipType.AUTOMATED_SERVICES,),
        unit_cost_minor=75,
    ),
)
NOON = time(12, tzinfo=UTC)
Bars = Callable[[str], AbstractContextManager[Listener]]


class HouseTakenError(AmityError):
    """This home holds a company of its own."""


class DemonstrationError(AmityError):
    """A part of the demonstration could not be loaded."""


@dataclass(frozen=True, slots=True)
class Loader:
    """Runs each step of the loading once; the audit trail remembers which are done."""

    actor: Actor
    at: datetime
    bars: Bars

    def step(self, name: str, label: str, do: Callable[[Listener], None]) -> None:
        """Does one step unless it is done."""
        done = AuditEntry.objects.filter(action=ACTION, object_id=name)
        if done.exists():
            return
        with self.bars(label) as hear:
            do(hear)
        record_audit(
            actor=self.actor,
            action=ACTION,
            object_type="demonstration",
            object_id=name,
            at=self.at,
            summary=label,
        )


def load_demonstration(*, actor: Actor, at: datetime, bars: Bars) -> None:
    """Loads what is not loaded yet: company, customers, orders, campaigns, measure, canvas.

    Raises:
        HouseTakenError: somebody's own company is here.
    """
    prepare_company()
    loader = Loader(actor, at, bars)
    loader.step("touchpoints", "Touchpoints", lambda _: add_touchpoints(actor, at))
    loader.step("customers", "Customers", lambda _: add_customers(actor, at))
    loader.step("orders", "Orders", lambda hear: add_orders(actor, at, hear))
    loader.step("campaigns", "Campaigns", lambda _: add_campaigns(at))
    if MEASURE in job_kinds():
        loader.step("measure", "Measuring", lambda hear: _run(MEASURE, at, hear))
    for manifest in capabilities():
        if manifest.seed:
            _seed(loader, manifest.name, manifest.label, manifest.seed)


@transaction.atomic
def prepare_company() -> None:
    """Makes the company the demonstration, clearly said.

    Raises:
        HouseTakenError: it has customers of its own.
    """
    house = company()
    if house.is_demonstration:
        return
    if Customer.objects.exists():
        raise HouseTakenError(
            f"This home holds {house.name} and its customers. Start it with: amity up. For the "
            "demonstration choose another folder: AMITY_HOME=~/amity-demo amity demo"
        )
    house.name, house.note, house.is_demonstration = NAME, NOTE, True
    house.currency, house.country, house.time_zone = "USD", "US", "UTC"
    house.save()


def add_touchpoints(actor: Actor, at: datetime) -> None:
    """Where the company and its customers meet."""
    ensure_touchpoints(TOUCHPOINTS, actor=actor, at=at)


@transaction.atomic
def add_customers(actor: Actor, at: datetime) -> None:
    """The households, with what the survey knows of them as custom fields."""
    known = set(CustomFieldDefinition.objects.values_list("key", flat=True))
    for key, label in FIELDS.items():
        if key not in known:
            define_custom_field(label=label, key=key, kind="text", actor=actor, at=at)
    rows = _table("customers")
    customers = Customer.objects.bulk_create(
        [
            Customer(
                name=row["name"],
                name_folded=fold(row["name"]),
                country="US",
                custom={key: row[key] for key in FIELDS if row[key] is not None},
                created_at=at,
                updated_at=at,
            )
            for row in rows
        ],
        batch_size=500,
    )
    identities = []
    for customer, row in zip(customers, rows, strict=True):
        identities.append(_identity(customer, "external", SOURCE, row["customer"], at))
        identities.append(_identity(customer, "email", "", row["email"], at))
    Identity.objects.bulk_create(identities, batch_size=500)


def _identity(customer: Customer, kind: str, namespace: str, value: str, at: datetime) -> Identity:
    return Identity(
        customer=customer, kind=kind, namespace=namespace, value=value, shown=value, created_at=at
    )


def add_orders(actor: Actor, at: datetime, hear: Listener) -> None:
    """The orders, by the same import that every company uses."""
    columns = ("customer", "date", "order", "product", "quantity", "amount", "discount", "channel")
    settings = ImportSettings(
        kind="orders",
        mapping={name: name for name in columns},
        source=SOURCE,
        amounts_in_minor=True,
        currency="USD",
        time_zone="UTC",
    )
    row = Import.objects.filter(kind="orders", source=SOURCE).order_by("-pk").first()
    with as_file(files(__package__) / "data/orders.parquet") as path:
        if row is None:
            row = create_import(
                path=Path(path),
                file_name="The Complete Journey, weeks 1 to 40",
                settings=settings,
                names=columns,
                actor=actor,
                at=at,
            )
        if row.status != Import.Status.DONE:
            _ended_well(run_to_end(start_import(row.pk, actor=actor, at=at).pk, listener=hear))


def add_campaigns(at: datetime) -> None:
    """The mailings that households got and the coupons that they redeemed."""
    numbers = dict(
        Identity.objects.filter(kind="external", namespace=SOURCE).values_list(
            "value", "customer_id"
        )
    )
    points = dict(Touchpoint.objects.values_list("key", "id"))
    record_many(
        _campaign_fact(row, number, numbers, points, at)
        for number, row in enumerate(_table("campaigns"))
    )


def _campaign_fact(
    row: dict[str, Any], number: int, numbers: dict[str, int], points: dict[str, int], at: datetime
) -> Fact:
    was_mailed = row["what"] == "mailed"
    facts: dict[str, Any] = {"campaign": row["campaign"], "type": row["type"]}
    if not was_mailed:
        facts["coupon"] = str(row["coupon"])
    return Fact(
        kind="campaigns.mailed" if was_mailed else "campaigns.redeemed",
        source=f"{SOURCE}.campaigns",
        source_id=str(number),
        happened_at=datetime.combine(row["day"], NOON),
        recorded_at=at,
        relationship_type=RelationshipType.AUTOMATED_SERVICES,
        stage=Stage.ADVERTISE if was_mailed else Stage.TRANSACT,
        currency="USD",
        customer_id=numbers[row["customer"]],
        touchpoint_id=points.get("mailing" if was_mailed else "store"),
        direction=Interaction.Direction.OUTBOUND if was_mailed else Interaction.Direction.INBOUND,
        actor=Interaction.Actor.AUTOMATIC if was_mailed else Interaction.Actor.CUSTOMER,
        cost_minor=75 if was_mailed else 0,
        subject=f"Campaign {row['campaign']} ({row['type']})",
        properties=facts,
    )


def _seed(loader: Loader, name: str, label: str, path: str) -> None:
    def do(hear: Listener) -> None:
        load(path)(SeedContext(at=loader.at, actor=loader.actor, progress=hear))
        run_until_idle()

    loader.step(f"seed:{name}", label, do)


def _run(kind: str, at: datetime, hear: Listener) -> None:
    job = enqueue(kind, {}, at=at, unique_key=kind)  # the orders asked for the same one
    _ended_well(run_to_end(job.pk, listener=hear))


def _ended_well(job: Job) -> None:
    if job.status != Job.Status.DONE:
        raise DemonstrationError(
            f"{job.kind} did not end: {job.error or job.status}. Run this again to go on."
        )


def _table(name: str) -> list[dict[str, Any]]:
    with as_file(files(__package__) / f"data/{name}.parquet") as path:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows
