"""Reads of the planner: its canvas, its inputs, its runs."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from amity.adapt.planner.facts import gather_facts
from amity.adapt.planner.models import AdviceRun
from amity.adapt.planner.rules.inputs import Facts, Input, assemble
from amity.adapt.planner.rules.outcome import Outcome, read_outcome
from amity.base.results import NotFoundError
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.queries import document_of


class NoCanvasError(NotFoundError):
    """There is no canvas to plan for."""


class RunNotFoundError(NotFoundError):
    """There is no such run."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Every figure that a plan would rest on now, and the canvas that it is for."""

    version: PolicyVersion
    facts: Facts
    rows: tuple[Input, ...]

    @property
    def missing(self) -> tuple[Input, ...]:
        """What is asked for."""
        return tuple(row for row in self.rows if row.estimate is None)

    @property
    def assumptions(self) -> int:
        """How many figures are assumed."""
        return sum(row.is_assumption and not row.overridden for row in self.rows)

    def of(self, segment: str) -> tuple[Input, ...]:
        """The figures of one segment; "" has those of the company."""
        return tuple(row for row in self.rows if row.key.segment == segment)


def canvas_to_plan() -> PolicyVersion | None:
    """The published version, else the newest draft."""
    status = PolicyVersion.Status
    found = PolicyVersion.objects.filter(status__in=[status.PUBLISHED, status.DRAFT])
    return found.order_by("-status", "-number").first()  # "published" sorts behind "draft"


def current_inputs(at: datetime) -> Inputs:
    """The inputs as they stand.

    Raises:
        NoCanvasError: there is neither a published canvas nor a draft.
    """
    version = canvas_to_plan()
    if version is None:
        raise NoCanvasError("There is no canvas yet, so there is nothing to plan. Draft one first.")
    facts = gather_facts(document_of(version), at)
    return Inputs(version, facts, assemble(facts))


def runs() -> QuerySet[AdviceRun]:
    """All runs, the newest first, without their large parts."""
    return (
        AdviceRun.objects.select_related("base", "proposal")
        .defer("inputs", "result", "base__document", "proposal__document")
        .order_by("-pk")
    )


def run_by_id(run_id: int) -> AdviceRun:
    """One run with its result.

    Raises:
        RunNotFoundError: there is none.
    """
    run = AdviceRun.objects.select_related("base", "proposal").filter(pk=run_id).first()
    if run is None:
        raise RunNotFoundError(f"There is no advice {run_id}. List the runs of the planner.")
    return run


def outcome_of(run: AdviceRun) -> Outcome | None:
    """The plan with its reasons; None while there is none."""
    return None if run.result is None else read_outcome(run.result)
