from datetime import date, datetime, timedelta

import pytest
from django.core import mail
from pytest_django import DjangoAssertNumQueries

from amity.base.results import ConflictError, NotFoundError
from amity.kernel.access.models import User
from amity.kernel.access.operations import set_absence, set_rate
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import (
    create_customer,
    end_ownership,
    merge_customers,
    set_membership,
)
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import timeline
from amity.kernel.jobs.operations import enqueue
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.segments.models import Segment
from amity.kernel.traits.models import Trait
from amity.run.accounts.models import Task
from amity.run.accounts.operations.cadence import watch_cadence
from amity.run.accounts.operations.hours import BookingError, book_minutes, take_back_minutes
from amity.run.accounts.operations.measuring import measure_accounts
from amity.run.accounts.operations.reminders import send_reminders
from amity.run.accounts.operations.tasks import (
    NewTask,
    TaskError,
    add_task,
    change_task,
    complete_task,
    reopen_task,
)
from amity.run.accounts.operations.terms import TermsError, set_capacity, set_terms
from amity.run.accounts.queries.books import book_of, books
from amity.run.accounts.queries.health import condition_of, conditions_of
from amity.run.accounts.tests.conftest import Make
from amity.testing import canvases

pytestmark = pytest.mark.django_db


def watch(at: datetime) -> dict[str, int]:
    return watch_cadence(actor=SYSTEM, at=at)


def cadence(customer: Customer, days: int, at: datetime) -> None:
    set_terms(customer.pk, cadence_days=days, hours_a_year=None, actor=SYSTEM, at=at)


def test_46_days_of_silence_at_cadence_30_raise_one_task(
    account: Make, spoke: Make, ada: User, at: datetime
) -> None:
    pumps = account()
    spoke(pumps, 46)
    cadence(pumps, 30, at)

    first, again = watch(at), watch(at + timedelta(days=1))

    task = Task.objects.get()
    assert (first["raised"], again["raised"]) == (1, 0)
    assert (task.customer_id, task.assignee_id, task.kind) == (pumps.pk, ada.pk, "cadence")
    assert "46 days of silence" in task.note
    assert "30 are agreed" in task.note


def test_the_cadence_of_the_policy_holds_where_none_is_agreed(
    account: Make, spoke: Make, key_segment: Segment, at: datetime
) -> None:
    pumps, valves = account(), account("Valves Ltd")
    canvases.put_into(key_segment, [pumps, valves])
    spoke(pumps, 31)
    spoke(valves, 30)

    watch(at)

    assert [task.customer_id for task in Task.objects.all()] == [pumps.pk]
    assert condition_of(pumps.pk, at).standing.hours == 120.0


def test_only_people_who_speak_break_the_silence(account: Make, spoke: Make, at: datetime) -> None:
    pumps = account()
    spoke(pumps, 46)
    spoke(pumps, 3, relationship_type="automated_services", kind="journeys.mailed")
    spoke(pumps, 2, direction="none", kind="accounts.hours_booked")

    assert condition_of(pumps.pk, at).silence.days == 46


def test_a_word_with_a_member_is_a_word_with_the_organization(
    account: Make, spoke: Make, at: datetime
) -> None:
    pumps, eve = account(), create_customer(name="Eve", actor=SYSTEM, at=at)
    set_membership(organization_id=pumps.pk, person_id=eve.pk, role="buyer", actor=SYSTEM, at=at)
    twin = create_customer(name="Eve again", actor=SYSTEM, at=at)
    spoke(twin, 5)
    merge_customers(survivor_id=eve.pk, absorbed_id=twin.pk, reason="one", actor=SYSTEM, at=at)

    condition = condition_of(pumps.pk, at)

    assert condition.silence.days == 5
    assert (condition.facts.people, condition.facts.roles) == (1, ("buyer",))


def test_the_task_goes_to_who_stands_in_while_the_owner_is_away(
    account: Make, ada: User, ben: User, at: datetime
) -> None:
    pumps = account(owner=ada, deputy=ben)
    cadence(pumps, 30, at)
    set_absence(user_id=ada.pk, starts_at=at, ends_at=at + timedelta(days=9), actor=SYSTEM, at=at)

    watch(at)

    assert Task.objects.get().assignee_id == ben.pk


def test_a_task_settles_itself_once_they_spoke(account: Make, spoke: Make, at: datetime) -> None:
    pumps = account()
    spoke(pumps, 46)
    cadence(pumps, 30, at)
    watch(at)
    spoke(pumps, 0)

    counts = watch(at + timedelta(days=1))

    assert counts["settled"] == 1
    assert Task.objects.get().done_at is not None
    later = watch(at + timedelta(days=40))
    assert later["raised"] == 1  # the next silence raises its own


def test_a_done_repeating_task_brings_the_next_and_opening_takes_it_back(
    account: Make, ada: User, at: datetime
) -> None:
    pumps = account()
    task, _new = add_task(
        NewTask("Call", date(2026, 10, 26), pumps.pk, ada, rule="FREQ=WEEKLY"), actor=SYSTEM, at=at
    )
    complete_task(task.pk, actor=SYSTEM, at=at)
    complete_task(task.pk, actor=SYSTEM, at=at)

    following = Task.objects.get(done_at=None)
    assert following.due_on == date(2026, 11, 9)  # not the one that is over already
    assert [row.kind for row in timeline(pumps.pk)] == ["accounts.task_done"]
    reopen_task(task.pk, actor=SYSTEM, at=at)
    assert [row.pk for row in Task.objects.filter(done_at=None)] == [task.pk]
    assert timeline(pumps.pk) == []


def test_a_task_is_changed_while_it_is_open(ada: User, at: datetime) -> None:
    task, _new = add_task(NewTask("Call", date(2026, 11, 3)), actor=SYSTEM, at=at)
    change_task(task.pk, changes={"title": "Write", "assignee": ada}, actor=SYSTEM, at=at)
    with pytest.raises(TaskError):
        change_task(task.pk, changes={"title": " "}, actor=SYSTEM, at=at)
    complete_task(task.pk, actor=SYSTEM, at=at)

    with pytest.raises(ConflictError):
        change_task(task.pk, changes={"title": "x"}, actor=SYSTEM, at=at)
    task.refresh_from_db()
    assert (task.title, task.assignee_id) == ("Write", ada.pk)


def test_a_reminder_is_mailed_once(ada: User, at: datetime) -> None:
    add_task(NewTask("Call Eve", date(2026, 11, 3), None, ada, remind_at=at), actor=SYSTEM, at=at)

    assert (send_reminders(at=at), send_reminders(at=at)) == (1, 0)
    run_until_idle()

    assert [(one.to, one.subject) for one in mail.outbox] == [
        (["ada@example.org"], "To do: Call Eve")
    ]


def test_25_minutes_at_55_fall_on_the_customers_cost(
    account: Make, ada: User, at: datetime
) -> None:
    pumps = account()
    set_rate(hour_minor=4_000, actor=SYSTEM, at=at)
    set_rate(hour_minor=5_500, role="owner", actor=SYSTEM, at=at)

    booked = book_minutes(
        customer_id=pumps.pk, minutes=25, what="Reply", user=ada, actor=SYSTEM, at=at
    )

    row = Interaction.objects.get()
    assert (booked.cost_minor, row.cost_minor, row.staff_seconds) == (2_292, 2_292, 1_500)
    assert condition_of(pumps.pk, at).facts.cost_minor == 2_292
    take_back_minutes(pumps.pk, row.pk, actor=SYSTEM, at=at)
    assert condition_of(pumps.pk, at).facts.cost_minor == 0
    with pytest.raises(NotFoundError):
        take_back_minutes(pumps.pk, row.pk, actor=SYSTEM, at=at)


def test_without_a_rate_the_minutes_count_and_the_cost_is_not_known(
    account: Make, ada: User, at: datetime
) -> None:
    pumps = account()

    booked = book_minutes(
        customer_id=pumps.pk, minutes=25, what="Reply", user=ada, actor=SYSTEM, at=at
    )

    assert booked.cost_minor is None
    assert condition_of(pumps.pk, at).facts.staff_seconds == 1_500


@pytest.mark.parametrize(("minutes", "what"), [(0, "x"), (1441, "x"), (5, " ")])
def test_minutes_that_cannot_be_are_refused(
    minutes: int, what: str, account: Make, ada: User, at: datetime
) -> None:
    pumps = account()
    with pytest.raises(BookingError):
        book_minutes(
            customer_id=pumps.pk, minutes=minutes, what=what, user=ada, actor=SYSTEM, at=at
        )

    assert not Interaction.objects.exists()


def test_terms_that_cannot_be_are_refused(account: Make, ada: User, at: datetime) -> None:
    pumps = account()
    with pytest.raises(TermsError):
        set_terms(pumps.pk, cadence_days=0, hours_a_year=None, actor=SYSTEM, at=at)
    with pytest.raises(TermsError):
        set_capacity(ada, hours_a_year=-1, actor=SYSTEM, at=at)


def test_what_is_open_and_how_they_feel_comes_from_the_log(
    account: Make, spoke: Make, at: datetime
) -> None:
    pumps = account()
    for number, kind in enumerate(("inbox.received", "inbox.closed", "inbox.received")):
        spoke(
            pumps, 9 - number, kind=kind, direction="in", sentiment=0.5,
            properties={"conversation": number // 2},
        )  # fmt: skip

    facts = condition_of(pumps.pk, at).facts

    assert (facts.open_matters, facts.mood) == (1, 0.5)


def test_measuring_publishes_traits_and_drops_those_of_former_accounts(
    account: Make, spoke: Make, at: datetime
) -> None:
    pumps = account()
    spoke(pumps, 9)
    measure_accounts(at=at)

    found = {trait.name: trait for trait in Trait.objects.filter(customer=pumps)}
    assert found["account.days_since_contact"].number == 9
    assert found["account.reach"].number == 0
    health = found["account.health"]
    assert health.grade == "D"
    assert health.low is not None
    assert health.number is not None
    assert health.low <= health.number
    end_ownership(pumps.pk, actor=SYSTEM, at=at)
    measure_accounts(at=at + timedelta(days=1))
    assert not Trait.objects.exists()


def test_the_daily_job_watches_and_measures(account: Make) -> None:
    account()
    from amity.base.time import now

    enqueue("accounts.daily", {}, at=now())
    run_until_idle()

    assert Trait.objects.filter(name="account.health").count() == 1


def test_a_book_says_what_room_there_is(
    account: Make, spoke: Make, key_segment: Segment, ada: User, at: datetime
) -> None:
    pumps, valves = account(), account("Valves Ltd")
    canvases.put_into(key_segment, [pumps, valves])
    spoke(pumps, 40, staff_seconds=7_200)
    spoke(valves, 1)
    set_capacity(ada, hours_a_year=1_400, actor=SYSTEM, at=at)

    book = book_of(ada, at)

    assert [row.customer.name for row in book.rows] == ["Pumps Ltd", "Valves Ltd"]
    assert (book.coverage.limit, book.coverage.planned, book.coverage.used) == (11, 240, 2.0)
    assert book.missed == 1
    assert [one.coverage for one in books(at)] == [book.coverage]


@pytest.mark.parametrize("count", [1, 3])
def test_conditions_cost_the_same_for_one_and_three(
    count: int, account: Make, spoke: Make, at: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    accounts = [account(f"Firm {number}") for number in range(count)]
    for one in accounts:
        spoke(one, 3)

    with django_assert_num_queries(10):
        conditions_of([one.pk for one in accounts], at)
