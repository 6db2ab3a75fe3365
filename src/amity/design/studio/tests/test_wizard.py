from datetime import timedelta

import pytest
from django.test import Client

from amity.base.vocabulary import RelationshipType, Stage
from amity.design.studio.queries.facts import facts_for
from amity.design.studio.rules.starters import NAMES, starter
from amity.design.studio.tests import world
from amity.kernel.calendars.models import WorkingCalendar
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.jobs.models import Job
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.queries import document_of, validate
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.traits.models import Trait

pytestmark = pytest.mark.django_db


def ordered(customer: Customer, *days: int, channel: str = "Online") -> None:
    for day in days:
        at = world.AT - timedelta(days=day)
        Order.objects.create(
            source="t",
            number=f"{customer.pk}-{day}",
            customer=customer,
            ordered_on=at.date(),
            ordered_at=at,
            currency="USD",
            net_minor=2_000,
            channel=channel,
        )


def scored(customer: Customer, r: int, f: int, m: int) -> None:
    for name, score in (("rfm_r", r), ("rfm_f", f), ("rfm_m", m)):
        Trait.objects.create(
            customer=customer, name=name, number=score, as_of=world.AT, source="test"
        )


def measured_company() -> list[Customer]:
    people = world.customers(4)
    for customer, scores in zip(people, [(5, 5, 5), (5, 5, 3), (1, 5, 5), (5, 1, 1)], strict=True):
        scored(customer, *scores)
        ordered(customer, 1, 31)
    ordered(people[3], 3, channel="Market stall")
    world.interaction(people[0], RelationshipType.COMMUNITIES, 1)
    world.interaction(people[0], RelationshipType.COMMUNITIES, 60)
    return people


def test_facts_are_counted_in_the_first_segment_that_fits() -> None:
    measured_company()

    facts = facts_for(starter("data"), world.AT)

    sizes = {key: known.customers for key, known in facts.segments.items()}
    assert sizes == {
        "best": 1,
        "loyal": 1,
        "at-risk": 1,
        "promising": 1,
        "occasional": 0,
        "dormant": 0,
    }
    assert facts.segments["best"].value_minor == 10_000
    assert facts.segments["best"].contacts == {
        RelationshipType.COMMUNITIES: pytest.approx(2 / (59 / 365))
    }
    assert facts.missing == ()


def test_touchpoints_come_from_the_registry_the_orders_and_the_starter() -> None:
    measured_company()
    world.touchpoint("desk")

    found = {one.definition.key: one for one in facts_for(starter("shop"), world.AT).touchpoints}

    assert found["desk"].source == "registry"
    assert (found["online"].source, found["online"].orders) == ("orders", 8)
    assert found["online"].definition.stages == (Stage.TRANSACT,)
    assert found["market-stall"].reason == "1 orders, 11% of all."
    assert found["web-shop"].source == "starter"
    assert not found["web-shop"].is_observed


def test_without_a_measurement_it_says_so_and_offers_one(ada_client: Client) -> None:
    ordered(Customer.objects.create(name="A", created_at=world.AT, updated_at=world.AT), 1)

    page = ada_client.get("/canvas/wizard/").content.decode()
    ada_client.post("/canvas/wizard/measurement/")
    ada_client.post("/canvas/wizard/measurement/")

    assert "Nothing is measured yet" in page
    assert "Measure customers now" in page
    assert Job.objects.get().kind == "insight.measure"


def test_the_two_steps_draft_a_canvas_whose_every_guess_is_marked(ada_client: Client) -> None:
    people = measured_company()
    first = ada_client.get("/canvas/wizard/")
    keys = ["online", "help-pages", "service-desk", "website", "messages", "delivery"]
    query = "&".join(["starter=data", *(f"touchpoint={key}" for key in keys)])

    second = ada_client.get(f"/canvas/wizard/interactions/?{query}")
    done = ada_client.post(
        f"/canvas/wizard/interactions/?{query}",
        {"segment": ["best", "loyal", "dormant"], "hour_cost": "40", "name": "Ours"},
    )

    assert "Online" in first.content.decode()
    assert "Rule: rfm_m &gt;= 5" in second.content.decode()
    assert done.status_code == 302
    version = PolicyVersion.objects.get()
    document = document_of(version)
    assert (version.status, document.name) == ("draft", "Ours")
    assert [design.segment for design in document.segments] == ["best", "loyal", "dormant"]
    assert all(c.guess for d in document.segments for c in d.relationship_types.values())
    assert "online" in document.segments[0].touchpoints[Stage.TRANSACT]
    assert all(touchpoint.is_guess for touchpoint in Touchpoint.objects.all())
    assert set(Touchpoint.objects.values_list("key", flat=True)) == set(keys)
    best = Segment.objects.get(key="best")
    assert list(
        SegmentMembership.objects.filter(segment=best).values_list("customer", flat=True)
    ) == [people[0].pk]
    assert WorkingCalendar.objects.get().is_default
    assert not [f for f in validate(document, world.AT) if f.is_error]


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_of_every_starter_can_be_published_as_it_is(ada_client: Client, name: str) -> None:
    facts = facts_for(starter(name), world.AT)
    keys = "".join(f"&touchpoint={one.definition.key}" for one in facts.touchpoints)
    segments = [one.segment for one in starter(name).segments]

    ada_client.post(f"/canvas/wizard/interactions/?starter={name}{keys}", {"segment": segments})
    number = PolicyVersion.objects.get().number
    answer = ada_client.post(
        f"/canvas/versions/{number}/publication/", {"reason": "Begin", "lock_version": "1"}
    )

    assert answer.status_code == 302
    assert PolicyVersion.objects.get().status == "published"


def test_drafting_twice_keeps_the_rule_that_a_person_wrote(ada_client: Client) -> None:
    world.segment("vip", rule="country is DE")
    keys = "".join(f"&touchpoint={t.key}" for t in starter("shop").touchpoint_definitions)

    ada_client.post(f"/canvas/wizard/interactions/?starter=shop{keys}", {"segment": ["vip"]})

    vip = Segment.objects.get(key="vip")
    assert vip.name == "Vip"
    assert vip.version == 1


def test_no_segment_chosen_and_no_money_below_zero(ada_client: Client) -> None:
    answer = ada_client.post(
        "/canvas/wizard/interactions/?starter=shop", {"hour_cost": "-1", "budget": "x"}
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_hour_cost_error"' in page
    assert PolicyVersion.objects.count() == 0
    assert Segment.objects.count() == 0


def test_an_unknown_starter_is_a_404(ada_client: Client) -> None:
    assert ada_client.get("/canvas/wizard/?starter=casino").status_code == 404


def test_ben_and_cleo_have_no_wizard(ben_client: Client, cleo_client: Client) -> None:
    for client in (ben_client, cleo_client):
        assert client.get("/canvas/wizard/").status_code == 403
