"""Who gets a conversation, and why, in words. Pure: the same values always give the same answer.

The order is that of the promise: who looks after the customer where dedicated assistance was
promised, then the last agent, then a turn in the team among those with the skill and the language,
then the team alone. Nobody is given more than their load limit, whoever they are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from amity.base.vocabulary import RelationshipType

DEDICATED = RelationshipType.DEDICATED_PERSONAL_ASSISTANCE


class Part(StrEnum):
    """By which step a conversation was given."""

    OWNER = "owner"
    DEPUTY = "deputy"
    OWNER_TEAM = "owner_team"
    LAST_AGENT = "last_agent"
    TURN = "turn"
    FALLBACK = "fallback"
    SELF_SERVICE = "self_service"
    NOBODY = "nobody"


PART_LABELS = {
    Part.OWNER: "Owner of the customer",
    Part.DEPUTY: "Deputy of the owner",
    Part.OWNER_TEAM: "Team of the owner",
    Part.LAST_AGENT: "Last agent",
    Part.TURN: "Turn in the team",
    Part.FALLBACK: "Team alone",
    Part.SELF_SERVICE: "Self-service first",
    Part.NOBODY: "Nobody",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may be given conversations, as they were at the moment of the decision."""

    user_id: int
    name: str
    load: int
    load_limit: int
    is_available: bool = True
    is_absent: bool = False
    takes_turns: bool = True
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    team_ids: frozenset[int] = frozenset()
    last_assigned_at: datetime | None = None

    @property
    def hindrance(self) -> str:
        """Why they cannot be given one more; empty where they can."""
        if self.is_absent:
            return "is away"
        if not self.is_available:
            return "is not available"
        if self.load >= self.load_limit:
            return f"has {self.load} of at most {self.load_limit} open conversations"
        return ""


@dataclass(frozen=True, slots=True)
class Promised:
    """What the policy says of the customer's segment, as far as routing asks for it.

    `relationship_type` is the type by which a person helps; None where nobody is promised.
    """

    version: int | None = None
    segment_key: str = ""
    segment_name: str = ""
    relationship_type: RelationshipType | None = None
    is_self_service_first: bool = False
    is_human_reachable: bool = True

    @property
    def asks_for_owner(self) -> bool:
        """Whether whoever looks after the customer comes first; before any policy, they do."""
        return self.version is None or self.relationship_type is DEDICATED


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that a decision rests on."""

    promised: Promised
    candidates: tuple[Candidate, ...]
    owner_id: int | None = None
    deputy_id: int | None = None
    owner_team_id: int | None = None
    last_agent_id: int | None = None
    team_id: int | None = None
    fallback_team_id: int | None = None
    team_names: dict[int, str] = field(default_factory=dict)
    skill: str = ""
    language: str = ""
    passed_over: frozenset[int] = frozenset()  # who had it and did not answer
    is_human_asked: bool = False  # the customer asked for a person


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried: whether it decided, and a sentence on it."""

    part: Part
    is_taken: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Who has it now: a person, a team without a person, or (self-service first) neither yet."""

    part: Part
    user_id: int | None
    team_id: int | None
    sentence: str
    steps: tuple[Step, ...]


def decide(context: Context) -> Decision:
    """Who gets the conversation; the steps say what was tried, in order."""
    steps: list[Step] = []
    for attempt in _ATTEMPTS:
        found = attempt(context, steps)
        if found is not None:
            part, user_id, team_id = found
            return Decision(part, user_id, team_id, steps[-1].sentence, tuple(steps))
    raise AssertionError("the last attempt always decides")


Found = tuple[Part, int | None, int | None] | None


def _self_service(context: Context, steps: list[Step]) -> Found:
    promised = context.promised
    if not promised.is_self_service_first:
        return None
    named = _segment(promised)
    if context.is_human_asked:
        steps.append(
            Step(
                Part.SELF_SERVICE, False, f"{named} has self-service first; a person was asked for."
            )
        )
        return None
    steps.append(Step(Part.SELF_SERVICE, True, f"{named} is promised self-service first."))
    return (Part.SELF_SERVICE, None, None)


def _dedicated(context: Context, steps: list[Step]) -> Found:
    named = _segment(context.promised)
    if not context.promised.asks_for_owner:
        if context.owner_id is not None:
            sentence = f"{named} is not promised dedicated assistance, so the owner is not asked."
            steps.append(Step(Part.OWNER, False, sentence))
        return None
    if context.owner_id is None and context.owner_team_id is None:
        if context.promised.version is not None:
            sentence = f"{named} is promised dedicated assistance, but nobody looks after them yet."
            steps.append(Step(Part.OWNER, False, sentence))
        return None
    for part, user_id in ((Part.OWNER, context.owner_id), (Part.DEPUTY, context.deputy_id)):
        if user_id is not None and _take(context, steps, part, user_id):
            return (part, user_id, context.owner_team_id)
    return _turn_in(context, steps, Part.OWNER_TEAM, context.owner_team_id)


def _last_agent(context: Context, steps: list[Step]) -> Found:
    user_id = context.last_agent_id
    if user_id is None or not _take(context, steps, Part.LAST_AGENT, user_id):
        return None
    return (Part.LAST_AGENT, user_id, context.team_id)


def _turn(context: Context, steps: list[Step]) -> Found:
    found = _turn_in(context, steps, Part.TURN, context.team_id)
    if found is None and context.fallback_team_id not in {None, context.team_id}:
        found = _turn_in(context, steps, Part.TURN, context.fallback_team_id)
    if found is None and context.team_id is None and context.fallback_team_id is None:
        found = _turn_among(context, steps, Part.TURN, context.candidates, None)
    return found


def _fallback(context: Context, steps: list[Step]) -> Found:
    team_id = context.fallback_team_id or context.team_id or context.owner_team_id
    if team_id is None:
        steps.append(
            Step(Part.NOBODY, True, "Nobody can take it now; it waits in the queue for all.")
        )
        return (Part.NOBODY, None, None)
    sentence = f"Nobody can take it now; it waits in the queue of {_team(context, team_id)}."
    steps.append(Step(Part.FALLBACK, True, sentence))
    return (Part.FALLBACK, None, team_id)


_ATTEMPTS: tuple[Callable[[Context, list[Step]], Found], ...] = (
    _self_service,
    _dedicated,
    _last_agent,
    _turn,
    _fallback,
)
_PART_WORDS = {
    Part.OWNER: "looks after the customer",
    Part.DEPUTY: "stands in for the owner",
    Part.LAST_AGENT: "helped the customer last",
}


def _take(context: Context, steps: list[Step], part: Part, user_id: int) -> bool:
    """Whether this person can have it; notes the step either way."""
    known = {candidate.user_id: candidate for candidate in context.candidates}
    candidate = known.get(user_id)
    words = _PART_WORDS[part]
    if candidate is None:
        steps.append(Step(part, False, f"Who {words} may not take conversations."))
        return False
    hindrance = candidate.hindrance
    if user_id in context.passed_over:
        hindrance = "had it and did not answer in time"
    if hindrance:
        steps.append(Step(part, False, f"{candidate.name} {words}, but {hindrance}."))
        return False
    because = ""
    if part in {Part.OWNER, Part.DEPUTY} and context.promised.version is not None:
        because = f"; {_segment(context.promised)} is promised dedicated assistance"
    steps.append(Step(part, True, f"{candidate.name} {words}{because}."))
    return True


def _turn_in(context: Context, steps: list[Step], part: Part, team_id: int | None) -> Found:
    if team_id is None:
        return None
    members = tuple(one for one in context.candidates if team_id in one.team_ids)
    return _turn_among(context, steps, part, members, team_id)


def _turn_among(
    context: Context,
    steps: list[Step],
    part: Part,
    members: Iterable[Candidate],
    team_id: int | None,
) -> Found:
    where = f"In {_team(context, team_id)}" if team_id is not None else "Of all agents"
    free = [one for one in members if _is_free(one, context)]
    if not free:
        steps.append(Step(part, False, f"{where} nobody is free."))
        return None
    fitting, words = _fitting(free, context)
    chosen = min(fitting, key=_turn_order)
    sentence = f"{where} it is the turn of {chosen.name}{words}."
    steps.append(Step(part, True, sentence))
    return (part, chosen.user_id, team_id)


def _is_free(candidate: Candidate, context: Context) -> bool:
    return (
        candidate.takes_turns
        and not candidate.hindrance
        and candidate.user_id not in context.passed_over
    )


def _fitting(free: list[Candidate], context: Context) -> tuple[list[Candidate], str]:
    """Those with the skill and the language; where nobody has one, it is let go, and said."""
    words: list[str] = []
    for wanted, able in (
        (context.skill, [one for one in free if context.skill in one.skills]),
        (context.language, [one for one in free if context.language in one.languages]),
    ):
        if not wanted:
            continue
        both = [one for one in free if one in able]
        words.append(f"knows {wanted}" if both else f"nobody free knows {wanted}")
        free = both or free
    return free, f" ({'; '.join(words)})" if words else ""


def _turn_order(candidate: Candidate) -> tuple[bool, float, int, int]:
    """Whoever was given one longest ago; never comes first, of the same moment the less loaded."""
    last = candidate.last_assigned_at
    since = last.timestamp() if last else 0.0
    return (last is not None, since, candidate.load, candidate.user_id)


def _segment(promised: Promised) -> str:
    return promised.segment_name or promised.segment_key or "The customer"


def _team(context: Context, team_id: int | None) -> str:
    return context.team_names.get(team_id or 0, "the team")
