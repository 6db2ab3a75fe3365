"""What was promised and who got it, explained; and who would have got it under another version."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from amity.base.results import NotFoundError
from amity.kernel.policy.models import PolicyVersion
from amity.run.inbox.models import Conversation, ConversationEvent
from amity.run.inbox.queries.routing import Answers, answers_of_version, team_names, users_named
from amity.run.inbox.rules import stored_routing
from amity.run.inbox.rules.promised import promised_of
from amity.run.inbox.rules.routing import PART_LABELS, Context, Decision, decide

ROUTED = "routed"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Routed:
    """A decision as it was made, and as another version would have made it (None: not asked)."""

    event: ConversationEvent
    decision: Decision
    context: Context
    then: Decision | None = None

    @property
    def differs(self) -> bool:
        """Whether somebody else would have got it."""
        then = self.then
        return then is not None and (then.user_id, then.team_id) != (
            self.decision.user_id,
            self.decision.team_id,
        )


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the replayed conversations somebody had, and would have had."""

    name: str
    now: int
    then: int


@dataclass(frozen=True, slots=True)
class Replay:
    """Many decisions under another version; shares by person, by team, and by step."""

    version: int
    conversations: int
    differing: int
    people: tuple[Share, ...]
    teams: tuple[Share, ...]
    steps: tuple[Share, ...]
    examples: tuple[Routed, ...]
    since: datetime | None


def versions() -> list[PolicyVersion]:
    """The versions that were in force at some time, the newest first."""
    statuses = [PolicyVersion.Status.PUBLISHED, PolicyVersion.Status.SUPERSEDED]
    rows = PolicyVersion.objects.filter(status__in=statuses).defer("document")
    return list(rows.order_by("-number")[:100])


def routed(conversation: Conversation, *, version: int | None = None) -> list[Routed]:
    """The routing decisions of a conversation, newest first; with a version, replayed under it.

    Raises:
        NotFoundError: there is no such version.
    """
    answers = _answers(version) if version is not None else None
    events = conversation.events.filter(kind=ROUTED).order_by("-at", "-pk")[:SHOWN]
    return [_read(event, answers) for event in events]


def replay_many(version: int, *, limit: int = 500) -> Replay:
    """The first decisions of the newest conversations, as they were and under another version.

    Loads and absences are those of the moment; what the other version would have changed in them
    is left out. Six statements.

    Raises:
        NotFoundError: there is no such version.
    """
    answers = _answers(version)
    events = list(
        ConversationEvent.objects.filter(kind=ROUTED, detail__why="A new conversation.")
        .select_related("conversation")
        .order_by("-at", "-pk")[:limit]
    )
    found = [_read(event, answers) for event in events]
    users = users_named(_ids(found, "user_id"))
    teams = team_names(_ids(found, "team_id"))
    differing = [one for one in found if one.differs]
    return Replay(
        version=version,
        conversations=len(found),
        differing=len(differing),
        people=_shares(found, lambda one: users.get(one.user_id or 0, "Nobody yet")),
        teams=_shares(found, lambda one: teams.get(one.team_id or 0, "No team")),
        steps=_shares(found, lambda one: PART_LABELS[one.part]),
        examples=tuple(differing[:SHOWN]),
        since=events[-1].at if events else None,
    )


def names_for(decisions: Iterable[Routed]) -> tuple[dict[int, str], dict[int, str]]:
    """The names of people and of teams in these decisions; two statements."""
    found = list(decisions)
    return users_named(_ids(found, "user_id")), team_names(_ids(found, "team_id"))


def _ids(found: list[Routed], name: str) -> set[int]:
    both = [getattr(one.decision, name) for one in found]
    both += [getattr(one.then, name) for one in found if one.then is not None]
    return {pk for pk in both if pk is not None}


def _shares(found: list[Routed], name_of: Callable[[Decision], str]) -> tuple[Share, ...]:
    now = Counter(name_of(one.decision) for one in found)
    then = Counter(name_of(one.then) for one in found if one.then is not None)
    names = sorted(now.keys() | then.keys(), key=lambda name: (-now[name], -then[name], name))
    return tuple(Share(name, now[name], then[name]) for name in names)


def _answers(version: int) -> Answers:
    answers = answers_of_version(version)
    if not answers.exists:
        raise NotFoundError(f"There is no version {version} of the policy.")
    return answers


def _read(event: ConversationEvent, answers: Answers | None) -> Routed:
    context = stored_routing.from_json(event.detail["context"])
    decision = stored_routing.decision_from(event.detail["decision"])
    if answers is None:
        return Routed(event, decision, context)
    answer = answers.for_segments(event.detail["segments"])
    promised = promised_of(answer, can_help_itself=event.detail["can_help_itself"])
    return Routed(event, decision, context, decide(replace(context, promised=promised)))
