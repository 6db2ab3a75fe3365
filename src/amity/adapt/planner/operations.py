"""Changes of the planner: ask, solve, write inputs, adopt or decline what it proposes."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from amity.adapt.advisor.advise import Solved, advise
from amity.adapt.advisor.careful import careful
from amity.adapt.advisor.explain import explain
from amity.adapt.advisor.plan import read_plan
from amity.adapt.advisor.problem import Problem
from amity.adapt.advisor.questions import Questioner
from amity.adapt.advisor.simulate import draw_world, simulate
from amity.adapt.advisor.solver import Effort, Progress
from amity.adapt.planner.models import AdviceRun, InputOverride
from amity.adapt.planner.queries import Inputs, current_inputs, run_by_id
from amity.adapt.planner.rules.building import (
    Asked,
    build_problem,
    checked,
)
from amity.adapt.planner.rules.inputs import Input, Key, measure_of
from amity.adapt.planner.rules.outcome import Outcome, stored
from amity.adapt.planner.rules.proposing import proposed, reasons
from amity.base.results import AmityError, Estimate, Grade
from amity.base.text import clean_text
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import enqueue, request_cancel
from amity.kernel.policy import operations as policy
from amity.kernel.policy.models import PolicyVersion

Listener = Callable[[int, int | None, str], None]
Status = AdviceRun.Status
EXPLAIN_SECONDS = 30.0


class InputError(AmityError):
    """A figure that cannot be taken as it is."""


class AdviceError(AmityError):
    """A run that is not in a state in which this can be done."""


@transaction.atomic
def ask(*, asked: Asked, actor: Actor, at: datetime) -> AdviceRun:
    """Asks the planner; the answer is computed by the job `planner.solve`.

    Raises:
        AskedWrongError: a figure of the request cannot be.
    """
    run = _create(asked, actor, at)
    job = enqueue(
        "planner.solve",
        {"run": run.pk},
        at=at,
        unique_key=f"planner.solve:{run.pk}",
        created_by=actor.user_id,
    )
    run.job_id = job.pk
    run.save(update_fields=["job_id"])
    return run


def ask_now(*, asked: Asked, actor: Actor, at: datetime, hear: Listener | None = None) -> AdviceRun:
    """Asks the planner and waits for the answer.

    Raises:
        AmityError: there is no plan; the message says what is missing or short.
    """
    with transaction.atomic():
        run = _create(asked, actor, at)
    solved = solve(run.pk, actor=actor, at=at, hear=hear)
    if solved.status != Status.DONE:
        raise AdviceError(solved.message)
    return solved


def _create(asked: Asked, actor: Actor, at: datetime) -> AdviceRun:
    run = AdviceRun.objects.create(
        asked=asdict(checked(asked)),
        asked_at=at,
        asked_by_id=actor.user_id,
        asked_by_name=actor.name[:200],
    )
    record_audit(actor=actor, action="planner.asked", object_type="advice", object_id=run.pk, at=at)
    return run


def solve(run_id: int, *, actor: Actor, at: datetime, hear: Listener | None = None) -> AdviceRun:
    """Computes the answer of a run; run again after a kill it does the same once more.

    A refusal (a figure missing, a resource short) is an answer too: the run says why. What `hear`
    raises stops the search and is raised again.
    """
    run = run_by_id(run_id)
    if run.status in {Status.DONE, Status.REFUSED}:
        return run
    AdviceRun.objects.filter(pk=run_id).update(status=Status.SOLVING)
    asked = Asked(**run.asked)
    try:
        inputs = current_inputs(at)
        problem = build_problem(inputs.facts, inputs.rows, asked)
        outcome = _work(problem, asked, _Hearing(hear, asked))
    except AmityError as error:
        return _refuse(run_id, str(error), at)
    return _finish(run_id, inputs, problem, outcome, actor=actor, at=at)


class _Hearing:
    """Passes progress on from the solver; keeps what stops it until the solver has let go.

    The solver calls back from foreign code, and sometimes from its own threads, which must not
    touch the database.
    """

    def __init__(self, hear: Listener | None, asked: Asked) -> None:
        self.hear, self.asked = hear, asked
        self.thread = threading.get_ident()
        self.began = time.monotonic()
        self.raised: BaseException | None = None
        self.words = ""

    def report(self, progress: Progress) -> None:
        self.words = progress_words(progress)
        self.stop()

    def stop(self) -> bool:
        if self.raised is None and self.hear and threading.get_ident() == self.thread:
            total = self.asked.seconds + EXPLAIN_SECONDS
            done = min(total, time.monotonic() - self.began)
            try:
                self.hear(int(done), int(total), self.words)
            except BaseException as error:  # noqa: BLE001 -- raised again by `release`
                self.raised = error
        return self.raised is not None

    def release(self) -> None:
        """Raises what stopped the work."""
        if self.raised is not None:
            raise self.raised


def progress_words(progress: Progress) -> str:
    """Where the search stands, in words."""
    if progress.total:
        return f"{progress.step} ({progress.done} of {progress.total})"
    if progress.incumbent is None or progress.bound is None:
        return f"{progress.step}: nothing found yet"
    best, bound = progress.incumbent, progress.bound
    gap = max(0.0, bound - best) / max(abs(best), 1e-9)
    return (
        f"{progress.step}: {best:,.0f} net so far, at most {bound:,.0f} possible "
        f"({min(gap, 9.99):.1%} apart)"
    )


def _work(problem: Problem, asked: Asked, hearing: _Hearing) -> Outcome:
    effort = Effort(seconds=asked.seconds, report=hearing.report, stop=hearing.stop)
    solved = advise(careful(problem) if asked.careful else problem, effort)
    hearing.release()
    explaining = replace(effort, seconds=min(EXPLAIN_SECONDS, asked.seconds))
    told = explain(solved, explaining)
    hearing.release()
    today, better = _beside_today(solved, problem)
    return Outcome(
        plan=solved.plan,
        explanation=told,
        shortages=solved.shortages,
        today=today,
        better_than_today=better,
        greedy_net=_net(solved.baselines.greedy),
        tiers_net=_net(solved.baselines.tiers),
    )


def _net(answer: Any) -> float | None:
    return None if answer is None or not math.isfinite(answer.net) else answer.net


def _beside_today(solved: Solved, problem: Problem) -> tuple[Any, float | None]:
    """Today's mix as a plan, and in how many worlds the new plan is better."""
    answer = Questioner(solved, 5.0).as_today()
    if answer.values is None or solved.answer.values is None:
        return None, None
    world = draw_world(problem)
    mine = simulate(problem, solved.program, solved.answer.values, world)
    other = simulate(problem, solved.program, answer.values, world)
    return read_plan(solved.problem, solved.program, answer), mine.better_than(other)


@transaction.atomic
def _refuse(run_id: int, message: str, at: datetime) -> AdviceRun:
    run = _locked(run_id)
    run.status, run.message, run.finished_at = Status.REFUSED, message, at
    run.save(update_fields=["status", "message", "finished_at"])
    return run


@transaction.atomic
def _finish(
    run_id: int,
    inputs: Inputs,
    problem: Problem,
    outcome: Outcome,
    *,
    actor: Actor,
    at: datetime,
) -> AdviceRun:
    run = _locked(run_id)
    if run.status == Status.DONE:
        return run
    plan, facts = outcome.plan, inputs.facts
    run.proposal = policy.create_draft(
        document=proposed(facts.document, problem, plan, facts.touchpoints),
        name=f"{inputs.version.name}: advice {run.pk}"[:200],
        reason=reasons(plan, outcome.explanation),
        base=inputs.version,
        actor=actor,
        at=at,
        status=PolicyVersion.Status.PROPOSAL,
        expected_effect=expected_effect(run, outcome),
    )
    values = stored(outcome)
    run.base, run.currency = inputs.version, plan.currency
    run.inputs, run.result = [snapshot(row) for row in inputs.rows], values
    run.net, run.cost, run.seconds = plan.net, plan.cost, plan.seconds
    run.bound, run.gap = values["plan"]["bound"], values["plan"]["gap"]
    run.status, run.finished_at = Status.DONE, at
    run.save()
    return run


def expected_effect(run: AdviceRun, outcome: Outcome) -> dict[str, Any]:
    """What adopting the proposal is expected to do, as the canvas shows it."""
    plan, net = outcome.plan, outcome.explanation.net
    return {
        "advice": run.pk,
        "currency": plan.currency,
        "net": round(plan.net, 2),
        "net_low": round(net.low, 2),
        "net_high": round(net.high, 2),
        "value": round(plan.value, 2),
        "cost_a_year": round(plan.cost, 2),
        "today_net": None if outcome.today is None else round(outcome.today.net, 2),
        "today_fits": not outcome.today_lacks,
        "better_than_today": outcome.better_than_today,
    }


def snapshot(row: Input) -> dict[str, Any]:
    """One input as it is kept with the run."""
    estimate = row.estimate
    return {
        **row.key._asdict(),
        "about": row.about,
        "value": None if estimate is None else estimate.value,
        "low": None if estimate is None else estimate.low,
        "high": None if estimate is None else estimate.high,
        "grade": None if estimate is None else estimate.grade.value,
        "source": row.source,
        "overridden": row.overridden,
    }


def note_canceled(run_id: int, *, at: datetime) -> None:
    """Notes that the run's job was canceled before it had an answer."""
    AdviceRun.objects.filter(pk=run_id, status__in=[Status.WAITING, Status.SOLVING]).update(
        status=Status.CANCELED, message="Somebody stopped it.", finished_at=at
    )


@transaction.atomic
def adopt(run_id: int, *, actor: Actor, at: datetime) -> PolicyVersion:
    """Makes the proposal a draft, to be edited and published.

    Raises:
        AdviceError: the run has no proposal.
        PolicyError: it was adopted or declined before.
    """
    return policy.adopt_proposal(_proposal(run_id).pk, actor=actor, at=at)


@transaction.atomic
def decline(run_id: int, *, reason: str, actor: Actor, at: datetime) -> PolicyVersion:
    """Sets the proposal aside, with the reason.

    Raises:
        AdviceError: the run has no proposal.
        PolicyError: it was adopted and published, or declined before.
    """
    return policy.decline_proposal(_proposal(run_id).pk, reason=reason, actor=actor, at=at)


def _proposal(run_id: int) -> PolicyVersion:
    run = run_by_id(run_id)
    if run.proposal is None:
        raise AdviceError(f"Advice {run_id} proposes nothing (yet).")
    return run.proposal


def _locked(run_id: int) -> AdviceRun:
    return AdviceRun.objects.select_for_update().get(pk=run_id)


@dataclass(frozen=True, slots=True)
class Written:
    """A figure as a person writes it."""

    key: Key
    value: float
    low: float | None
    high: float | None
    grade: Grade
    note: str = ""


@transaction.atomic
def write_input(*, written: Written, actor: Actor, at: datetime) -> InputOverride:
    """Writes a figure over what the data or an assumption say.

    Raises:
        InputError: the figure is out of its bounds or its interval does not hold it.
    """
    estimate = _possible(written)
    row, _ = InputOverride.objects.select_for_update().update_or_create(
        segment_key=written.key.segment,
        relationship_type=written.key.type,
        measure=written.key.measure,
        defaults={
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "grade": estimate.grade.value,
            "note": clean_text(written.note, field="Note", max_length=500),
            "author_id": actor.user_id,
            "author_name": actor.name[:200],
            "updated_at": at,
        },
    )
    _audit_input("planner.input_written", written.key, actor, at, summary=f"{estimate.value:g}")
    return row


@transaction.atomic
def clear_input(*, key: Key, actor: Actor, at: datetime) -> None:
    """Takes a written figure back, so that data or an assumption say it again.

    Raises:
        InputError: nobody wrote this figure.
    """
    gone, _ = InputOverride.objects.filter(
        segment_key=key.segment, relationship_type=key.type, measure=key.measure
    ).delete()
    if not gone:
        raise InputError("Nobody wrote this figure, so there is nothing to take back.")
    _audit_input("planner.input_cleared", key, actor, at)


def _possible(written: Written) -> Estimate:
    measure = measure_of(written.key.measure)
    if measure is None:
        raise InputError(f"The planner knows no figure {written.key.measure[:60]}.")
    given = [written.value, *(end for end in (written.low, written.high) if end is not None)]
    if not all(math.isfinite(figure) for figure in given):
        raise InputError(f"{measure.label}: write plain numbers.")
    if not measure.low <= written.value <= measure.high:
        raise InputError(
            f"{measure.label}: {written.value:g} is out of bounds; write {measure.low:g} "
            f"to {measure.high:g}."
        )
    if written.low is not None and written.low > written.value:
        raise InputError(f"{measure.label}: the low end lies above the figure.")
    if written.high is not None and written.high < written.value:
        raise InputError(f"{measure.label}: the high end lies below the figure.")
    return Estimate(written.value, written.low, written.high, written.grade)


def _audit_input(action: str, key: Key, actor: Actor, at: datetime, *, summary: str = "") -> None:
    name = "/".join(part or "-" for part in key)
    record_audit(
        actor=actor,
        action=action,
        object_type="planner_input",
        object_id=name,
        at=at,
        summary=summary,
    )


@transaction.atomic
def cancel(run_id: int, *, actor: Actor, at: datetime) -> None:
    """Stops a run that waits or works.

    Raises:
        AdviceError: it has ended.
    """
    run = run_by_id(run_id)
    if run.job_id is None or run.status not in {Status.WAITING, Status.SOLVING}:
        raise AdviceError(f"Advice {run_id} has ended; there is nothing to stop.")
    job = request_cancel(run.job_id, actor=actor, at=at)
    if job.status == Job.Status.CANCELED:
        note_canceled(run_id, at=at)
