from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from amity.base.results import AmityError
from amity.kernel.access.rules import SYSTEM
from amity.kernel.hooks.checks import Finding
from amity.kernel.hooks.manifest import Subscription
from amity.kernel.jobs import leases, operations, upkeep
from amity.kernel.jobs.context import JobContext, RetryLater
from amity.kernel.jobs.leases import LeaseLostError, claim_next
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import (
    JobStateError,
    enqueue,
    notify_subscribers,
    request_cancel,
    retry,
)
from amity.kernel.jobs.registry import UnknownJobKindError
from amity.kernel.jobs.upkeep import check_leases
from amity.kernel.jobs.worker import Worker, run_to_end, run_until_idle

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def done(context: JobContext) -> dict[str, Any]:
    return {"echo": context.payload}


def _enqueue_and(do: Callable[[], object]) -> None:
    with transaction.atomic():
        enqueue("test.done", {}, at=AT)
        do()


def test_a_job_runs_and_keeps_its_result(db: None, kinds: Any, clock: Clock) -> None:
    kinds.add("test.done", done)
    job = enqueue("test.done", {"n": 1}, at=AT)

    assert run_until_idle(clock=clock) == 1

    job.refresh_from_db()
    assert (job.status, job.result, job.attempts) == ("done", {"echo": {"n": 1}}, 1)
    assert job.lease_until is None


def test_a_kind_that_nobody_declares_is_refused(db: None) -> None:
    with pytest.raises(UnknownJobKindError, match="no job kind"):
        enqueue("nobody.knows", {}, at=AT)

    assert Job.objects.count() == 0


def test_a_job_exists_only_if_the_transaction_that_asked_commits(db: None, kinds: Any) -> None:
    kinds.add("test.done", done)

    with pytest.raises(ZeroDivisionError):
        _enqueue_and(lambda: 1 / 0)

    assert Job.objects.count() == 0


def test_higher_priority_goes_first_and_nothing_runs_before_its_time(
    db: None, kinds: Any, clock: Clock
) -> None:
    kinds.add("test.done", done)
    later = enqueue("test.done", {}, at=AT, run_at=AT + timedelta(hours=1), priority=9)
    low = enqueue("test.done", {}, at=AT)
    high = enqueue("test.done", {}, at=AT, priority=1)

    claimed = [claim_next(worker="w", at=AT), claim_next(worker="w", at=AT)]

    assert [claim.job.pk for claim in claimed if claim] == [high.pk, low.pk]
    assert claim_next(worker="w", at=AT) is None
    Job.objects.exclude(pk=later.pk).delete()
    clock.forward(hours=1)
    assert run_until_idle(clock=clock) == 1
    later.refresh_from_db()
    assert later.status == "done"


def test_the_same_key_waits_once_and_may_come_again_after_the_end(
    db: None, kinds: Any, clock: Clock
) -> None:
    kinds.add("test.done", done)
    first = enqueue("test.done", {}, at=AT, unique_key="k")

    assert enqueue("test.done", {}, at=AT, unique_key="k").pk == first.pk
    run_until_idle(clock=clock)
    assert enqueue("test.done", {}, at=AT, unique_key="k").pk != first.pk


def test_what_is_asked_again_while_it_runs_runs_once_more(
    db: None, kinds: Any, clock: Clock
) -> None:
    ran: list[int] = []

    def ask_twice(context: JobContext) -> None:
        ran.append(context.job_id)
        if len(ran) == 1:
            enqueue("test.ask", {}, at=AT, unique_key="k", again=True)
            enqueue("test.ask", {}, at=AT, unique_key="k", again=True)

    kinds.add("test.ask", ask_twice)
    enqueue("test.ask", {}, at=AT, unique_key="k")

    run_until_idle(clock=clock)

    assert len(ran) == 2
    assert ran[0] != ran[1]


def test_a_failing_job_waits_longer_each_time_and_ends_as_a_dead_letter(
    db: None, kinds: Any, clock: Clock
) -> None:
    def fail(context: JobContext) -> None:
        raise RuntimeError("no luck")

    kinds.add("test.fail", fail, max_attempts=3)
    job = enqueue("test.fail", {}, at=AT)
    worker = Worker(clock=clock, rng=Random(1), has_heartbeat=False)
    waits = []
    while worker.run_one():
        job.refresh_from_db()
        waits.append((job.run_at - clock.at).total_seconds())
        clock.at = max(clock.at, job.run_at)

    assert (job.status, job.attempts) == ("failed", 3)
    assert "RuntimeError: no luck" in job.error
    assert 5 <= waits[0] <= 10 <= waits[1] <= 20


def test_an_expected_failure_is_not_tried_again(db: None, kinds: Any, clock: Clock) -> None:
    def refuse(context: JobContext) -> None:
        raise AmityError("The file has no date column. Map one.")

    kinds.add("test.refuse", refuse)
    job = enqueue("test.refuse", {}, at=AT)

    run_until_idle(clock=clock)

    job.refresh_from_db()
    assert (job.status, job.attempts) == ("failed", 1)
    assert job.error == "The file has no date column. Map one."


def test_an_outside_world_that_is_not_ready_is_asked_later(
    db: None, kinds: Any, clock: Clock
) -> None:
    def wait(context: JobContext) -> None:
        raise RetryLater("the mail server said 421")

    kinds.add("test.wait", wait)
    job = enqueue("test.wait", {}, at=AT)

    run_until_idle(clock=clock)

    job.refresh_from_db()
    assert (job.status, job.error) == ("ready", "the mail server said 421")
    assert job.run_at > AT


def test_a_job_whose_capability_was_removed_is_a_dead_letter_with_the_reason(
    db: None, kinds: Any, clock: Clock
) -> None:
    kinds.add("test.done", done)
    job = enqueue("test.done", {}, at=AT)
    Job.objects.update(kind="gone.capability")

    run_until_idle(clock=clock)

    job.refresh_from_db()
    assert job.status == "failed"
    assert "capability may have been removed" in job.error


def test_a_worker_that_lost_its_lease_can_no_longer_write(db: None, kinds: Any) -> None:
    kinds.add("test.done", done)
    enqueue("test.done", {}, at=AT)
    slow = claim_next(worker="slow", at=AT)
    other = claim_next(worker="other", at=AT + timedelta(minutes=2))
    assert slow is not None
    assert other is not None

    with pytest.raises(LeaseLostError):
        JobContext(slow).save_checkpoint({"row": 1})
    with pytest.raises(LeaseLostError):
        leases.finish(slow, at=AT, result={"by": "slow"})
    leases.finish(other, at=AT, result={"by": "other"})

    job = Job.objects.get()
    assert (job.status, job.result, job.checkpoint) == ("done", {"by": "other"}, {})


def test_work_in_the_transaction_of_a_lost_lease_does_not_count(db: None, kinds: Any) -> None:
    kinds.add("test.done", done)
    enqueue("test.done", {}, at=AT)
    slow = claim_next(worker="slow", at=AT)
    assert slow is not None
    claim_next(worker="other", at=AT + timedelta(minutes=2))

    with pytest.raises(LeaseLostError):
        _enqueue_and(lambda: JobContext(slow).save_checkpoint({"row": 1}))

    assert Job.objects.count() == 1


def test_a_job_that_kills_every_worker_is_given_up(db: None, kinds: Any) -> None:
    kinds.add("test.bomb", done, max_attempts=2)
    enqueue("test.bomb", {}, at=AT)
    for minutes in (0, 2):
        assert claim_next(worker="w", at=AT + timedelta(minutes=minutes)) is not None

    assert claim_next(worker="w", at=AT + timedelta(minutes=4)) is None

    job = Job.objects.get()
    assert job.status == "failed"
    assert "lost 2 times" in job.error


def test_a_waiting_job_is_canceled_at_once_and_a_running_one_at_its_next_progress(
    db: None, kinds: Any, clock: Clock
) -> None:
    steps: list[int] = []

    def cancel_myself(context: JobContext) -> None:
        request_cancel(context.job_id, actor=SYSTEM, at=AT)
        for step in range(10):
            steps.append(step)
            context.progress(step, 10)

    kinds.add("test.done", done)
    kinds.add("test.cancel", cancel_myself)
    waiting = enqueue("test.done", {}, at=AT, run_at=AT + timedelta(days=1))
    running = enqueue("test.cancel", {}, at=AT)

    request_cancel(waiting.pk, actor=SYSTEM, at=AT)
    run_until_idle(clock=clock)

    assert set(Job.objects.values_list("status", flat=True)) == {"canceled"}
    assert steps == [0]
    with pytest.raises(JobStateError, match="has ended"):
        request_cancel(running.pk, actor=SYSTEM, at=AT)


def test_a_failed_job_that_is_tried_again_goes_on_from_its_checkpoint(
    db: None, kinds: Any, clock: Clock
) -> None:
    seen: list[dict[str, Any]] = []

    def half(context: JobContext) -> None:
        seen.append(context.checkpoint)
        if not context.checkpoint:
            context.save_checkpoint({"row": 500})
            raise AmityError("Half done.")

    kinds.add("test.half", half)
    job = enqueue("test.half", {}, at=AT)
    run_until_idle(clock=clock)

    retry(job.pk, actor=SYSTEM, at=AT)
    run_until_idle(clock=clock)

    job.refresh_from_db()
    assert seen == [{}, {"row": 500}]
    assert job.status == "done"
    with pytest.raises(JobStateError, match="has not failed"):
        retry(job.pk, actor=SYSTEM, at=AT)


def test_a_stopping_worker_gives_its_job_back_without_counting_the_attempt(
    db: None, kinds: Any, clock: Clock
) -> None:
    worker = Worker(clock=clock, has_heartbeat=False)

    def stop_midway(context: JobContext) -> None:
        context.save_checkpoint({"row": 1})
        worker.stop()
        context.progress(1, 2)

    kinds.add("test.stop", stop_midway)
    enqueue("test.stop", {}, at=AT)

    worker.run_one()

    job = Job.objects.get()
    assert (job.status, job.attempts, job.worker) == ("ready", 0, "")
    assert job.checkpoint == {"row": 1}


def test_interactions_reach_the_jobs_that_subscribed(
    db: None, kinds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds.add("test.listen", done)
    declared = (Subscription("commerce.*", "test.listen"),)
    monkeypatch.setattr(operations, "subscriptions", lambda: declared)

    asked = notify_subscribers(kind="commerce.ordered", interaction_ids=[4, 5], at=AT)

    assert [job.payload for job in asked] == [
        {"kind": "commerce.ordered", "interaction_ids": [4, 5]}
    ]
    assert notify_subscribers(kind="note.added", interaction_ids=[6], at=AT) == []


def test_many_facts_ask_once_where_the_subscription_says_so(
    db: None, kinds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds.add("test.count", done)
    declared = (Subscription("imports.orders_*", "test.count", once=True),)
    monkeypatch.setattr(operations, "subscriptions", lambda: declared)

    first = notify_subscribers(kind="imports.orders_taken", interaction_ids=(), at=AT, created_by=7)
    again = notify_subscribers(kind="imports.orders_undone", interaction_ids=(), at=AT)

    assert first == again == [Job.objects.get()]
    assert (first[0].payload, first[0].created_by) == ({}, 7)


def test_a_setting_switches_a_subscription_off(
    db: None, kinds: Any, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    kinds.add("test.count", done)
    declared = (Subscription("imports.*", "test.count", once=True, setting="TEST_COUNTS"),)
    monkeypatch.setattr(operations, "subscriptions", lambda: declared)

    settings.TEST_COUNTS = False
    assert notify_subscribers(kind="imports.orders_taken", interaction_ids=(), at=AT) == []
    settings.TEST_COUNTS = True
    assert len(notify_subscribers(kind="imports.orders_taken", interaction_ids=(), at=AT)) == 1


def test_a_command_that_waits_hears_of_the_progress(db: None, kinds: Any) -> None:
    def work(context: JobContext) -> dict[str, Any]:
        context.progress(3, 10, "reading")
        return {"rows": 10}

    kinds.add("test.work", work)
    heard: list[tuple[int, int | None, str]] = []

    job = run_to_end(
        enqueue("test.work", {}, at=AT).pk, listener=lambda *report: heard.append(report)
    )

    assert job.result == {"rows": 10}
    assert heard == [(3, 10, "reading")]


def test_the_check_finds_a_job_that_is_silently_gone(db: None, kinds: Any) -> None:
    kinds.add("test.done", done)
    enqueue("test.done", {}, at=AT)
    assert list(check_leases()) == []

    claim_next(worker="killed", at=AT)

    assert [finding.invariant for finding in check_leases()] == ["I7"]


def test_the_nightly_check_fails_with_what_is_broken(
    db: None, kinds: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    checking = enqueue("jobs.check", {}, at=AT)
    broken = Finding("I9", "A file is gone.", "Restore a backup.")
    monkeypatch.setattr(upkeep, "broken_invariants", lambda: [broken])

    run_until_idle(clock=clock)

    checking.refresh_from_db()
    assert (checking.status, checking.error) == ("failed", "I9: A file is gone. Restore a backup.")


def test_finding_the_next_job_does_not_read_the_finished_ones(db: None, kinds: Any) -> None:
    kinds.add("test.done", done)
    if connection.vendor != "sqlite":
        pytest.skip("the plan of an empty table says nothing on PostgreSQL")

    for found in (leases.due(AT), leases.abandoned(AT)):
        assert "USING INDEX jobs_queue (status=?" in found.explain()
