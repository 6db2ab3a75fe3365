"""What conversations are about: said by people, guessed by a model, learned anew."""

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from django.test import Client
from typer.testing import CliRunner

from amity.kernel.access.models import AuditEntry, Team
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import request_cancel
from amity.kernel.jobs.worker import run_until_idle
from amity.run.inbox.commands import add
from amity.run.inbox.models import (
    Channel,
    Conversation,
    Rule,
    RuleFiring,
    Topic,
    TopicExample,
    TopicTraining,
)
from amity.run.inbox.operations.conversations import set_topic
from amity.run.inbox.operations.topics.examples import take_examples
from amity.run.inbox.operations.topics.guessing import find_topic
from amity.run.inbox.operations.topics.learning import train
from amity.run.inbox.operations.topics.naming import archive_topic, save_topic
from amity.run.inbox.operations.topics.training import ask_training, begin
from amity.run.inbox.queries.service import service_report
from amity.run.inbox.rules.topics.judging import Report
from amity.run.inbox.rules.topics.learning import learn
from amity.run.inbox.rules.topics.lessons import NotEnoughError
from amity.run.inbox.rules.topics.model import TopicModel, TopicModelError, to_bytes

from .conftest import AT, Write
from .topic_texts import lessons

pytestmark = pytest.mark.django_db
PARCEL = "Please help: my parcel has not arrived, where is the delivery?"
STRANGE = "Könnten Sie mir die Öffnungszeiten im Advent mitteilen?"


@pytest.fixture
def texts(db: None, tmp_path: Path) -> Path:
    """A file of 144 texts in four topics."""
    path = tmp_path / "texts.csv"
    rows = [f'"{one.text}",{one.topic}' for one in lessons()]
    path.write_text("\n".join(["text,topic", *rows]), encoding="utf-8")
    return path


@pytest.fixture
def trained(texts: Path) -> TopicTraining:
    """A model that is in use."""
    take_examples(texts, actor=SYSTEM, at=AT)
    training = begin(precision=0.9, actor=SYSTEM, at=AT)
    ids = {row.name: str(row.pk) for row in Topic.objects.all()}
    model, report = learned()
    lines = tuple(replace(line, topic=ids[line.topic]) for line in report.lines)
    training.model = to_bytes(replace(model, topics=tuple(ids[name] for name in model.topics)))
    training.digest = hashlib.sha256(training.model).hexdigest()
    training.report = replace(report, lines=lines).as_json()
    training.trained_at, training.is_in_use = AT, True
    training.save()
    return training


@cache
def learned() -> tuple[TopicModel, Report]:
    """Learned once for all tests; those of training learn for themselves."""
    return learn(lessons(), precision=0.9)


def _state(conversation: Conversation) -> tuple[str, str]:
    row = Conversation.objects.get(pk=conversation.pk)
    return row.topic, row.topic_origin


def test_a_new_matter_gets_its_topic_by_a_job(trained: TopicTraining, write: Write) -> None:
    new = write(PARCEL).conversation
    assert _state(new) == ("", "")

    run_until_idle()

    row = Conversation.objects.get(pk=new.pk)
    assert (row.topic, row.topic_origin, row.topic_model) == ("delivery", "model", trained)
    assert row.topic_confidence is not None
    assert row.topic_confidence > 0.5
    assert row.events.filter(kind="topic").get().sentence.startswith("It is about delivery")


def test_an_uncertain_one_is_not_sure_and_looked_at_again(
    trained: TopicTraining, write: Write
) -> None:
    new = write(STRANGE, subject="Advent").conversation
    run_until_idle()
    row = Conversation.objects.get(pk=new.pk)
    assert row.is_topic_unsure
    assert row.topic_confidence is not None

    write(PARCEL + PARCEL, conversation_id=new.pk)
    run_until_idle()

    assert _state(new) == ("delivery", "model")


def test_without_a_model_nothing_is_asked(write: Write) -> None:
    new = write(PARCEL).conversation

    assert _state(new) == ("", "")
    assert not Job.objects.filter(kind="inbox.find_topic").exists()


def test_a_persons_word_stands_above_the_model(
    trained: TopicTraining, write: Write, ann: Actor
) -> None:
    new = write(PARCEL).conversation
    run_until_idle()
    set_topic(conversation_id=new.pk, topic="Returns", actor=ann, at=AT)

    find_topic(new.pk, at=AT)

    row = Conversation.objects.get(pk=new.pk)
    assert (row.topic, row.topic_origin, row.topic_guess) == ("returns", "person", "delivery")


def test_a_damaged_model_fails_its_job_and_not_the_mail(
    trained: TopicTraining, write: Write
) -> None:
    TopicTraining.objects.update(is_in_use=False)
    trained.pk += 1000  # another one, so that no loaded model is at hand
    trained.model = b"something else"
    trained.save(force_insert=True)

    new = write(PARCEL).conversation

    assert Conversation.objects.filter(pk=new.pk).exists()
    with pytest.raises(TopicModelError, match="Train it again"):
        find_topic(new.pk, at=AT)
    assert _state(new) == ("", "")


def test_rules_hear_of_a_topic(trained: TopicTraining, write: Write) -> None:
    Rule.objects.create(
        name="Parcels",
        event="topic_set",
        conditions={"every": [{"field": "topic", "test": "is", "value": "delivery"}]},
        actions=[{"do": "tag", "name": "parcel"}],
        updated_at=AT,
    )
    new = write(PARCEL).conversation

    run_until_idle()

    assert list(new.tags.values_list("name", flat=True)) == ["parcel"]


def test_a_rule_routes_by_topic_and_by_the_models_doubt(
    trained: TopicTraining, write: Write, ann: Actor
) -> None:
    parcels, readers = (Team.objects.create(key=key, name=key) for key in ("parcels", "readers"))
    for value, team in (("Delivery", parcels), ("not sure", readers)):
        Rule.objects.create(
            name=value,
            event="topic_set",
            conditions={"every": [{"field": "topic", "test": "is", "value": value}]},
            actions=[{"do": "team", "team_id": team.pk}],
            updated_at=AT,
        )
    known, unsure = write(PARCEL).conversation, write(STRANGE, subject="Advent").conversation

    run_until_idle()
    rows = Conversation.objects.in_bulk([known.pk, unsure.pk])
    assert (rows[known.pk].team, rows[unsure.pk].team) == (parcels, readers)
    set_topic(conversation_id=unsure.pk, topic="delivery", actor=ann, at=AT)
    run_until_idle()

    unsure.refresh_from_db()
    assert unsure.team == parcels
    assert RuleFiring.objects.count() == 3


def test_the_models_answer_and_its_correction_are_in_the_api(
    trained: TopicTraining, write: Write, ada_api: Client, ben_api: Client
) -> None:
    root = "/api/v1/inbox/conversations"
    sure, unsure = write(PARCEL).conversation, write(STRANGE, subject="Advent").conversation
    run_until_idle()

    def change(client: Client, **given: object) -> tuple[int, dict[str, Any]]:
        tag = client.get(f"{root}/{sure.number}")["ETag"]
        answer = client.patch(
            f"{root}/{sure.number}",
            given,
            content_type="application/json",
            headers={"If-Match": tag},
        )
        return answer.status_code, answer.json()

    row = ada_api.get(f"{root}/{sure.number}").json()
    assert (row["topic"], row["topic_origin"], row["topic_guess"]) == (
        "delivery",
        "model",
        "delivery",
    )
    assert row["topic_confidence"] > 0.5
    assert ada_api.get(f"{root}/{unsure.number}").json()["is_topic_unsure"]
    listed = ada_api.get(root, {"topic": "?"}).json()["items"]
    assert [one["number"] for one in listed] == [unsure.number]
    assert change(ben_api, topic="returns")[0] == 403
    assert change(ada_api, topic="nothing")[0] == 404
    assert _state(sure) == ("delivery", "model")
    corrected = change(ada_api, topic="Returns")[1]
    assert (corrected["topic"], corrected["topic_origin"]) == ("returns", "person")
    assert corrected["topic_guess"] == "delivery"
    assert change(ada_api, topic="")[1]["topic"] == ""
    taken_back = change(ada_api, follow_topic_guess=True)[1]
    assert (taken_back["topic"], taken_back["topic_origin"]) == ("delivery", "model")


def test_learning_is_a_job_that_looks_at_open_matters(
    texts: Path, write: Write, ann: Actor
) -> None:
    take_examples(texts, actor=ann, at=AT)
    waiting = write(PARCEL).conversation
    said = write("I cannot sign in to my account").conversation
    set_topic(conversation_id=said.pk, topic="login", actor=ann, at=AT)

    ask_training(precision=0.9, actor=ann, at=AT)
    run_until_idle()

    assert _state(waiting) == ("delivery", "model")
    assert _state(said) == ("login", "person")
    training = TopicTraining.objects.get()
    assert training.is_in_use
    assert training.report is not None
    assert training.report["labeled"] == 145


def test_a_canceled_training_leaves_the_model_in_use(trained: TopicTraining, ann: Actor) -> None:
    asked = ask_training(precision=0.95, actor=ann, at=AT)
    request_cancel(asked.job_id or 0, actor=ann, at=AT)

    run_until_idle()

    assert TopicTraining.objects.get(is_in_use=True) == trained
    assert TopicTraining.objects.get(pk=asked.pk).trained_at is None


def test_too_little_is_refused_before_a_job_is_made(ann: Actor, write: Write) -> None:
    save_topic(name="returns", actor=ann, at=AT)
    for _each in range(12):
        new = write().conversation
        set_topic(conversation_id=new.pk, topic="returns", actor=ann, at=AT)

    with pytest.raises(NotEnoughError, match="needs 30 conversations in at least 2 topics"):
        ask_training(precision=0.9, actor=ann, at=AT)

    assert not TopicTraining.objects.exists()
    assert not Job.objects.filter(kind="inbox.learn_topics").exists()


def test_bad_rows_are_named_and_the_others_kept(tmp_path: Path, ann: Actor) -> None:
    path = tmp_path / "texts.csv"
    path.write_text(
        "Text;Topic\nwhere is it;Delivery\n;Delivery\nmy bill;\nmy bill;invoices\n"
        "my bill;DELIVERY\n",
        encoding="utf-8",
    )

    taken = take_examples(path, actor=ann, at=AT)

    assert [(one.row, one.field, one.remedy) for one in taken.rejects] == [
        (2, "text", "The text is empty. Write it, or take the row out."),
        (3, "topic", "Give the topic a name, as in returns."),
    ]
    kept = TopicExample.objects.order_by("pk").values_list("text", "topic__name")
    assert sorted(kept) == [("my bill", "Delivery"), ("where is it", "Delivery")]
    assert taken.topics_made == ("Delivery", "invoices")


def test_a_new_name_goes_with_its_conversations_and_the_model(
    trained: TopicTraining, write: Write, ann: Actor
) -> None:
    first = write(PARCEL).conversation
    run_until_idle()
    topic = Topic.objects.get(name="delivery")

    save_topic(name="Parcels", topic_id=topic.pk, actor=ann, at=AT)
    second = write(PARCEL).conversation
    run_until_idle()

    assert _state(first) == ("Parcels", "model")
    assert _state(second) == ("Parcels", "model")


def test_an_archived_topic_is_not_given(trained: TopicTraining, write: Write, ann: Actor) -> None:
    topic = Topic.objects.get(name="delivery")
    archive_topic(topic.pk, is_archived=True, actor=ann, at=AT)

    new = write(PARCEL).conversation
    run_until_idle()

    assert Conversation.objects.get(pk=new.pk).is_topic_unsure


def test_the_report_counts_by_topic(
    trained: TopicTraining, write: Write, ann: Actor, phone: Channel
) -> None:
    for text in (PARCEL, PARCEL, STRANGE):
        write(text, subject="Hello")
    run_until_idle()

    report = service_report(since=AT, until=AT.replace(day=3), at=AT, by="topic")

    assert {line.key: line.matters for line in report.lines} == {"delivery": 2, "?": 1}
    assert report.names["?"] == "Not sure"


def test_one_sets_it_in_the_conversation_and_takes_it_back(
    trained: TopicTraining, write: Write, ada_client: Client
) -> None:
    new = write(PARCEL).conversation
    run_until_idle()
    page = f"/inbox/{new.number}/"
    before = ada_client.get(page).content.decode()
    assert "likely" in before
    assert "That is right" in before

    changed = ada_client.post(f"{page}topic/", {"topic": "returns"}, follow=True)

    assert _state(new) == ("returns", "person")
    assert "the model said delivery" in changed.content.decode()
    change = AuditEntry.objects.filter(action="inbox.topic_set").count()
    assert change == 1
    undo = changed.content.decode().partition('action="/inbox/bulk/')[2].partition("/")[0]
    ada_client.post(f"/inbox/bulk/{undo}/undoing/")
    assert _state(new) == ("delivery", "model")


def test_a_topic_that_is_not_there_is_refused(write: Write, ada_client: Client) -> None:
    new = write(PARCEL).conversation

    said = ada_client.post(f"/inbox/{new.number}/topic/", {"topic": "nothing"}, follow=True)

    assert "There is no topic nothing" in said.content.decode()
    assert _state(new) == ("", "")


def test_many_are_set_and_listed(trained: TopicTraining, write: Write, ada_client: Client) -> None:
    ids = [write(PARCEL, subject=f"Matter {n}").conversation.pk for n in range(3)]
    write(STRANGE, subject="Advent")
    run_until_idle()

    ada_client.post("/inbox/bulk/", {"ids": ids[:2], "act": "topic", "topic": "login", "list": ""})

    listed = ada_client.get("/inbox/?topic=login").content.decode()
    assert ("Matter 0" in listed, "Matter 2" in listed) == (True, False)
    unsure = ada_client.get("/inbox/?topic=%3F").content.decode()
    assert ("Advent" in unsure, "Matter 2" in unsure) == (True, False)
    assert "about what the model was not sure of" in unsure


def test_the_page_of_topics(
    trained: TopicTraining, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    shown = ada_client.get("/inbox/setup/topics/").content.decode()

    for words in ("Right when sure", "Sure of", "of 36", "Topic by topic", "Learn anew"):
        assert words in shown
    looked = ben_client.get("/inbox/setup/topics/").content.decode()
    assert "Right when sure" in looked
    assert "Learn anew" not in looked
    assert cleo_client.get("/inbox/setup/topics/").status_code == 403


CHANGES = ("new/", "training/", "training/stop/", "model/removal/", "texts/", "texts/removal/")


@pytest.mark.parametrize("path", CHANGES)
def test_who_may_change_topics(
    path: str, trained: TopicTraining, ben_client: Client, cleo_client: Client
) -> None:
    before = AuditEntry.objects.count()

    for client in (ben_client, cleo_client):
        assert client.post(f"/inbox/setup/topics/{path}", {"name": "x"}).status_code == 403

    assert AuditEntry.objects.count() == before
    assert Topic.objects.count() == 4


def test_a_topic_is_made_named_anew_and_put_away(ada_client: Client) -> None:
    ada_client.post("/inbox/setup/topics/new/", {"name": " late  refunds "})
    topic = Topic.objects.get()
    assert topic.name == "late refunds"

    again = ada_client.post("/inbox/setup/topics/new/", {"name": "LATE refunds"}, follow=True)
    assert "There is a topic LATE refunds already" in again.content.decode()
    ada_client.post(f"/inbox/setup/topics/{topic.pk}/archive/")
    ada_client.post(f"/inbox/setup/topics/{topic.pk}/", {"name": "refunds"})

    topic.refresh_from_db()
    assert (topic.name, topic.archived_at is None) == ("refunds", False)


def test_a_file_is_brought_in_and_learned_from(texts: Path, ada_client: Client) -> None:
    with texts.open("rb") as file:
        ada_client.post("/inbox/setup/topics/texts/", {"file": file})
    assert TopicExample.objects.count() == 144
    assert 'value="0.95"' in ada_client.get("/inbox/setup/topics/").content.decode()

    ada_client.post("/inbox/setup/topics/training/", {"precision": "0.95"})
    waiting = ada_client.get("/inbox/setup/topics/").content.decode()
    assert "Learning topics" in waiting
    polled = ada_client.get("/inbox/setup/topics/training/progress/")
    assert "Several models are learned" in polled.content.decode()
    run_until_idle()

    done = ada_client.get("/inbox/setup/topics/training/progress/")
    assert done["HX-Refresh"] == "true"
    assert "Right when sure" in ada_client.get("/inbox/setup/topics/").content.decode()
    ada_client.post("/inbox/setup/topics/model/removal/")
    assert not TopicTraining.objects.filter(is_in_use=True).exists()
    ada_client.post("/inbox/setup/topics/texts/removal/")
    assert not TopicExample.objects.exists()


def test_a_file_with_bad_rows_shows_them(ada_client: Client, tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("text,topic\nhello,greetings\n,greetings\n", encoding="utf-8")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("words,label\nhello,greetings\n", encoding="utf-8")

    with path.open("rb") as file:
        shown = ada_client.post("/inbox/setup/topics/texts/", {"file": file}).content.decode()
    with wrong.open("rb") as file:
        refused = ada_client.post("/inbox/setup/topics/texts/", {"file": file}, follow=True)

    assert "1 row was left out" in shown
    assert "The text is empty" in shown
    assert "no column text and no column topic" in refused.content.decode()


def test_a_worker_that_is_killed_learns_anew(texts: Path, ann: Actor) -> None:
    take_examples(texts, actor=ann, at=AT)
    training = ask_training(precision=0.9, actor=ann, at=AT)
    train(training.pk, at=AT)  # it was done, but the worker died before it said so

    run_until_idle()

    assert TopicTraining.objects.get().is_in_use
    assert Job.objects.get(kind="inbox.learn_topics").status == "done"


def test_the_command_learns_from_a_file(texts: Path) -> None:
    texts.write_text(texts.read_text(encoding="utf-8") + "\n,returns\n", encoding="utf-8")
    app = typer.Typer()
    add(app)

    said = CliRunner().invoke(app, ["topics", "train", str(texts)])

    assert said.exit_code == 0, said.output
    assert "Row 145, text: The text is empty" in said.output
    assert "144 texts kept, 1 rows left out." in said.output
    assert "Sure of" in said.output
    assert TopicTraining.objects.get().is_in_use
