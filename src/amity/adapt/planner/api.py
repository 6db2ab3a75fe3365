"""/planner: ask for advice, read it, adopt or decline it; the figures it rests on."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from amity.adapt.planner import operations, presenting, queries
from amity.adapt.planner.models import AdviceRun, InputOverride
from amity.adapt.planner.rules.building import Asked
from amity.adapt.planner.rules.inputs import Input, Key
from amity.base.results import Grade
from amity.base.time import now
from amity.base.vocabulary import RelationshipType, Skill
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import PageOf, Paging, Strict

router = Router(tags=["planner"])
VIEW, RUN, ADOPT = ApiGuard("planner.view"), ApiGuard("planner.run"), ApiGuard("policy.edit")

Amount = Annotated[float, Field(ge=0, le=1e13)]
Name = Annotated[str, Field(max_length=80)]
Number = Annotated[float, Field(ge=-1e13, le=1e13)]


class AskIn(Strict):
    """What is asked; money in major units, hours and budget a year."""

    budget: Amount | None = None
    hours: dict[Skill, Annotated[float, Field(ge=0, le=1e9)]] = {}
    careful: bool = False
    change_limit: int | None = Field(None, ge=0, le=10_000)
    seconds: float = Field(60.0, ge=1, le=600)


class RunOut(Schema):
    """A run without its plan."""

    advice: int
    status: str
    message: str
    asked: dict[str, Any]
    currency: str
    net: float | None
    bound: float | None
    gap: float | None
    cost: float | None
    seconds: float | None
    canvas: int | None
    proposal: int | None

    @staticmethod
    def resolve_advice(run: AdviceRun | dict[str, Any]) -> int:
        """The run's number."""
        return run["advice"] if isinstance(run, dict) else run.pk

    @staticmethod
    def resolve_canvas(run: AdviceRun | dict[str, Any]) -> int | None:
        """The number of the canvas it began from."""
        if isinstance(run, dict):
            found: int | None = run["canvas"]
            return found
        return run.base.number if run.base else None

    @staticmethod
    def resolve_proposal(run: AdviceRun | dict[str, Any]) -> int | None:
        """The number of the version it proposes."""
        if isinstance(run, dict):
            found: int | None = run["proposal"]
            return found
        return run.proposal.number if run.proposal else None


class InputOut(Schema):
    """One figure that plans rest on."""

    segment: str
    type: str
    measure: str
    about: str
    value: float | None
    low: float | None
    high: float | None
    grade: str | None
    source: str
    overridden: bool


class InputIn(Strict):
    """A figure written by a person."""

    segment: Annotated[str, Field(max_length=50)] = ""
    type: RelationshipType | None = None
    measure: Name
    value: Number
    low: Number | None = None
    high: Number | None = None
    grade: Grade = Grade.D
    note: Annotated[str, Field(max_length=500)] = ""


class DeclineIn(Strict):
    """Why it is declined."""

    reason: Annotated[str, Field(max_length=2_000)] = ""


class AdoptedVersionOut(Schema):
    """The version of the canvas that a proposal is."""

    number: int
    status: str


@router.get("/runs", auth=VIEW, response=PageOf[RunOut])
def list_runs(request: HttpRequest, wanted: Query[Paging]) -> Page[AdviceRun]:
    """Runs of the planner, oldest first, page by page."""
    rows = queries.runs().order_by()
    return page(rows, order="pk", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/runs", auth=RUN, response={202: RunOut})
def ask(request: HttpRequest, given: AskIn, response: HttpResponse) -> AdviceRun:
    """Asks the planner; poll the address in `Location` for the answer."""
    asked = Asked(
        given.budget,
        {skill.value: hours for skill, hours in given.hours.items()},
        given.careful,
        given.change_limit,
        given.seconds,
    )
    run = operations.ask(asked=asked, actor=actor_of(request), at=now())
    response["Location"] = f"/api/v1/planner/runs/{run.pk}"
    return run


@router.get("/runs/{int:run_id}", auth=VIEW, response=dict[str, Any])
def get_run(request: HttpRequest, run_id: int) -> dict[str, Any]:
    """A run with its plan and reasons, as `amity advise --json` prints it."""
    return presenting.full_values(queries.run_by_id(run_id))


@router.post("/runs/{int:run_id}/cancellation", auth=RUN, response=RunOut)
def cancel(request: HttpRequest, run_id: int) -> AdviceRun:
    """Stops a run that waits or works."""
    operations.cancel(run_id, actor=actor_of(request), at=now())
    return queries.run_by_id(run_id)


@router.post("/runs/{int:run_id}/adoption", auth=ADOPT, response=AdoptedVersionOut)
def adopt(request: HttpRequest, run_id: int) -> Any:
    """Makes the proposal a draft of the canvas."""
    return operations.adopt(run_id, actor=actor_of(request), at=now())


@router.post("/runs/{int:run_id}/refusal", auth=ADOPT, response=AdoptedVersionOut)
def decline(request: HttpRequest, run_id: int, given: DeclineIn) -> Any:
    """Sets the proposal aside."""
    return operations.decline(run_id, reason=given.reason, actor=actor_of(request), at=now())


@router.get("/inputs", auth=VIEW, response=list[InputOut])
def list_inputs(request: HttpRequest, segment: str | None = None) -> list[dict[str, Any]]:
    """Every figure that a plan would rest on now; `segment=` (empty) has the company's."""
    inputs = queries.current_inputs(now())
    rows = inputs.rows if segment is None else inputs.of(segment)
    return [_input(row) for row in rows]


@router.put("/inputs", auth=RUN, response=InputOut)
def write_input(request: HttpRequest, given: InputIn) -> dict[str, Any]:
    """Writes a figure over what data or an assumption say."""
    key = Key(given.segment, given.type.value if given.type else "", given.measure)
    written = operations.Written(key, given.value, given.low, given.high, given.grade, given.note)
    row = operations.write_input(written=written, actor=actor_of(request), at=now())
    return _override(row)


@router.delete("/inputs", auth=RUN, response={204: None})
def clear_input(
    request: HttpRequest,
    measure: str,
    segment: str = "",
    type: str = "",  # noqa: A002 -- the field's name
) -> None:
    """Takes a written figure back."""
    operations.clear_input(key=Key(segment, type, measure), actor=actor_of(request), at=now())


def _input(row: Input) -> dict[str, Any]:
    return operations.snapshot(row)


def _override(row: InputOverride) -> dict[str, Any]:
    return {
        "segment": row.segment_key,
        "type": row.relationship_type,
        "measure": row.measure,
        "about": "",
        "value": row.value,
        "low": row.low,
        "high": row.high,
        "grade": row.grade,
        "source": f"Written by {row.author_name}",
        "overridden": True,
    }
