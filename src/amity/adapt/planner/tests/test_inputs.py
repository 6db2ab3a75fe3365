"""Where figures come from, and that none is silent."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from amity.adapt.advisor.advise import advise
from amity.adapt.advisor.solver import Effort
from amity.adapt.planner import operations
from amity.adapt.planner.facts import gather_facts
from amity.adapt.planner.operations import InputError, Written
from amity.adapt.planner.queries import Inputs, current_inputs
from amity.adapt.planner.rules.building import (
    Asked,
    AskedWrongError,
    MissingInputsError,
    build_problem,
    checked,
    scaled,
    years,
)
from amity.adapt.planner.rules.inputs import Key, Known, aged, assemble, missing
from amity.adapt.planner.tests.conftest import AT
from amity.base.results import Estimate, Grade
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.queries import document_of
from amity.kernel.traits.models import Evidence, Trait

pytestmark = pytest.mark.django_db
PA, SS = RelationshipType.PERSONAL_ASSISTANCE, RelationshipType.SELF_SERVICE


def figure(inputs: Inputs, segment: str, kind: str, measure: str) -> Estimate:
    row = next(item for item in inputs.rows if item.key == Key(segment, kind, measure))
    assert row.estimate is not None
    return row.estimate


def test_each_customer_counts_for_the_first_segment_that_holds_them(canvas: PolicyVersion) -> None:
    inputs = current_inputs(AT)

    assert figure(inputs, "regulars", "", "customers").value == 5
    assert figure(inputs, "guests", "", "customers").value == 15


def test_value_is_the_measured_mean_with_its_interval(canvas: PolicyVersion) -> None:
    value = figure(current_inputs(AT), "guests", "", "value_year")

    assert (value.value, value.low, value.high, value.grade) == (40.0, 20.0, 60.0, Grade.B)


def test_contacts_their_cost_and_hours_come_from_the_log(canvas: PolicyVersion) -> None:
    inputs = current_inputs(AT)

    assert figure(inputs, "regulars", "", "contacts").value == pytest.approx(
        36 * 365 / 360, rel=0.01
    )
    assert figure(inputs, "regulars", "", "contacts").grade is Grade.B
    assert figure(inputs, "regulars", "", "contact_cost").value == pytest.approx(6.0)
    assert figure(inputs, "regulars", "", "contact_hours").value == pytest.approx(0.2)
    assert figure(inputs, "guests", "", "fit:phone").value == 1.0


def test_what_nobody_knows_is_an_assumption_that_says_so(canvas: PolicyVersion) -> None:
    rows = [row for row in current_inputs(AT).rows if row.is_assumption]

    assert rows
    assert all(row.source.startswith("Assumption: ") for row in rows)
    assert {row.key.measure for row in rows} >= {"uplift", "resolved", "retention"}


def test_evidence_comes_before_an_assumption_and_a_person_before_evidence(
    canvas: PolicyVersion,
) -> None:
    Evidence.objects.create(
        segment_key="guests",
        relationship_type=SS,
        measure="uplift",
        value=0.03,
        low=0.02,
        high=0.04,
        grade=Grade.A,
        as_of=AT,
        source="Hold-out of May",
    )
    proven = figure(current_inputs(AT), "guests", SS, "uplift")

    key = Key("guests", SS, "uplift")
    written = Written(key, 0.05, None, None, Grade.C, "Ada's guess")
    operations.write_input(written=written, actor=SYSTEM, at=AT)
    guessed = figure(current_inputs(AT), "guests", SS, "uplift")
    operations.clear_input(key=key, actor=SYSTEM, at=AT)

    assert (proven.value, proven.grade) == (0.03, Grade.A)
    assert (guessed.value, guessed.grade) == (0.05, Grade.C)
    assert figure(current_inputs(AT), "guests", SS, "uplift") == proven


def test_expired_evidence_counts_one_grade_lower() -> None:
    known = Known(
        Key("", "", "uplift"), Estimate(0.1, 0.0, 0.2, Grade.A), "", expires_on=date(2026, 1, 1)
    )

    assert aged(known, date(2025, 12, 31)).grade is Grade.A
    assert aged(known, date(2026, 1, 1)).grade is Grade.B


def test_a_figure_out_of_bounds_is_refused_and_nothing_changes(canvas: PolicyVersion) -> None:
    before = current_inputs(AT).rows
    wrong = Written(Key("guests", SS, "preference"), 5.0, None, None, Grade.D)

    with pytest.raises(InputError, match=re.escape("write 0.35 to 1.65")):
        operations.write_input(written=wrong, actor=SYSTEM, at=AT)
    with pytest.raises(InputError, match="low end lies above"):
        operations.write_input(written=replace(wrong, value=1.0, low=1.2), actor=SYSTEM, at=AT)

    assert current_inputs(AT).rows == before


def test_value_that_nothing_says_is_asked_for(canvas: PolicyVersion) -> None:
    Trait.objects.all().delete()
    inputs = current_inputs(AT)

    assert {row.key.segment for row in inputs.missing} == {"regulars", "guests"}
    with pytest.raises(MissingInputsError, match="Regulars: What is a customer worth a year"):
        build_problem(inputs.facts, inputs.rows, Asked())


def test_a_segment_whose_customers_all_belong_to_an_earlier_one_has_nobody(
    canvas: PolicyVersion,
) -> None:
    document = document_of(canvas)
    turned = document.model_copy(update={"segments": document.segments[::-1]})
    facts = gather_facts(turned, AT)
    rows = assemble(facts)

    solved = advise(build_problem(facts, rows, Asked()), Effort(seconds=10.0))

    assert facts.segment("regulars").customers == Estimate(0, 0, 0, Grade.B)
    assert not missing(rows)
    assert solved.plan.segment("regulars").net == pytest.approx(0.0, abs=2_000)


def test_facts_take_as_many_statements_for_many_customers(
    canvas: PolicyVersion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    document = document_of(canvas)

    with django_assert_max_num_queries(12):
        cold = gather_facts(document, AT)
    with django_assert_max_num_queries(8):
        warm = gather_facts(document, AT)

    assert cold == warm


def test_the_problem_holds_the_canvas_of_today(canvas: PolicyVersion) -> None:
    inputs = current_inputs(AT)
    problem = build_problem(inputs.facts, inputs.rows, Asked(hours={"account": 100.0}))
    regulars = problem.segment("regulars")

    assert regulars.today == {PA: 0.5}
    assert regulars.today_touchpoints == {"phone"}
    assert set(regulars.stages) == set(Stage)
    assert problem.budget == 20_000
    assert {skill.key: skill.hours for skill in problem.skills}["account"] == 100.0
    assert {skill.key: skill.hours for skill in problem.skills}["front_line"] == 500.0
    assert regulars.value.value == pytest.approx(500 * years(3, 0.10, 0.75))


def test_a_promise_on_the_canvas_is_owed(canvas: PolicyVersion) -> None:
    document = document_of(canvas)
    design = document.segments[0]
    promised = design.model_copy(update={"relationship_types": {PA: _helped()}})
    changed = document.model_copy(update={"segments": (promised, *document.segments[1:])})
    facts = gather_facts(changed, AT)

    problem = build_problem(facts, assemble(facts), Asked())

    assert problem.segment("regulars").offers[PA].owed
    assert problem.segment("regulars").unmet_limit == 0.0
    assert not problem.segment("guests").offers[SS].owed


def _helped() -> object:
    from amity.testing import canvases

    return canvases.helped(60)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(hours={"magic": 1.0}), "There is no skill magic"),
        (Asked(hours={"content": -1.0}), "zero or more"),
        (Asked(budget=-1.0), "The budget must be zero or more"),
        (Asked(seconds=0.0), "between 1 and"),
    ],
)
def test_a_request_that_cannot_be_is_refused(asked: Asked, said: str) -> None:
    with pytest.raises(AskedWrongError, match=said):
        checked(asked)


def test_scaling_keeps_the_interval_that_the_grade_implies() -> None:
    wide = scaled(Estimate(0.5, None, None, Grade.D), 4.0)

    assert (wide.value, wide.low, wide.high) == (2.0, 0.0, 4.0)


def test_without_a_measurement_a_years_sales_stand_in_and_who_buys_nothing_is_worth_nothing(
    canvas: PolicyVersion,
) -> None:
    Trait.objects.all().delete()
    buyer = Customer.objects.get(name="Customer 7")
    for number, days in enumerate((0, 399)):
        day = AT - timedelta(days=days)
        Order.objects.create(
            number=str(number),
            customer=buyer,
            ordered_on=day.date(),
            ordered_at=day,
            currency="USD",
            net_minor=12_000,
        )

    inputs = current_inputs(AT)

    assert figure(inputs, "guests", "", "value_year").value == pytest.approx(120.0)
    assert figure(inputs, "guests", "", "value_year").grade is Grade.D
    assert figure(inputs, "regulars", "", "value_year").value == 0.0
    assert not inputs.missing
