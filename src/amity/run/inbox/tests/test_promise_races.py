"""Two of everything in the same moment; real only on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from amity.base.results import AmityError
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import Conversation, InboxSettings, Notice
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.operations.first_help import offer
from amity.run.inbox.operations.routing import reassign_late
from amity.run.inbox.operations.settling import settle
from amity.run.inbox.operations.watching import watch

from .company import MONDAY, House, house

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]
HOUR = timedelta(hours=1)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call gave or raised, all begun in the same moment."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=10)
            return call()
        except AmityError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def loads(pumps: House) -> dict[str, int]:
    return {
        name: Conversation.objects.filter(assignee=user).count()
        for name, user in pumps.people.items()
    }


def test_conversations_that_come_at_once_never_exceed_a_limit() -> None:
    pumps = house("Ida", "Jan", limit=2)

    at_once(*[lambda n=n: pumps.mail(f"new{n}") for n in range(8)])

    assert loads(pumps) == {"Ida": 2, "Jan": 2}
    assert Conversation.objects.filter(assignee=None, team=pumps.team).count() == 4


def test_turns_are_taken_even_where_all_come_at_once() -> None:
    pumps = house("Ida", "Jan", "Uma")

    at_once(*[lambda n=n: pumps.mail(f"new{n}") for n in range(9)])

    assert loads(pumps) == {"Ida": 3, "Jan": 3, "Uma": 3}


def test_two_answers_at_once_stop_a_clock_once() -> None:
    pumps = house("Ida", "Jan")
    conversation = pumps.mail("kim")

    at_once(
        *[
            lambda who=who, later=later: do.reply(
                conversation_id=conversation.pk,
                actor=pumps.actor(who),
                text="Here",
                at=MONDAY + later,
            )
            for who, later in (("Ida", HOUR), ("Jan", 1.5 * HOUR))
        ]
    )

    first = conversation.clocks.get(target="first_response")
    assert first.state == "kept"
    assert first.used_seconds in {3600, 5400}
    assert sum(at_once(*[lambda: settle(at=MONDAY + 2 * HOUR)] * 3)) == 1  # type: ignore[arg-type]  # numbers
    assert Interaction.objects.filter(kind="inbox.promise_kept").count() == 1


def test_three_watchers_tell_of_a_breach_once() -> None:
    pumps = house("Ida")
    pumps.mail("kim")

    at_once(*[lambda: watch(at=MONDAY + 2.5 * HOUR)] * 3)

    assert Notice.objects.filter(kind="promise_broken").count() == 1
    assert Interaction.objects.filter(kind="inbox.promise_broken").count() == 1


def test_what_is_left_is_given_on_once() -> None:
    pumps = house("Ida", "Jan", "Uma")
    InboxSettings.objects.update(reassign_minutes=60)
    conversation = pumps.mail("sam")
    later = MONDAY + 1.5 * HOUR

    at_once(*[lambda: reassign_late(conversation.pk, at=later)] * 3)

    assert conversation.events.filter(kind="routed").count() == 2


def test_self_service_is_offered_once() -> None:
    pumps = house("Ida")
    InboxSettings.objects.update(self_service_text="Read this first.")
    conversation = pumps.mail("sol")

    offered = at_once(*[lambda: offer(conversation.pk, at=MONDAY)] * 3)

    assert sorted(map(str, offered)) == ["False", "False", "True"]
    assert conversation.messages.filter(kind="reply").count() == 1
