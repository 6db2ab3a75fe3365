"""Reads for the pages on which the inbox is set up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from amity.kernel.access.models import User
from amity.kernel.access.queries import absent_user_ids, active_people, active_teams
from amity.run.inbox.models import (
    AgentProfile,
    CannedReply,
    Conversation,
    Macro,
    Rule,
    RuleFiring,
)
from amity.run.inbox.queries.routing import may_work
from amity.run.inbox.rules.actions import read_actions
from amity.run.inbox.rules.automation import (
    EVENT_LABELS,
    condition_words,
    read_conditions,
    read_event,
)

PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who may answer, with their profile (None: not made yet) and what they have open."""

    user: User
    profile: AgentProfile | None
    load: int
    is_absent: bool


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in words, how often it acted in 30 days, and what its conversations cost in all."""

    rule: Rule
    event: str
    conditions: str
    actions: tuple[str, ...]
    fired: int
    stopped: int
    conversations: int
    cost_minor: int


def agents(at: datetime) -> list[Agent]:
    """Everybody who may answer; four statements."""
    users = list(
        User.objects.filter(is_active=True, role__in=may_work())
        .select_related("agent_profile")
        .order_by("name", "pk")[:500]
    )
    open_ones = Conversation.objects.filter(
        assignee__in=users, status=Conversation.Status.OPEN, is_spam=False, merged_into=None
    )
    loads = dict(open_ones.values_list("assignee").annotate(n=Count("pk")).order_by())
    away = absent_user_ids(at)
    return [
        Agent(user, getattr(user, "agent_profile", None), loads.get(user.pk, 0), user.pk in away)
        for user in users
    ]


def replies_for(user_id: int | None) -> QuerySet[CannedReply]:
    """The texts that a person may use: everybody's and their own, the most used first."""
    rows = CannedReply.objects.filter(Q(owner=None) | Q(owner_id=user_id or 0))
    return rows.select_related("owner").order_by("-used_count", "shortcut")


def macros() -> QuerySet[Macro]:
    """All macros by name."""
    return Macro.objects.order_by("name")


def rules(at: datetime) -> list[RuleRow]:
    """All rules in the order in which they act; four statements."""
    since = at - PERIOD
    in_period = Q(firings__at__gt=since)
    rows = Rule.objects.order_by("event", "position", "pk").annotate(
        fired=Count("firings", filter=in_period & Q(firings__stopped_because="")),
        halted=Count("firings", filter=in_period & ~Q(firings__stopped_because="")),
    )
    costs = _costs(since)
    names = names_of_people_and_teams()
    return [
        RuleRow(
            rule=row,
            event=EVENT_LABELS[read_event(row.event)],
            conditions=condition_words(read_conditions(row.conditions)),
            actions=tuple(action.words(names) for action in read_actions(row.actions)),
            fired=row.fired,
            stopped=row.halted,
            conversations=costs.get(row.pk, (0, 0))[0],
            cost_minor=costs.get(row.pk, (0, 0))[1],
        )
        for row in rows
    ]


def _costs(since: datetime) -> dict[int, tuple[int, int]]:
    """Of each rule: how many conversations it acted on, and what these cost in all."""
    pairs = set(
        RuleFiring.objects.filter(at__gt=since, stopped_because="").values_list(
            "rule_id", "conversation_id", "conversation__cost_minor"
        )[:100_000]
    )
    found: dict[int, tuple[int, int]] = {}
    for rule_id, _conversation, cost in pairs:
        count, total = found.get(rule_id, (0, 0))
        found[rule_id] = (count + 1, total + cost)
    return found


def names_of_people_and_teams() -> dict[str, str]:
    """Everybody and every team as `user:7` and `team:3`; two statements."""
    people = {f"user:{user.pk}": str(user) for user in active_people()}
    return people | {f"team:{team.pk}": team.name for team in active_teams()}


def firings(rule: Rule) -> list[RuleFiring]:
    """The last hundred times that a rule acted or was stopped, with the conversations."""
    rows = RuleFiring.objects.filter(rule=rule).select_related("conversation")
    return list(rows.order_by("-at", "-pk")[:100])
