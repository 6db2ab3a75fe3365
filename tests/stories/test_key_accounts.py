"""A pump maker's accounts: whom dedicated help pays for, and whom nobody spoke to for too long.

12 key accounts (a margin of 60,000 a year each), 180 mid (6,000), 900 small (600); three account
managers with 1,400 hours each at 55 an hour; money a year from now is worth a tenth less.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from amity.adapt.advisor.advise import Solved, advise
from amity.adapt.advisor.questions import Questioner
from amity.adapt.advisor.solver import Effort
from amity.adapt.advisor.tests.small import DPA, PA, SS, pump_maker
from amity.base.text import fold
from amity.base.time import now
from amity.base.vocabulary import Motivation, Nature, RelationshipType, Role, Stage
from amity.kernel.access.models import User
from amity.kernel.access.operations import create_user, set_absence, update_company
from amity.kernel.access.rules import SYSTEM
from amity.kernel.calendars.operations import ensure_default_calendar
from amity.kernel.customers.models import Customer, Ownership, Tag
from amity.kernel.customers.operations import assign_owner
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import record_interaction
from amity.kernel.jobs.operations import enqueue
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.policy.document import CanvasDocument, Cell, Promise, SegmentDesign, Target
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.segments.operations import create_segment, refresh_memberships
from amity.kernel.segments.rules import parse_text
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.traits.models import Trait
from amity.run.accounts.models import Task

SIZES = {"key": 12, "mid": 180, "small": 900}
MANAGERS = ("Mara", "Tomás", "Ayşe")


@pytest.fixture(scope="module")
def planned() -> Solved:
    return advise(pump_maker(), Effort(seconds=20.0, gap=1e-4))


def test_the_planner_gives_key_accounts_full_and_mid_ones_light_help(planned: Solved) -> None:
    key, mid, small = (planned.plan.segment(name) for name in SIZES)
    prices = {price.resource: price.gained for price in Questioner(planned).prices()}
    account_hours = planned.plan.resource("hours:account")

    assert key.mix[DPA] == pytest.approx(1)
    assert mid.mix[DPA] == pytest.approx(1 / 3)
    assert set(small.mix) == {SS, PA}
    assert account_hours.used == pytest.approx(2_520)
    assert (account_hours.limit, prices["hours:account"]) == (4_200, 0)


def test_full_help_for_all_mid_accounts_needs_4680_hours_and_loses(planned: Solved) -> None:
    problem = pump_maker(hours=5_000)
    mid = problem.segment("mid")
    full = replace(mid.offers[DPA], minimum=1.0, owed=True)
    rule = replace(mid, offers={**mid.offers, DPA: full})
    tiers = tuple(rule if one.key == "mid" else one for one in problem.segments)

    ruled = advise(replace(problem, segments=tiers), Effort(gap=1e-4))

    assert ruled.plan.resource("hours:account").used == pytest.approx(4_680)
    assert ruled.plan.net < planned.plan.net


@pytest.fixture
def pumps(ada: User) -> dict[str, list[Customer]]:
    """The accounts in segments by tag, and a published canvas: key accounts every 30 days."""
    at = now()
    update_company(changes={"currency": "EUR"}, actor=SYSTEM, at=at)
    everybody = {name: _customers(name, size) for name, size in SIZES.items()}
    ensure_default_calendar(actor=SYSTEM, at=at)
    Touchpoint.objects.create(
        key="phone", name="Phone", channel="phone", stages=[stage.value for stage in Stage],
        relationship_types=[one.value for one in RelationshipType],
    )  # fmt: skip
    for name in SIZES:
        create_segment(
            key=name, name=f"{name.capitalize()} accounts", rule=parse_text(f"tag is {name}"),
            actor=SYSTEM, at=at,
        )  # fmt: skip
    refresh_memberships(at=at)
    document = CanvasDocument(
        name="Pumps", currency="EUR", segments=tuple(_design(name) for name in SIZES)
    )
    draft = create_draft(document=document, name="Pumps", reason="", base=None, actor=SYSTEM, at=at)
    publish(draft.pk, reason="First", actor=SYSTEM, at=at)
    return everybody


def _customers(name: str, size: int) -> list[Customer]:
    at = now() - timedelta(days=400)
    rows = [
        Customer(
            kind="organization", name=f"{name} {number}", name_folded=fold(f"{name} {number}"),
            created_at=at, updated_at=at,
        )
        for number in range(size)
    ]  # fmt: skip
    made = Customer.objects.bulk_create(rows)
    tag = Tag.objects.create(name=name)
    Link = Customer.tags.through
    Link.objects.bulk_create(Link(customer_id=one.pk, tag_id=tag.pk) for one in made)
    return made


def _design(name: str) -> SegmentDesign:
    hours = {"key": 120.0, "mid": 6.0}.get(name)
    kind = (
        RelationshipType.DEDICATED_PERSONAL_ASSISTANCE if hours else RelationshipType.SELF_SERVICE
    )
    promise = Promise(first_response_minutes=120, human_reachable=True) if hours else None
    return SegmentDesign(
        segment=name,
        motivation=Motivation.RETAIN,
        nature=Nature.LONG_TERM,
        relationship_types={
            kind: Cell(intensity=0.8, primary=True, promise=promise, hours_per_customer=hours)
        },
        touchpoints=dict.fromkeys(Stage, ("phone",)),
        targets=(Target(measure="cadence_days", value=30),) if name == "key" else (),
    )


@pytest.fixture
def managers(ada_client: Client) -> list[User]:
    """Three managers with 1,400 hours each, an hour at 55, and what help is expected to change."""
    people = [
        create_user(
            email=f"{name.lower()}@example.org", name=name, role=Role.AGENT, password=None,
            actor=SYSTEM, at=now(),
        )
        for name in MANAGERS
    ]  # fmt: skip
    post = "/accounts/terms"
    ada_client.post(post, {"which": "rate", "whose": "any", "amount": "55"})
    for user in people:
        ada_client.post(post, {"which": "capacity", "user": user.pk, "hours_a_year": "1400"})
    for segment, name, hours, without, helped, margin in (
        ("key", "full", 120, 92, 97, 60_000),
        ("mid", "full", 18, 86, 89, 6_000),
        ("mid", "light", 6, 86, 88, 6_000),
    ):
        level = {
            "which": "level", "segment_key": segment, "name": name, "hours_a_year": hours,
            "retention_without": without, "retention_with": helped, "margin": margin, "grade": "D",
        }  # fmt: skip
        assert ada_client.post(post, level).status_code == 302
    return people


def test_the_house_proposes_owners_with_the_same_arithmetic_and_a_person_decides(
    pumps: dict[str, list[Customer]], managers: list[User], ada_client: Client
) -> None:
    page = ada_client.get("/accounts/assignment").content.decode()

    assert "lifetime value 306,667 → 398,446 (+91,779)" in page
    assert "lifetime value 21,500 → 21,233 (-267, refused)" in page
    assert "lifetime value 21,500 → 22,680 (+1,180)" in page
    assert "2,520" in page  # hours taken
    assert "1,680 h stay free" in page
    assert "would need 4,680 h of 4,200" in page
    assert not Ownership.objects.exists()

    chosen = [one.pk for name in ("key", "mid") for one in pumps[name]]
    ada_client.post("/accounts/assignment/adoption", {"ids": chosen})

    owned = Ownership.objects.filter(until=None)
    assert owned.count() == 192
    assert not owned.filter(customer__in=pumps["small"]).exists()
    books = ada_client.get("/accounts/").content.decode()
    assert "192 accounts, 2,520 of 4,200 hours a year planned" in books


def test_46_days_of_silence_at_a_cadence_of_30_raise_a_task_for_who_is_there(
    pumps: dict[str, list[Customer]], managers: list[User], ada_client: Client
) -> None:
    mara, tomas, _ayse = managers
    quiet, touched = pumps["key"][:2]
    at = now()
    for customer, days in ((quiet, 46), (touched, 29)):
        assign_owner(
            customer.pk, owner=mara, deputy=tomas, actor=SYSTEM, at=at - timedelta(days=200)
        )
        _called(customer, days)
    set_absence(
        user_id=mara.pk, starts_at=at - timedelta(days=1), ends_at=at + timedelta(days=1),
        actor=SYSTEM, at=at,
    )  # fmt: skip

    for _day in range(2):
        enqueue("accounts.daily", {}, at=now())
        run_until_idle()

    task = Task.objects.get()
    assert (task.customer_id, task.assignee_id) == (quiet.pk, tomas.pk)
    assert "46 days of silence" in task.note
    assert (
        f"Get in touch with {quiet.name}"
        in ada_client.get("/accounts/tasks?whose=all").content.decode()
    )
    silent = Trait.objects.get(customer=quiet, name="account.days_since_contact")
    assert silent.number == 46


def test_25_minutes_of_a_manager_are_22_92_on_the_timeline(
    pumps: dict[str, list[Customer]], managers: list[User], ada_client: Client
) -> None:
    customer = pumps["key"][0]
    assign_owner(customer.pk, owner=managers[0], actor=SYSTEM, at=now())

    ada_client.post(
        f"/accounts/{customer.pk}/hours", {"minutes": "25", "what": "Answered", "is_contact": "on"}
    )

    row = Interaction.objects.get(kind="accounts.hours_booked")
    assert (row.staff_seconds, row.cost_minor, row.currency) == (1_500, 2_292, "EUR")
    assert "Answered" in ada_client.get(f"/customers/{customer.pk}").content.decode()


def _called(customer: Customer, days: int) -> None:
    at = now() - timedelta(days=days)
    record_interaction(
        kind="inbox.replied", source="test", source_id=f"call:{customer.pk}", happened_at=at,
        recorded_at=at, relationship_type=RelationshipType.DEDICATED_PERSONAL_ASSISTANCE,
        stage=Stage.SUPPORT, currency="EUR", customer_id=customer.pk, touchpoint_key="phone",
        direction="out", actor="human",
    )  # fmt: skip
