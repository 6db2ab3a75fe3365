"""A rule in SQL holds the customers that the rule in plain Python holds, on both databases."""

import importlib.util
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amity.base.text import fold
from amity.base.time import day_number
from amity.kernel.access.models import User
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.customers.models import (
    Customer,
    CustomFieldDefinition,
    Identity,
    Ownership,
    Tag,
)
from amity.kernel.interactions.models import Interaction
from amity.kernel.segments.language.printer import text_of
from amity.kernel.segments.language.tree import (
    And,
    DateTest,
    InSegment,
    KnownTest,
    MeasureTest,
    Narrowing,
    Not,
    NumberTest,
    Or,
    Rule,
    RuleError,
    TextTest,
    Window,
)
from amity.kernel.segments.models import Segment
from amity.kernel.segments.queries import customers_matching
from amity.kernel.segments.rules import parse_text, read_rule
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.traits.models import Trait

_spec = importlib.util.spec_from_file_location("reference", Path(__file__).parent / "reference.py")
assert _spec is not None
assert _spec.loader is not None
reference: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)
LOYAL = "orders >= 2 and country is DE"
NAMES = ("Ann Çelik", "Bob", "Cid", "Dee", "Eve", "Fay", "Gus")


class Shop:
    """A small world twice: in the database, and as the reference sees it."""

    def __init__(self) -> None:
        self.known: dict[int, Any] = {}
        self.products = {
            name: Product.objects.create(key=name, name=name, category=name)
            for name in ("Dairy", "Books")
        }
        self.web = Touchpoint.objects.create(key="web", name="Web", channel="web")
        CustomFieldDefinition.objects.create(key="size", label="Size", kind="number")
        CustomFieldDefinition.objects.create(key="a__b", label="Club", kind="yes_no")
        Segment.objects.create(key="loyal", name="L", rule=parse_text(LOYAL), created_at=AT)

    def customer(self, name: str, **texts: str) -> Customer:
        made = AT - timedelta(days=len(self.known) * 10)
        tag, email = texts.pop("tag", ""), texts.pop("email", "")
        row = Customer.objects.create(
            name=name, name_folded=fold(name), created_at=made, updated_at=made, **texts
        )
        if tag:
            row.tags.add(Tag.objects.get_or_create(name=tag)[0])
        if email:
            Identity.objects.create(
                customer=row, kind="email", value=email, shown=email, created_at=made
            )
        seen = {"name": [fold(name)], "kind": ["person"], "tag": [tag], "email": [email]}
        seen |= {key: [value] for key, value in texts.items()}
        self.known[row.pk] = reference.Known(texts=seen, created=made)
        return row

    def order(
        self, who: Customer, days_ago: int, net: int, *, kind: str = "sale", what: str = "Dairy"
    ) -> None:
        day = AT.date() - timedelta(days=days_ago)
        row = Order.objects.create(
            number=f"{Order.objects.count()}", kind=kind, customer=who, ordered_on=day,
            ordered_at=datetime(day.year, day.month, day.day, tzinfo=UTC), currency="USD",
            gross_minor=max(net, 0) + 100, net_minor=net, channel="web" if net % 2 else "shop",
        )  # fmt: skip
        lines = [(what, 2, net - 500), ("Books", 1, 500)]
        for place, (category, quantity, amount) in enumerate(lines):
            OrderLine.objects.create(
                order=row, position=place, product=self.products[category],
                quantity_milli=quantity * 1000, amount_minor=amount,
            )  # fmt: skip
        self.known[who.pk].bought.append(
            reference.Bought(kind, day, net, max(net, 0) + 100, row.channel, lines)
        )

    def touch(
        self, who: Customer, days_ago: float, kind: str, *, owner: Customer, **fields: Any
    ) -> None:
        at = AT - timedelta(days=days_ago)
        Interaction.objects.create(
            happened_at=at, recorded_at=at, customer=who, kind=kind, touchpoint=self.web,
            relationship_type="self_service", stage="support", currency="USD",
            staff_seconds=90, cost_minor=250, source="t",
            source_id=str(Interaction.objects.count()), **fields,
        )  # fmt: skip
        if not fields.get("is_void"):
            self.known[owner.pk].touched.append(reference.Touched(kind, at, "web", 90, 250))

    def trait(self, who: Customer, name: str, value: float | str) -> None:
        text = value if isinstance(value, str) else ""
        number = None if isinstance(value, str) else value
        Trait.objects.create(
            customer=who, name=name, number=number, text=text, as_of=AT, source="test"
        )
        self.known[who.pk].traits[name] = value

    def owner(self, who: Customer, name: str, *, until: datetime | None = None) -> None:
        user = User.objects.get_or_create(email=f"{name}@example.org", defaults={"name": name})[0]
        Ownership.objects.create(customer=who, owner=user, since=AT, until=until)
        if until is None:
            self.known[who.pk].texts["owner"] = [name]

    def custom(self, who: Customer, **values: Any) -> None:
        who.custom = values
        who.save()
        self.known[who.pk].custom = values


@pytest.fixture
def shop() -> Shop:
    """Seven customers with orders, traits and interactions, and one merged into the first."""
    shop = Shop()
    ann = shop.customer(NAMES[0], country="DE", city="Bonn", tag="VIP", email="ann@example.org")
    bob = shop.customer(NAMES[1], country="DE", city="Berlin")
    cid = shop.customer(NAMES[2], country="US", tag="press")
    dee, eve, fay, gus = (shop.customer(name, country="FR") for name in NAMES[3:])
    for days_ago, net in ((1, 1201), (40, 5000), (89, 2500), (90, 2500), (400, 900)):
        shop.order(ann, days_ago, net)
    shop.order(bob, 0, 700, what="Books")
    shop.order(bob, 0, 701)
    shop.order(bob, 10, -700, kind="return")
    shop.order(cid, 200, 99_999)
    shop.order(dee, 30, -400, kind="cancellation")
    for who, value in ((ann, 0.9), (bob, 0.5), (cid, 0.1)):
        shop.trait(who, "p_alive", value)
    shop.trait(ann, "rfm_group", "champions")
    shop.trait(eve, "rfm_group", "lost")
    shop.owner(bob, "Vera", until=AT)
    shop.owner(bob, "Bonnie")
    shop.owner(cid, "Vera")
    shop.custom(ann, size=10, a__b=True)
    shop.custom(bob, size=2.5, a__b=False)
    shop.custom(cid, size=None)
    old = Customer.objects.create(
        name="Ann again", merged_into=ann, created_at=AT, updated_at=AT, country="DE"
    )
    shop.touch(old, 3, "inbox.asked", owner=ann)
    shop.touch(ann, 30, "inbox.answered", owner=ann)
    shop.touch(fay, 5.5, "commerce.ordered", owner=fay)
    shop.touch(fay, 12, "inbox.asked", owner=fay)
    wrong = Interaction.objects.create(
        happened_at=AT, recorded_at=AT, customer=gus, kind="inbox.asked", currency="USD",
        relationship_type="self_service", stage="support", source="t", source_id="wrong",
    )  # fmt: skip
    shop.touch(gus, 0, "inbox.asked", owner=gus, corrects=wrong.pk, is_void=True)
    return shop


def held(shop: Shop, rule: Rule) -> tuple[set[str], set[str]]:
    """The names that the database finds, and those that the reference finds."""
    found = customers_matching(parse_text(text_of(rule)), AT).values_list("pk", flat=True)
    names = dict(Customer.objects.values_list("pk", "name"))
    world = reference.World(AT, {"loyal": read_rule(parse_text(LOYAL))})
    expected = {names[pk] for pk, known in shop.known.items() if world.holds(rule, known)}
    return {names[pk] for pk in found}, expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("everyone", "Ann Bob Cid Dee Eve Fay Gus"),
        ("country is de", "Ann Bob"),
        ("country not in (DE, FR)", "Cid"),
        ("city is unknown", "Cid Dee Eve Fay Gus"),
        ("name contains celik", "Ann"),
        ("name starts with ANN", "Ann"),
        ("tag is vip", "Ann"),
        ("tag is not vip and country is DE", "Bob"),
        ("email contains @example.org", "Ann"),
        ("has email", "Ann"),
        ("owner is vera", "Cid"),
        ("has owner", "Bob Cid"),
        ("kind is organization", ""),
        ("created in last 15 days", "Ann Bob"),
        ("created until 2026-02-10", "Fay Gus"),
        ("orders in last 90 days >= 3", "Ann"),
        ("orders in last 91 days >= 4", "Ann"),
        ("orders < 1", "Dee Eve Fay Gus"),
        ("no order in last 90 days", "Cid Dee Eve Fay Gus"),
        ("orders = 2", "Bob"),
        ("orders between 1 and 2", "Bob Cid"),
        ("orders <= 1", "Cid Dee Eve Fay Gus"),
        ("purchase days >= 1 and purchase days < 2", "Bob Cid"),
        ("returns", "Bob Dee"),
        ("net spend > 900", "Cid"),
        ("net spend in last 30 days between 0 and 10", "Bob Cid Dee Eve Fay Gus"),
        ("net spend < 0", "Dee"),
        ("net spend = 0 and not returns", "Eve Fay Gus"),
        ("average order value >= 50", "Cid"),
        ("average order value < 8", "Bob"),
        ("items of category Dairy >= 10", "Ann"),
        ("orders of category dairy via channel web", "Ann Bob Cid"),
        ("net spend of category Books >= 12", "Ann Bob"),
        ("days since last order >= 1", "Ann Cid"),
        ("days since last order < 1", "Bob"),
        ("days since first order = 400", "Ann"),
        ("interactions of kind inbox.* in last 30 days >= 1", "Ann Fay"),
        ("interactions >= 2", "Ann Fay"),
        ("interactions via touchpoint web of kind commerce.ordered", "Fay"),
        ("no interactions", "Bob Cid Dee Eve Gus"),
        ("staff minutes >= 3", "Ann Fay"),
        ("relationship cost in last 7 days = 2.5", "Ann Fay"),
        ("days since last interaction = 5", "Fay"),
        ("p_alive >= 50%", "Ann Bob"),
        ("p_alive between 0.1 and 0.5", "Bob Cid"),
        ("p_alive is unknown", "Dee Eve Fay Gus"),
        ("rfm_group in (Champions, lost)", "Ann Eve"),
        ("custom.size >= 2.5", "Ann Bob"),
        ("custom.size is known", "Ann Bob"),
        ("custom.a__b is yes", "Ann"),
        ("in segment loyal", "Ann Bob"),
        ("not in segment loyal and orders", "Cid"),
    ],
)
def test_a_rule_holds_whom_it_should(shop: Shop, text: str, names: str) -> None:
    found, expected = held(shop, read_rule(parse_text(text)))

    assert {name.split()[0] for name in found} == set(names.split())
    assert found == expected


_NUMBERS = st.sampled_from(["-1", "0", "0.5", "1", "2", "2.5", "7", "12.01", "100", "999.99"]).map(
    Decimal
)
_COMPARED: st.SearchStrategy[Any] = st.tuples(
    st.sampled_from(["=", "<", "<=", ">", ">="]), _NUMBERS, st.none()
) | st.tuples(_NUMBERS, _NUMBERS).map(lambda two: ("between", min(two), max(two)))
_WINDOWS = (
    st.just(Window())
    | st.builds(Window, last=st.sampled_from([1, 3, 30, 90, 400]))
    | st.builds(Window, start=st.sampled_from([date(2025, 12, 31), date(2026, 3, 30)]))
    | st.builds(Window, end=st.sampled_from([date(2025, 12, 31), date(2026, 3, 30)]))
)


def _measure_test(
    name: str, compared: Any, where: tuple[Narrowing, ...], window: Window
) -> MeasureTest:
    op, low, high = compared
    return MeasureTest(name, op, low, high, where, window)


_ORDERS = st.builds(
    _measure_test,
    st.sampled_from(
        [
            "orders", "purchase days", "items", "returns", "net spend", "gross spend",
            "average order value", "days since last order", "days since first order",
        ]
    ),
    _COMPARED,
    st.sampled_from(
        [
            (),
            (Narrowing("category", ("dairy",)),),
            (Narrowing("channel", ("web",)),),
            (Narrowing("category", ("dairy", "books")), Narrowing("channel", ("shop", "web"))),
        ]
    ),
    _WINDOWS,
)  # fmt: skip
_LOG = st.builds(
    _measure_test,
    st.sampled_from(["interactions", "staff minutes", "relationship cost"]),
    _COMPARED,
    st.sampled_from([(), (Narrowing("kind", ("inbox.*",)),), (Narrowing("touchpoint", ("web",)),)]),
    _WINDOWS,
)
_FIELDS = (
    st.builds(TextTest, st.sampled_from(["country", "city", "tag", "owner"]), st.just("is"),
              st.sampled_from([("de",), ("US", "Bonn"), ("vip", "vera")]))
    | st.builds(TextTest, st.sampled_from(["city", "email", "owner", "trait.rfm_group"]),
                st.sampled_from(["contains", "starts with"]), st.sampled_from([("b",), ("LO",)]))
    | st.builds(lambda field, compared: NumberTest(field, *compared),
                st.sampled_from(["trait.p_alive", "custom.size"]), _COMPARED)
    | st.builds(KnownTest, st.sampled_from(["city", "owner", "custom.size", "trait.p_alive"]))
    | st.builds(DateTest, st.just("created"), _WINDOWS.filter(lambda window: not window.is_ever))
    | st.just(InSegment("loyal"))
)  # fmt: skip
RULES: st.SearchStrategy[Rule] = st.recursive(
    _ORDERS | _LOG | _FIELDS,
    lambda parts: (
        st.builds(Not, parts) | st.tuples(parts, parts).map(And) | st.tuples(parts, parts).map(Or)
    ),
    max_leaves=4,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rule=RULES)
def test_any_rule_holds_the_same_in_sql_and_in_python(shop: Shop, rule: Rule) -> None:
    found, expected = held(shop, rule)

    assert found == expected, text_of(rule)


def test_a_date_that_was_measured_lies_in_a_window(shop: Shop) -> None:
    for name, days_ago in (("Bob", 0), ("Cid", 89), ("Dee", 90)):
        day = AT.date() - timedelta(days=days_ago)
        Trait.objects.create(
            customer=Customer.objects.get(name=name), name="last_order_on", as_of=AT,
            number=day_number(day), text=day.isoformat(), source="test",
        )  # fmt: skip

    recent = customers_matching(parse_text("last_order_on in last 90 days"), AT)
    early = customers_matching(parse_text("last_order_on until 2026-01-02"), AT)

    assert {customer.name for customer in recent} == {"Bob", "Cid"}
    assert {customer.name for customer in early} == {"Cid", "Dee"}


def test_a_hostile_value_is_only_a_value(shop: Shop) -> None:
    evil = "x'); DROP TABLE customers_customer; --%_"

    for field in ("name", "country", "tag", "email", "trait.rfm_group"):
        found, _ = held(shop, TextTest(field, "is", (evil,)))
        assert found == set()
    assert Customer.objects.count() == 8


def test_a_percent_sign_is_no_wildcard(shop: Shop) -> None:
    assert held(shop, TextTest("city", "contains", ("%",)))[0] == set()


def test_segments_in_a_circle_are_refused(shop: Shop) -> None:
    Segment.objects.filter(key="loyal").update(rule=parse_text("not in segment other"))
    Segment.objects.create(
        key="other", name="O", rule=parse_text("in segment loyal"), created_at=AT
    )

    with pytest.raises(RuleError, match="in a circle: loyal → other → loyal"):
        customers_matching(parse_text("in segment loyal"), AT)


def test_a_field_that_is_gone_is_named(shop: Shop) -> None:
    CustomFieldDefinition.objects.filter(key="size").delete()

    with pytest.raises(RuleError, match=r"no field custom\.size any more"):
        customers_matching(parse_text("custom.size > 1"), AT)


def test_huge_numbers_do_no_harm(shop: Shop) -> None:
    for measure in ("orders", "net spend", "days since last order", "interactions"):
        rule = parse_text(f"{measure} >= 99999999999999 or {measure} <= -99999999999999")

        assert set(customers_matching(rule, AT)) == set()
