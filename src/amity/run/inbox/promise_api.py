"""/inbox: promises, decisions on who got what, and how the inbox is set up."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, Instant, PageOf, Paging, Strict, Yes
from amity.run.inbox.models import (
    AgentProfile,
    CannedReply,
    Conversation,
    InboxSettings,
    Macro,
    PromiseClock,
    Rule,
    RuleFiring,
)
from amity.run.inbox.operations import setup as operations
from amity.run.inbox.operations.automation import apply_macro
from amity.run.inbox.operations.change import inbox_settings
from amity.run.inbox.operations.routing import route_again
from amity.run.inbox.queries import replays
from amity.run.inbox.queries import setup as reads
from amity.run.inbox.queries.conversation import conversation_numbered
from amity.run.inbox.rules.routing import Decision

router = Router(tags=["inbox"])
VIEW, REPLY, MANAGE = (ApiGuard(f"inbox.{name}") for name in ("view", "reply", "manage"))
Word = Annotated[str, Field(max_length=50)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Plain = dict[str, Any]


class PromiseClockOut(Schema):
    """One promise in time; minutes and seconds are working time of its calendar."""

    id: int
    target: str
    state: str
    minutes: int
    used_seconds: int
    calendar_key: str
    time_zone: str
    segment_key: str
    policy_version: int | None
    opened_at: Instant
    due_at: Instant | None
    paused_at: Instant | None
    stopped_at: Instant | None
    warned_at: Instant | None
    breached_at: Instant | None
    value_at_risk_minor: int | None


class RoutingStepOut(Schema):
    """One thing that was tried, and whether it decided."""

    part: str
    is_taken: bool
    sentence: str


class RoutingOut(Schema):
    """Who got it: a person, a team without one, or neither yet."""

    part: str
    user_id: int | None
    team_id: int | None
    sentence: str
    steps: list[RoutingStepOut]


class RoutingDecisionOut(Schema):
    """A decision as it was made, and as the version asked for would have made it."""

    at: Instant
    why: str
    policy_version: int | None
    decision: RoutingOut
    then: RoutingOut | None
    differs: bool


class RoutingShareOut(Schema):
    """How many somebody had, and would have had."""

    name: str
    now: int
    then: int


class RoutingReplayOut(Schema):
    """The newest conversations under another version, with the loads of their moments."""

    version: int
    conversations: int
    differing: int
    people: list[RoutingShareOut]
    teams: list[RoutingShareOut]
    steps: list[RoutingShareOut]


class ReplayAsked(Schema):
    """Which version, and how many of the newest conversations."""

    version: int = Field(ge=1, le=2**31 - 1)
    last: int = Field(500, ge=1, le=2000)


class VersionAsked(Schema):
    """The version to put in place of the one that decided; none shows it as it was."""

    version: int | None = Field(None, ge=1, le=2**31 - 1)


class InboxAgentOut(Schema):
    """How a person takes part in the inbox."""

    user_id: int
    name: str
    is_available: bool
    is_absent: bool
    takes_turns: bool
    load: int
    load_limit: int
    skills: list[str]
    languages: list[str]
    undo_send_seconds: int


class InboxAgentIn(Strict):
    """How a person is to take part."""

    is_available: Yes = True
    takes_turns: Yes = True
    load_limit: int = Field(20, ge=0, le=1000)
    skills: list[Word] = Field(default_factory=list, max_length=50)
    languages: list[Word] = Field(default_factory=list, max_length=20)
    undo_send_seconds: int = Field(10, ge=0, le=operations.MOST_HELD)


class AvailabilityIn(Strict):
    """Whether new conversations come to oneself."""

    is_available: Yes


class AvailabilityOut(Schema):
    """Whether new conversations come to oneself."""

    user_id: int
    is_available: bool


class CannedReplyOut(Schema):
    """A text to answer with."""

    id: int
    shortcut: str
    name: str
    text: str
    language: str
    owner_id: int | None
    used_count: int


class CannedReplyIn(Strict):
    """A text to answer with; variables stand in double braces."""

    shortcut: Annotated[str, Field(min_length=1, max_length=50)]
    name: Name
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    language: str = Field("", max_length=2)
    is_own: Yes = False


class InboxMacroOut(Schema):
    """Several actions in one step."""

    id: int
    name: str
    shortcut: str
    actions: list[Plain]
    used_count: int


class InboxMacroIn(Strict):
    """Several actions in one step; docs/using/inbox-promises.md names those there are."""

    name: Name
    shortcut: str = Field("", max_length=20)
    actions: list[Plain] = Field(min_length=1, max_length=20)


class MacroUseIn(Strict):
    """Which macro."""

    macro_id: Id


class InboxRuleOut(Schema):
    """What happens by itself."""

    id: int
    name: str
    event: str
    conditions: Plain
    actions: list[Plain]
    position: int
    is_active: bool


class InboxRuleIn(Strict):
    """What is to happen by itself."""

    name: Name
    event: Annotated[str, Field(max_length=30)]
    conditions: Plain = Field(default_factory=dict)
    actions: list[Plain] = Field(min_length=1, max_length=20)
    position: int = Field(0, ge=0, le=9999)
    is_active: Yes = True


class InboxRuleFiringOut(Schema):
    """That a rule acted or was stopped."""

    id: int
    conversation_id: int
    at: Instant
    done: list[Plain]
    failed: list[str]
    stopped_because: str
    depth: int


class InboxChoicesOut(Schema):
    """What holds for the whole inbox; money in minor units of the company's currency."""

    hourly_cost_minor: int | None
    reopen_days: int
    self_service_url: str
    self_service_text: str
    counts_in_customers_zone: bool
    fallback_team_id: int | None
    reassign_minutes: int | None
    escalates_to_leads: bool


class InboxChoicesPatch(Strict):
    """What is to change; what is left out stays."""

    hourly_cost_minor: int | None = Field(None, ge=0, le=2**53)
    reopen_days: int = Field(14, ge=0, le=365)
    self_service_url: str = Field("", max_length=200, pattern=r"^(https?://\S+)?$")
    self_service_text: str = Field("", max_length=5000)
    counts_in_customers_zone: Yes = False
    fallback_team_id: Id | None = None
    reassign_minutes: int | None = Field(None, ge=5, le=10_080)
    escalates_to_leads: Yes = True


@router.get("/conversations/{number}/promises", auth=VIEW, response=PageOf[PromiseClockOut])
def list_promises(request: HttpRequest, number: Id, wanted: Query[Paging]) -> Page[PromiseClock]:
    """Every promise of a conversation: to whom, by which version, how long it ran, how it ended."""
    rows = PromiseClock.objects.filter(conversation=conversation_numbered(number))
    return page(rows, order="id", cursor=wanted.cursor, limit=wanted.limit)


@router.get("/conversations/{number}/decisions", auth=VIEW, response=list[RoutingDecisionOut])
def list_decisions(
    request: HttpRequest, number: Id, asked: Query[VersionAsked]
) -> list[RoutingDecisionOut]:
    """Who got it and why, newest first; with a version, who would have got it under that."""
    found = replays.routed(conversation_numbered(number), version=asked.version)
    return [
        RoutingDecisionOut(
            at=one.event.at,
            why=one.event.detail["why"],
            policy_version=one.event.detail["policy_version"],
            decision=_decision(one.decision),
            then=_decision(one.then) if one.then is not None else None,
            differs=one.differs,
        )
        for one in found
    ]


def _decision(decision: Decision) -> RoutingOut:
    return RoutingOut(
        part=decision.part.value,
        user_id=decision.user_id,
        team_id=decision.team_id,
        sentence=decision.sentence,
        steps=[
            RoutingStepOut(part=one.part.value, is_taken=one.is_taken, sentence=one.sentence)
            for one in decision.steps
        ],
    )


@router.post("/conversations/{number}/routing", auth=REPLY, response=RoutingOut)
def route_conversation(request: HttpRequest, number: Id) -> RoutingOut:
    """Lets the promise decide anew who gets it."""
    found = conversation_numbered(number)
    return _decision(route_again(found.pk, actor=actor_of(request), at=now()))


@router.post("/conversations/{number}/macro", auth=REPLY, response=InboxMacroOut)
def use_macro(request: HttpRequest, number: Id, given: MacroUseIn) -> Macro:
    """Does all that a macro says, or nothing of it."""
    found: Conversation = conversation_numbered(number)
    return apply_macro(
        macro_id=given.macro_id, conversation_id=found.pk, actor=actor_of(request), at=now()
    )


@router.get("/replay", auth=VIEW, response=RoutingReplayOut)
def replay(request: HttpRequest, asked: Query[ReplayAsked]) -> replays.Replay:
    """The newest conversations under another version: shares by person, team and step."""
    return replays.replay_many(asked.version, limit=asked.last)


@router.get("/agents", auth=VIEW, response=list[InboxAgentOut])
def list_agents(request: HttpRequest) -> list[InboxAgentOut]:
    """Everybody who may answer, and what they have."""
    return [_agent(one) for one in reads.agents(now())]


def _agent(one: reads.Agent) -> InboxAgentOut:
    row = one.profile or AgentProfile(user=one.user, takes_turns=one.user.role == "agent")
    return InboxAgentOut(
        user_id=one.user.pk,
        name=str(one.user),
        is_available=row.is_available,
        is_absent=one.is_absent,
        takes_turns=row.takes_turns,
        load=one.load,
        load_limit=row.load_limit,
        skills=row.skills,
        languages=row.languages,
        undo_send_seconds=row.undo_send_seconds,
    )


@router.put("/agents/{user_id}", auth=MANAGE, response=InboxAgentOut)
def save_agent(request: HttpRequest, user_id: Id, given: InboxAgentIn) -> InboxAgentOut:
    """Sets how a person takes part."""
    at = now()
    profile = operations.Profile(**given.dict())
    operations.save_profile(user_id=user_id, profile=profile, actor=actor_of(request), at=at)
    found = next((one for one in reads.agents(at) if one.user.pk == user_id), None)
    if found is None:
        raise NotFoundError(f"Person {user_id} may not answer customers.")
    return _agent(found)


@router.put("/availability", auth=REPLY, response=AvailabilityOut)
def set_availability(request: HttpRequest, given: AvailabilityIn) -> AgentProfile:
    """Says whether new conversations come to oneself."""
    return operations.set_availability(
        is_available=given.is_available, actor=actor_of(request), at=now()
    )


@router.get("/replies", auth=VIEW, response=PageOf[CannedReplyOut])
def list_replies(request: HttpRequest, wanted: Query[Paging]) -> Page[CannedReply]:
    """Texts to answer with: everybody's and one's own."""
    rows = reads.replies_for(actor_of(request).user_id).order_by()
    return page(rows, order="id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/replies", auth=MANAGE, response={201: CannedReplyOut})
def make_reply(request: HttpRequest, given: CannedReplyIn) -> CannedReply:
    """Makes a text."""
    return operations.save_reply(**given.dict(), actor=actor_of(request), at=now())


@router.put("/replies/{reply_id}", auth=MANAGE, response=CannedReplyOut)
def save_reply(request: HttpRequest, reply_id: Id, given: CannedReplyIn) -> CannedReply:
    """Changes a text."""
    return operations.save_reply(
        **given.dict(), reply_id=reply_id, actor=actor_of(request), at=now()
    )


@router.delete("/replies/{reply_id}", auth=MANAGE, response={204: None})
def remove_reply(request: HttpRequest, reply_id: Id) -> None:
    """Removes a text."""
    operations.remove_reply(reply_id, actor=actor_of(request), at=now())


@router.get("/macros", auth=VIEW, response=PageOf[InboxMacroOut])
def list_macros(request: HttpRequest, wanted: Query[Paging]) -> Page[Macro]:
    """All macros."""
    return page(Macro.objects.all(), order="id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/macros", auth=MANAGE, response={201: InboxMacroOut})
def make_macro(request: HttpRequest, given: InboxMacroIn) -> Macro:
    """Makes a macro."""
    return operations.save_macro(**given.dict(), actor=actor_of(request), at=now())


@router.put("/macros/{macro_id}", auth=MANAGE, response=InboxMacroOut)
def save_macro(request: HttpRequest, macro_id: Id, given: InboxMacroIn) -> Macro:
    """Changes a macro."""
    return operations.save_macro(
        **given.dict(), macro_id=macro_id, actor=actor_of(request), at=now()
    )


@router.delete("/macros/{macro_id}", auth=MANAGE, response={204: None})
def remove_macro(request: HttpRequest, macro_id: Id) -> None:
    """Removes a macro."""
    operations.remove_macro(macro_id, actor=actor_of(request), at=now())


@router.get("/rules", auth=VIEW, response=PageOf[InboxRuleOut])
def list_rules(request: HttpRequest, wanted: Query[Paging]) -> Page[Rule]:
    """All rules."""
    return page(Rule.objects.all(), order="id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/rules", auth=MANAGE, response={201: InboxRuleOut})
def make_rule(request: HttpRequest, given: InboxRuleIn) -> Rule:
    """Makes a rule."""
    fields = operations.RuleFields(**given.dict())
    return operations.save_rule(fields=fields, actor=actor_of(request), at=now())


@router.put("/rules/{rule_id}", auth=MANAGE, response=InboxRuleOut)
def save_rule(request: HttpRequest, rule_id: Id, given: InboxRuleIn) -> Rule:
    """Changes a rule."""
    fields = operations.RuleFields(**given.dict())
    return operations.save_rule(fields=fields, rule_id=rule_id, actor=actor_of(request), at=now())


@router.delete("/rules/{rule_id}", auth=MANAGE, response={204: None})
def remove_rule(request: HttpRequest, rule_id: Id) -> None:
    """Removes a rule with its log."""
    operations.remove_rule(rule_id, actor=actor_of(request), at=now())


@router.get("/rules/{rule_id}/firings", auth=VIEW, response=PageOf[InboxRuleFiringOut])
def list_firings(request: HttpRequest, rule_id: Id, wanted: Query[Paging]) -> Page[RuleFiring]:
    """When a rule acted, what it did, and when it was stopped, newest first."""
    rows = RuleFiring.objects.filter(rule_id=rule_id)
    return page(rows, order="-id", cursor=wanted.cursor, limit=wanted.limit)


@router.get("/choices", auth=VIEW, response=InboxChoicesOut)
def get_choices(request: HttpRequest) -> InboxSettings:
    """What holds for the whole inbox."""
    return inbox_settings()


@router.patch("/choices", auth=MANAGE, response=InboxChoicesOut)
def change_choices(request: HttpRequest, given: InboxChoicesPatch) -> InboxSettings:
    """Changes what holds for the whole inbox."""
    changes = given.dict(exclude_unset=True)
    return operations.save_choices(changes=changes, actor=actor_of(request), at=now())
