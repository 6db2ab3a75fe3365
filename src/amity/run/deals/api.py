"""/deals: deals, their moves, lines and ends over REST."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, Minor, PageOf, Paging, Strict
from amity.run.deals.models import Deal, DealLine, Pipeline, PipelineStage
from amity.run.deals.operations.closing import Ending, lose_deal, reopen_deal, win_deal
from amity.run.deals.operations.deals import NewDeal, edit_deal, move_deal, open_deal
from amity.run.deals.operations.lines import NewLine, add_line, remove_line
from amity.run.deals.queries.deals import Wanted, deals_wanted, get_deal
from amity.run.deals.queries.pipelines import pipelines

router = Router(tags=["deals"])
VIEW, WORK = ApiGuard("deals.view"), ApiGuard("deals.work")
Minutes = Annotated[int, Field(ge=0, le=1440)]


class PipelineStageOut(Schema):
    """A stage; `probability` is the planned chance that a deal in it is won."""

    key: str
    name: str
    probability: float
    is_won: bool
    is_lost: bool


class PipelineOut(Schema):
    """A pipeline with its stages in their order."""

    key: str
    name: str
    currency: str
    stages: list[PipelineStageOut]

    @staticmethod
    def resolve_stages(row: Pipeline) -> list[PipelineStage]:
        """The stages in their order."""
        return sorted(row.stages.all(), key=lambda stage: (stage.position, stage.pk))


class DealOut(Schema):
    """A deal; amounts in minor units of `currency`. Send `version` back with a change."""

    id: int
    customer_id: int
    pipeline: str = Field(alias="pipeline.key")
    stage: str = Field(alias="stage.key")
    status: str
    title: str
    owner_id: int | None
    amount_minor: int
    currency: str
    expected_close_on: date
    is_committed: bool
    competitor: str
    reason_id: int | None
    note: str
    staff_seconds: int
    cost_minor: int
    opened_at: datetime
    closed_at: datetime | None
    version: int


class DealIn(Strict):
    """A new deal; without a pipeline or stage it begins in the first."""

    customer_id: Id
    title: str = Field(min_length=1, max_length=200)
    expected_close_on: date
    pipeline: str = Field("", max_length=50)
    stage: str = Field("", max_length=50)
    owner_id: Id | None = None
    amount_minor: Minor = 0
    touchpoint: str = Field("", max_length=50)
    competitor: str = Field("", max_length=100)
    note: str = Field("", max_length=10_000)
    is_committed: bool = False
    minutes: Minutes = 0


class DealPatch(Strict):
    """What to change of an open deal; what is left out stays."""

    version: Id
    title: str | None = Field(None, min_length=1, max_length=200)
    expected_close_on: date | None = None
    owner_id: Id | None = None
    amount_minor: Minor | None = None
    touchpoint: str | None = Field(None, max_length=50)
    competitor: str | None = Field(None, max_length=100)
    note: str | None = Field(None, max_length=10_000)
    is_committed: bool | None = None


class DealMoveIn(Strict):
    """To which open stage."""

    version: Id
    stage: str = Field(min_length=1, max_length=50)
    minutes: Minutes = 0


class DealEndIn(Strict):
    """How it ended; a loss needs its reason."""

    version: Id
    status: str = Field(pattern="^(won|lost)$")
    reason_id: Id | None = None
    competitor: str | None = Field(None, max_length=100)
    minutes: Minutes = 0


class DealVersionIn(Strict):
    """The version that was read."""

    version: Id


class DealLineOut(Schema):
    """A line; `quantity_milli` are thousandths of a unit."""

    id: int
    product_id: int | None
    description: str
    quantity_milli: int
    unit_price_minor: int
    discount_minor: int
    amount_minor: int


class DealLineIn(Strict):
    """A new line; a product's name is the description where none is given."""

    unit_price_minor: Minor
    description: str = Field("", max_length=200)
    product_id: Id | None = None
    quantity_milli: Minor = 1000
    discount_minor: Minor = 0


class DealFilter(Paging):
    """Which deals."""

    status: str = Field("", pattern="^(open|won|lost)?$")
    pipeline: str = Field("", max_length=50)
    stage: str = Field("", max_length=50)
    owner_id: Id | None = None
    customer_id: Id | None = None


@router.get("/pipelines", auth=VIEW, response=list[PipelineOut])
def list_pipelines(request: HttpRequest) -> list[Pipeline]:
    """All pipelines."""
    return list(pipelines().prefetch_related("stages"))


@router.get("/", auth=VIEW, response=PageOf[DealOut])
def list_deals(request: HttpRequest, wanted: Query[DealFilter]) -> Page[Deal]:
    """Deals, the newest first."""
    asked = Wanted(**wanted.dict(exclude={"cursor", "limit"}))
    return page(deals_wanted(asked), order="-id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/", auth=WORK, response={201: DealOut})
def post_deal(request: HttpRequest, given: DealIn) -> Deal:
    """Opens a deal."""
    fields = given.dict()
    for name in ("pipeline", "stage", "touchpoint"):
        fields[f"{name}_key"] = fields.pop(name)
    return open_deal(NewDeal(**fields), actor=actor_of(request), at=now())


@router.get("/{deal_id}", auth=VIEW, response=DealOut)
def read_deal(request: HttpRequest, deal_id: Id) -> Deal:
    """One deal."""
    return get_deal(deal_id)


@router.patch("/{deal_id}", auth=WORK, response=DealOut)
def patch_deal(request: HttpRequest, deal_id: Id, given: DealPatch) -> Deal:
    """Changes an open deal."""
    changes: dict[str, Any] = given.dict(exclude_unset=True, exclude={"version"})
    kept = {name: value for name, value in changes.items() if value is not None}
    if "owner_id" in changes:
        kept.pop("owner_id", None)
        kept["owner"] = changes["owner_id"]
    return edit_deal(
        deal_id, changes=kept, version=given.version, actor=actor_of(request), at=now()
    )


@router.post("/{deal_id}/moves", auth=WORK, response=DealOut)
def post_move(request: HttpRequest, deal_id: Id, given: DealMoveIn) -> Deal:
    """Moves an open deal to another stage."""
    return move_deal(
        deal_id,
        stage_key=given.stage,
        version=given.version,
        minutes=given.minutes,
        actor=actor_of(request),
        at=now(),
    )


@router.post("/{deal_id}/end", auth=WORK, response=DealOut)
def post_end(request: HttpRequest, deal_id: Id, given: DealEndIn) -> Deal:
    """Wins or loses a deal."""
    close = win_deal if given.status == "won" else lose_deal
    ending = Ending(reason_id=given.reason_id, competitor=given.competitor, minutes=given.minutes)
    return close(deal_id, ending, version=given.version, actor=actor_of(request), at=now())


@router.post("/{deal_id}/reopening", auth=WORK, response=DealOut)
def post_reopening(request: HttpRequest, deal_id: Id, given: DealVersionIn) -> Deal:
    """Opens a closed deal again; its win or loss is taken back in the log."""
    return reopen_deal(deal_id, version=given.version, actor=actor_of(request), at=now())


@router.get("/{deal_id}/lines", auth=VIEW, response=list[DealLineOut])
def list_lines(request: HttpRequest, deal_id: Id) -> list[DealLine]:
    """The lines of a deal."""
    return list(get_deal(deal_id).lines.order_by("pk"))


@router.post("/{deal_id}/lines", auth=WORK, response={201: DealLineOut})
def post_line(request: HttpRequest, deal_id: Id, given: DealLineIn) -> DealLine:
    """Adds a line; the deal's amount follows."""
    return add_line(deal_id, NewLine(**given.dict()), actor=actor_of(request), at=now())


@router.delete("/{deal_id}/lines/{line_id}", auth=WORK, response=DealOut)
def delete_line(request: HttpRequest, deal_id: Id, line_id: Id) -> Deal:
    """Takes a line away."""
    return remove_line(deal_id, line_id, actor=actor_of(request), at=now())
