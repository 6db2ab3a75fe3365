"""Topics as numbers: learned, sure or not, stored without a word of a customer."""

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from amity.run.inbox.rules.topics.grams import counted
from amity.run.inbox.rules.topics.judging import Report
from amity.run.inbox.rules.topics.learning import learn
from amity.run.inbox.rules.topics.lessons import Lesson, NotEnoughError, check_enough, usable
from amity.run.inbox.rules.topics.model import NEVER, TopicModelError, from_bytes, to_bytes
from amity.run.inbox.rules.topics.sureness import temperature_for, threshold_for

from .topic_texts import lessons

SHARED = Path(__file__).parents[6] / "shared" / "data"


def test_a_model_says_what_it_has_learned_and_is_unsure_of_the_rest() -> None:
    model, report = learn(lessons(), precision=0.9)

    said = model.guess("my parcel has not arrived, where is the delivery")
    strange = model.guess("Könnten Sie mir bitte die Öffnungszeiten im Advent mitteilen?")

    assert (said.topic, said.is_sure) == ("delivery", True)
    assert not strange.is_sure
    assert report.judged == 36
    assert report.sure.value is not None
    assert report.sure.value >= 0.9


def test_the_same_lessons_give_the_same_model() -> None:
    first, _report = learn(lessons(), precision=0.9)
    second, _again = learn(lessons(), precision=0.9)

    assert to_bytes(first) == to_bytes(second)


def test_a_stored_model_says_the_same_and_holds_no_word() -> None:
    model, _report = learn(lessons(), precision=0.9)
    stored = to_bytes(model)
    texts = [one.text for one in lessons()]

    again = from_bytes(stored)

    assert [again.guess(one).topic for one in texts] == [model.guess(one).topic for one in texts]
    assert again.guess(texts[0]).confidence == pytest.approx(
        model.guess(texts[0]).confidence, abs=0.01
    )
    with zipfile.ZipFile(BytesIO(stored)) as parts:
        inside = b"".join(parts.read(name) for name in parts.namelist())
    for word in ("parcel", "shoes", "refund"):
        assert word.encode() not in inside
        assert word.encode("utf-32-le") not in inside


@pytest.mark.parametrize("damage", ["empty", "cut", "pickled", "shape", "bucket"])
def test_a_damaged_model_is_refused(damage: str) -> None:
    model, _report = learn(lessons(), precision=0.9)
    stored = to_bytes(model)
    with np.load(BytesIO(stored)) as loaded:
        parts = dict(loaded)
    if damage == "pickled":
        parts["topics"] = np.array([{"a": 1}, {"b": 2}], dtype=object)
    if damage == "shape":
        parts["bias"] = parts["bias"][:-1]
    if damage == "bucket":
        parts["buckets"][-1] = 1 << 20
    written = BytesIO()
    np.savez(written, **parts)
    broken = {"empty": b"", "cut": stored[: len(stored) // 2]}.get(damage, written.getvalue())

    with pytest.raises(TopicModelError, match="Train it again"):
        from_bytes(broken)


def test_too_little_is_refused_in_words() -> None:
    few = [Lesson(f"a text {n}", "returns" if n % 2 else "invoices") for n in range(12)]

    with pytest.raises(NotEnoughError, match=r"needs 30 conversations in at least 2 .*, has 12 in"):
        learn(few, precision=0.9)


def test_a_topic_with_few_texts_is_left_out_and_named() -> None:
    more = [*lessons(), Lesson("open on Sunday?", "hours"), Lesson("when do you open", "hours")]

    _model, report = learn(more, precision=0.9)

    assert report.left_out == (("hours", 2),)
    assert "hours" not in {line.topic for line in report.lines}


def test_one_topic_alone_is_not_enough() -> None:
    with pytest.raises(NotEnoughError, match="has 50 in 1"):
        check_enough({"returns": 50, "invoices": 4})


def test_of_equal_texts_the_newest_word_counts() -> None:
    twice = [Lesson("where is my parcel", "delivery"), *lessons()]
    twice.append(Lesson("where is my parcel", "returns"))

    kept, _left_out = usable(twice)

    assert [one.topic for one in kept if one.text == "where is my parcel"] == ["delivery"]


def test_words_and_their_parts_are_counted_without_case() -> None:
    same = counted(["Where is it?", "WHERE is it?", "\uff37HERE is it?"]).toarray()
    assert (same == same[0]).all()
    assert same[0].sum() == 5 + 17  # words and pairs; parts
    assert counted([""]).nnz == 0
    assert counted(["the the the"]).max() == 3


def test_two_topics_are_told_apart() -> None:
    two = [one for one in lessons() if one.topic in {"delivery", "login"}]

    model, report = learn(two, precision=0.8)

    assert model.guess("where is my parcel").topic == "delivery"
    assert model.guess("I forgot my password").topic == "login"
    assert report.all.value == 1


def test_pages_do_not_wait_for_the_library() -> None:
    code = (
        "import sys, django; django.setup();"
        "import amity.run.inbox.views.topics;"
        "print([name for name in ('sklearn', 'scipy.stats') if name in sys.modules])"
    )

    said = subprocess.run(  # noqa: S603 - our own lines, by the interpreter that runs this
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "[]"


def test_the_threshold_leaves_out_what_is_too_often_wrong() -> None:
    confidences = np.concatenate([np.full(100, 0.9), np.full(100, 0.6)])
    is_right = np.concatenate([np.ones(100), np.arange(100) % 2]).astype(bool)

    assert threshold_for(confidences, is_right, 0.9) == pytest.approx(0.9)
    assert threshold_for(confidences, is_right, 0.7) == pytest.approx(0.6)
    assert threshold_for(confidences, ~is_right, 0.9) == NEVER


def test_few_examples_make_it_careful() -> None:
    four, forty = np.full(4, 0.9), np.full(40, 0.9)

    assert threshold_for(four, four > 0, 0.9) == NEVER
    assert threshold_for(forty, forty > 0, 0.9) == pytest.approx(0.9)


def test_a_topic_less_likely_than_all_others_is_never_said() -> None:
    confidences = np.full(200, 0.3)

    assert threshold_for(confidences, confidences > 0, 0.9) == pytest.approx(0.5)


def test_the_temperature_makes_scores_say_how_often_they_are_right() -> None:
    chance = np.random.default_rng(3)
    truth = chance.normal(size=(4000, 3)) * 2
    odds = np.exp(truth) / np.exp(truth).sum(axis=1, keepdims=True)
    labels = np.array([chance.choice(3, p=row) for row in odds])

    assert temperature_for(truth * 4, labels) == pytest.approx(4, rel=0.12)


def test_a_report_is_kept_and_read_again() -> None:
    _model, report = learn(lessons(), precision=0.9)

    assert Report.from_json(report.as_json()) == report


@pytest.mark.skipif(not (SHARED / "banking77").is_dir(), reason="the shared data is not here")
def test_questions_to_a_bank_are_told_apart() -> None:
    table = parquet.read_table(SHARED / "banking77" / "train.parquet").to_pydict()
    chosen = sorted(set(table["category"]))[::16]
    pairs = zip(table["text"], table["category"], strict=True)
    some = [Lesson(text, topic) for text, topic in pairs if topic in chosen]

    _model, report = learn(some, precision=0.9)

    assert len(report.lines) == 5
    assert report.sure.value is not None
    assert report.sure.value >= 0.9
    assert report.covered.value is not None
    assert report.covered.value > 0.8
