"""Several mails in one transaction: what becomes of one changes nothing for the others."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from amity.kernel.access.models import Absence
from amity.kernel.interactions.models import Interaction
from amity.kernel.segments.models import Segment
from amity.run.inbox.models import (
    AgentProfile,
    Channel,
    Conversation,
    MailIntake,
    Message,
    Notice,
    PromiseClock,
    QuarantinedMail,
)
from amity.run.inbox.operations.mail import guards
from amity.run.inbox.operations.mail.intake import ingest_many
from amity.run.inbox.operations.receiving import take_in
from amity.run.inbox.tests import hostile_mail
from amity.run.inbox.tests.company import MONDAY, House, customer, house
from amity.run.inbox.tests.conftest import AT
from amity.run.inbox.tests.mails import mail

MANY = 10
SEED = 23
TAKES_IN = "amity.run.inbox.operations.mail.intake.take_in"


def mails(*names: str) -> list[bytes]:
    """A mail of each of these people."""
    return [
        mail(f"It is {name}", sender=f"{name}@customer.example", number=name, subject=name)
        for name in names
    ]


def statuses(raws: list[bytes], channel: Channel) -> list[str]:
    return [one.status for one in ingest_many(raws, at=AT, channel=channel)]


@pytest.fixture
def pumps(db: None) -> House:
    return house("Ola", "Dea")


@pytest.mark.parametrize(("known", "most"), [(True, 31), (False, 34)])
def test_mails_taken_together_cost_few_statements_each(
    pumps: House, known: bool, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    names = [f"p{number}" for number in range(MANY)]
    if known:
        small = Segment.objects.get(key="small")
        for name in names:
            customer(name, small)
    ingest_many(mails("first"), at=MONDAY, channel=pumps.channel)

    with django_assert_max_num_queries(most * MANY):
        taken = ingest_many(mails(*names), at=MONDAY, channel=pumps.channel)

    assert [one.status for one in taken] == ["stored"] * MANY
    assert PromiseClock.objects.count() == (MANY if known else 0)
    assert Interaction.objects.filter(kind="inbox.received").count() == MANY + 1
    shared = Conversation.objects.values_list("assignee__name", flat=True)
    assert sorted(shared) == ["Dea"] * 5 + ["Ola"] * 6  # nobody got more than their turn


def test_poisoned_mail_takes_no_other_with_it(
    mailbox: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:

    def fails(**given: Any) -> object:
        done = take_in(**given)
        if given["incoming"].subject == "bad":
            raise ValueError("A mail nobody thought of.")
        return done

    monkeypatch.setattr(TAKES_IN, fails)

    found = statuses([*mails("a", "bad"), b"\x00", *mails("b", "a")], mailbox)

    assert found == ["stored", "quarantined", "quarantined", "stored", "duplicate"]
    texts = Message.objects.order_by("pk").values_list("text", flat=True)
    assert list(texts) == ["It is a", "It is b"]
    assert Conversation.objects.count() == 2
    assert QuarantinedMail.objects.filter(subject="bad").get().reason.endswith("ValueError")
    assert MailIntake.objects.count() == 4


def test_where_the_database_gives_up_on_all_each_is_taken_alone(
    mailbox: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def gives_up(**given: Any) -> object:
        calls.append(given["incoming"].subject)
        if len(calls) == 2:
            raise OperationalError("canceling statement due to lock timeout")
        return take_in(**given)

    monkeypatch.setattr(TAKES_IN, gives_up)

    found = statuses(mails("a", "b", "c"), mailbox)

    assert found == ["stored"] * 3
    assert calls == ["a", "b", "a", "b", "c"]
    assert Message.objects.count() == 3


def test_hostile_mails_hold_up_no_good_one_among_them(mailbox: Channel) -> None:
    hostile = list(hostile_mail.fuzzed(45, seed=SEED))
    good = mails(*[f"good{number}" for number in range(5)])

    found = []
    for number in range(5):
        part = hostile[number * 9 : number * 9 + 9]
        at = AT + number * timedelta(minutes=15)
        taken = ingest_many([*part, good[number]], at=at, channel=mailbox)
        found.append(taken[-1].status)

    assert found == ["stored"] * 5, f"seed {SEED}"
    assert MailIntake.objects.count() == len(set(hostile)) + 5
    aside = MailIntake.objects.filter(outcome=MailIntake.Outcome.QUARANTINED)
    assert aside.count() == QuarantinedMail.objects.count()


def test_flood_of_one_sender_is_told_once_and_holds_up_nobody(
    pumps: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "GROUPED_FROM", 5)
    monkeypatch.setattr(guards, "FLOOD_FROM", 12)
    flood = [mail(f"m{n}", number=f"f{n}", subject=f"s{n}") for n in range(20)]

    first = statuses([*flood[:10], *mails("b")], pumps.channel)
    second = statuses([*flood[10:], *mails("c")], pumps.channel)

    assert first == ["stored"] * 11
    assert second == ["stored"] * 2 + ["quarantined"] * 8 + ["stored"]
    assert Conversation.objects.count() == 5 + 2
    assert Notice.objects.filter(kind="grouped").count() == 1


def test_what_changed_meanwhile_holds_for_the_next_mails(pumps: House) -> None:
    ingest_many(mails("a", "b"), at=MONDAY, channel=pumps.channel)
    ola = pumps.people["Ola"]
    Absence.objects.create(user=ola, starts_at=MONDAY, ends_at=MONDAY.replace(hour=23))

    ingest_many(mails("c", "d"), at=MONDAY, channel=pumps.channel)

    later = Conversation.objects.filter(subject__in=["c", "d"])
    assert set(later.values_list("assignee__name", flat=True)) == {"Dea"}


def test_nobody_gets_more_than_their_limit_from_mails_taken_together(db: None) -> None:
    made = house("Ola", limit=2)

    ingest_many(mails("a", "b", "c", "d"), at=MONDAY, channel=made.channel)

    assert Conversation.objects.filter(assignee=made.people["Ola"]).count() == 2
    assert Conversation.objects.filter(assignee=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_mails_give_way_to_somebody_who_waits_for_what_they_hold() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time, so none waits for another's row")
    made = house("Ola")
    ingest_many(mails("a"), at=MONDAY, channel=made.channel)
    conversation = Conversation.objects.get()
    holds, failed = threading.Event(), list[Exception]()

    def agent() -> None:
        try:
            with transaction.atomic():
                Conversation.objects.select_for_update().get(pk=conversation.pk)
                holds.set()
                list(AgentProfile.objects.select_for_update())
        except Exception as error:
            failed.append(error)
            raise
        finally:
            connection.close()

    thread = threading.Thread(target=agent)
    answer = mail("More", sender="a@customer.example", number="2", In_Reply_To="<a>")

    def begins(**given: Any) -> object:
        done = take_in(**given)
        if not thread.ident:  # the first mail holds the profiles when the agent comes
            thread.start()
            holds.wait(5)
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TAKES_IN, begins)
        taken = ingest_many([*mails("b"), answer], at=MONDAY, channel=made.channel)
    thread.join()

    assert failed == []
    assert [one.status for one in taken] == ["stored", "stored"]
    assert conversation.messages.count() == 2
