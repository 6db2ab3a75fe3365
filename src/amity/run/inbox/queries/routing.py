"""What a routing decision rests on, read from the database as it is now."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db.models import Count

from amity.kernel.access.models import Team, TeamMember, User
from amity.kernel.access.queries import absent_user_ids
from amity.kernel.access.rules import policy_table
from amity.kernel.customers.ownership import OwnerAnswer, has_owners, owner_of
from amity.kernel.policy.compiled import PromiseAnswer, answer_from
from amity.kernel.policy.models import CompiledPromise, PolicyVersion
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.run.inbox.models import AgentProfile, Conversation
from amity.run.inbox.queries.once import once
from amity.run.inbox.rules.routing import Candidate

WORKING = "inbox.reply"
LOADS = "loads"


def may_work() -> list[str]:
    """The roles that may answer customers."""
    return sorted(policy_table()[WORKING].roles)


def candidates(profiles: Iterable[AgentProfile], at: datetime) -> tuple[Candidate, ...]:
    """The people of these profiles as they are now; three statements."""
    rows = [row for row in profiles if row.user.is_active and row.user.role in may_work()]
    ids = [row.user_id for row in rows]
    away = once(("absent", at), lambda: absent_user_ids(at))
    loads = once(LOADS, lambda: _loads(ids))
    teams = once(("teams", tuple(ids)), lambda: _teams(ids))
    return tuple(
        Candidate(
            user_id=row.user_id,
            name=str(row.user),
            load=loads.get(row.user_id, 0),
            load_limit=row.load_limit,
            is_available=row.is_available,
            is_absent=row.user_id in away,
            takes_turns=row.takes_turns,
            skills=frozenset(row.skills),
            languages=frozenset(row.languages),
            team_ids=frozenset(teams.get(row.user_id, ())),
            last_assigned_at=row.last_assigned_at,
        )
        for row in rows
    )


def note_load(user_id: int | None, change: int) -> None:
    """Somebody got or lost a conversation, for the further decisions of the transaction."""
    if user_id is not None:
        loads: dict[int, int] = once(LOADS, dict)
        loads[user_id] = loads.get(user_id, 0) + change


def relevant(
    found: tuple[Candidate, ...], *, people: Iterable[int | None], teams: Iterable[int | None]
) -> tuple[Candidate, ...]:
    """Those whom the decision can name: by name, or in one of the teams; all where none is."""
    named = {pk for pk in people if pk is not None}
    wanted = {pk for pk in teams if pk is not None}
    if not wanted:
        return found
    return tuple(one for one in found if one.user_id in named or one.team_ids & wanted)


def _loads(user_ids: list[int]) -> dict[int, int]:
    rows = Conversation.objects.filter(
        assignee_id__in=user_ids,
        status=Conversation.Status.OPEN,
        is_spam=False,
        merged_into=None,
    )
    return dict(rows.values_list("assignee_id").annotate(load=Count("pk")).order_by())


def _teams(user_ids: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = TeamMember.objects.filter(user_id__in=user_ids, team__is_active=True)
    for user_id, team_id in rows.values_list("user_id", "team_id"):
        found.setdefault(user_id, []).append(team_id)
    return found


def team_names(team_ids: Iterable[int | None]) -> dict[int, str]:
    """The names of these teams."""
    wanted = frozenset(pk for pk in team_ids if pk is not None)
    rows = Team.objects.filter(pk__in=wanted).values_list("pk", "name")
    return once(("team names", wanted), lambda: dict(rows)) if wanted else {}


def owner_for(conversation: Conversation, at: datetime) -> OwnerAnswer | None:
    """Who looks after the customer of a conversation."""
    if conversation.customer_id is None or not once("owners", has_owners):
        return None
    return owner_of(conversation.customer_id, at=at)


def last_agent_of(conversation: Conversation) -> int | None:
    """Who had the customer's latest other conversation; None where nobody had one."""
    if conversation.customer_id is None:
        return None
    rows = Conversation.objects.filter(
        customer_id=conversation.customer_id, assignee__isnull=False, merged_into=None
    ).exclude(pk=conversation.pk)
    found = rows.order_by("-last_message_at", "-pk").values_list("assignee_id", flat=True)
    return found.first()


def segments_of(customer_id: int | None) -> list[str]:
    """The keys of the segments that hold a customer now."""
    if customer_id is None:
        return []
    rows = SegmentMembership.objects.filter(customer_id=customer_id, until=None)
    return sorted(rows.values_list("segment__key", flat=True))


def answers_of_version(number: int) -> "Answers":
    """What a version of the policy promises to each of its segments; three statements."""
    rows = list(CompiledPromise.objects.filter(version__number=number).order_by("position"))
    names = dict(
        Segment.objects.filter(key__in=[row.segment_key for row in rows]).values_list("key", "name")
    )
    exists = bool(rows) or PolicyVersion.objects.filter(number=number).exists()
    return Answers(
        number,
        [
            answer_from(
                row.payload,
                number=number,
                segment_key=row.segment_key,
                segment_name=names.get(row.segment_key, row.segment_key),
                reason="",
            )
            for row in rows
        ],
        exists=exists,
    )


class Answers:
    """The promises of one version, to be asked by the segments that held a customer."""

    def __init__(self, number: int, ordered: list[PromiseAnswer], *, exists: bool) -> None:
        self.number = number
        self.exists = exists
        self._ordered = ordered

    def for_segments(self, keys: Iterable[str]) -> PromiseAnswer:
        """The answer for a customer whom these segments hold: the first of the canvas decides."""
        held = set(keys)
        for answer in self._ordered:
            if answer.segment_key in held:
                return answer
        return replace(_NOTHING, version_number=self.number)


_NOTHING = PromiseAnswer(None, None, "", "No segment of the version holds this customer.")


def users_named(user_ids: Iterable[int | None]) -> dict[int, str]:
    """The names of these people."""
    wanted = {pk for pk in user_ids if pk is not None}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)} if wanted else {}
