import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from amity.kernel.access.rules import Actor
from amity.kernel.interactions.models import Interaction
from amity.kernel.messaging.models import OutboxMessage
from amity.run.inbox.models import InboxSettings, Rating
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.operations.ratings import ask, link_of
from amity.run.inbox.queries.lists import live
from amity.run.inbox.queries.outcomes import first_contact, outcomes, with_repeat

from .conftest import AT, Write

HOUR = timedelta(hours=1)


@pytest.fixture
def closed(write: Write, ann: Actor) -> int:
    """A matter that was answered and closed."""
    pk = write().conversation.pk
    do.reply(conversation_id=pk, actor=ann, text="Here", at=AT, has_left=True, close=True)
    return pk


def test_the_question_stands_in_the_mail_with_a_link_for_each_score(closed: int) -> None:
    rating = ask(closed, at=AT + HOUR)

    assert rating is not None
    mail = OutboxMessage.objects.get(key=f"inbox.rating:{rating.pk}")
    links = re.findall(r"/inbox/rating/\S+\?score=(\d)", mail.text)
    assert links == ["5", "4", "3", "2", "1"]
    assert mail.html.count("?score=") == 5
    assert ask(closed, at=AT + 2 * HOUR) is None  # asked already


def test_closing_asks_for_it_only_where_the_company_wants_it(write: Write, ann: Actor) -> None:
    from amity.kernel.jobs.models import Job

    do.close(conversation_id=write().conversation.pk, actor=ann, at=AT)
    assert not Job.objects.filter(kind="inbox.ask_rating").exists()
    InboxSettings.objects.create(asks_rating=True)
    do.close(conversation_id=write().conversation.pk, actor=ann, at=AT, outcome="duplicate")
    assert not Job.objects.filter(kind="inbox.ask_rating").exists()

    do.close(conversation_id=write().conversation.pk, actor=ann, at=AT)

    assert Job.objects.get(kind="inbox.ask_rating").run_at == AT + HOUR


def test_who_was_not_helped_or_wrote_again_is_not_asked(
    write: Write, ann: Actor, closed: int
) -> None:
    unanswered = write(sender_address="leo@x.example").conversation.pk
    do.close(conversation_id=unanswered, actor=ann, at=AT)
    assert ask(unanswered, at=AT + HOUR) is None

    write("Wait", conversation_id=closed, at=AT + HOUR / 2)
    assert ask(closed, at=AT + HOUR) is None
    assert not Rating.objects.exists()


def test_looking_votes_for_nothing_and_a_post_counts(closed: int) -> None:
    rating = ask(closed, at=AT + HOUR)
    assert rating is not None
    path = link_of(rating).partition("/inbox")[2]
    client = Client()

    page = client.get(f"/inbox{path}?score=4")

    rating.refresh_from_db()
    assert rating.score is None
    assert re.search(r'value="4"[^>]* checked', page.content.decode())
    answer = client.post(f"/inbox{path}", {"score": "2", "comment": "Slow"})
    assert "Thank you" in answer.content.decode()
    stored = Rating.objects.get()
    assert (stored.score, stored.comment) == (2, "Slow")
    asked = Interaction.objects.get(kind="inbox.asked_to_rate")
    assert (asked.direction, asked.actor) == ("out", "automatic")
    fact = Interaction.objects.get(kind="inbox.rated")
    assert (fact.sentiment, fact.direction, fact.properties["score"]) == (-0.5, "in", 2)
    client.post(f"/inbox{path}", {"score": "2", "comment": "Slow"})
    assert Interaction.objects.filter(kind="inbox.rated").count() == 1


@pytest.mark.parametrize("score", ["", "0", "6", "x", "99999999999999999999"])
def test_what_is_no_score_is_refused(closed: int, score: str) -> None:
    rating = ask(closed, at=AT + HOUR)
    assert rating is not None
    path = link_of(rating).partition("/inbox")[2]

    assert Client().post(f"/inbox{path}", {"score": score}).status_code == 422

    rating.refresh_from_db()
    assert rating.score is None


def test_a_link_that_we_did_not_make_opens_nothing(closed: int) -> None:
    rating = ask(closed, at=AT + HOUR)
    assert rating is not None

    for token in (f"{rating.pk}", f"{rating.pk}.abc", "x", "a.b.c"):
        assert Client().get(f"/inbox/rating/{token}/").status_code == 404


def test_repeats_and_first_contacts_are_told_apart(write: Write, ann: Actor) -> None:
    def matter(name: str, *, at: datetime = AT, second: bool = False) -> int:
        pk = write("Hello", sender_address=f"{name}@x.example", at=at).conversation.pk
        do.reply(
            conversation_id=pk, actor=ann, text="Yes", at=at + HOUR, has_left=True, keep_open=True
        )
        if second:
            write("But", conversation_id=pk, sender_address=f"{name}@x.example", at=at + 2 * HOUR)
        do.close(conversation_id=pk, actor=ann, at=at + 3 * HOUR)
        return pk

    once, again, asked_twice = matter("a"), matter("b"), matter("c", second=True)
    matter("b", at=AT + timedelta(days=7))
    matter("a", at=AT + timedelta(days=8))
    rows = live().filter(pk__in=[once, again, asked_twice])

    repeated = with_repeat(rows, days=7).filter(is_repeated=True)
    first = first_contact(rows, days=7).filter(is_first_contact=True)

    assert [one.pk for one in repeated] == [again]
    assert [one.pk for one in first] == [once]
    at = AT + timedelta(days=30)
    found = outcomes(since=AT, until=AT + timedelta(days=1), at=at, days=7)
    assert (found.closed, found.judged, found.repeated, found.first_contact) == (3, 3, 1, 1)
    assert found.repeat_share == pytest.approx(1 / 3)
