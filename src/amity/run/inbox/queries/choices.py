"""What lists are filtered by and conversations are given to, all read in one statement."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from amity.base.vocabulary import RelationshipType
from amity.kernel.access.queries import people_at_work, teams_at_work
from amity.kernel.segments.models import Segment
from amity.run.inbox.models import Channel, Conversation, Tag, Topic

MOST = 500  # of each kind


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: its primary key as text, its key where it has one, its name."""

    id: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose, each by name."""

    people: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    channels: tuple[Choice, ...]
    segments: tuple[Choice, ...]
    tags: tuple[Choice, ...]
    topics: tuple[Choice, ...]

    def pairs(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """(value, words) of each filter by its name."""
        return {
            "assignee": tuple((one.id, one.name) for one in self.people),
            "team": tuple((one.key, one.name) for one in self.teams),
            "segment": tuple((one.key, one.name) for one in self.segments),
            "type": tuple((one.value, one.label) for one in RelationshipType),
            "channel": tuple((one.key, one.name) for one in self.channels),
            "priority": tuple((str(one.value), str(one.label)) for one in Conversation.Priority),
            "tag": tuple((one.name, one.name) for one in self.tags),
            "topic": tuple((one.name, one.name) for one in self.topics),
        }


def choices() -> Choices:
    """All of it; one statement."""
    found: dict[str, list[Choice]] = {name: [] for name in Choices.__dataclass_fields__}
    sql, values = _everything()
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for kind, *parts in cursor.fetchall():
            found[kind].append(Choice(*parts))
    return Choices(**{name: _by_name(rows) for name, rows in found.items()})


def _by_name(rows: list[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(rows, key=lambda one: (one.name.casefold(), one.id)))


@lru_cache(maxsize=1)
def _everything() -> tuple[str, list[Any]]:
    """One statement for all kinds, and its values; the ORM refuses parts that are cut to size."""
    kinds: dict[str, tuple[QuerySet[Any], str, Any]] = {
        "people": (
            people_at_work(),
            "",
            Coalesce(NullIf("name", Value("")), "email", output_field=CharField()),
        ),
        "teams": (teams_at_work(), "key", F("name")),
        "channels": (Channel.objects.filter(is_active=True), "key", F("name")),
        "segments": (Segment.objects.filter(archived_at=None), "key", F("name")),
        "tags": (Tag.objects.all(), "", F("name")),
        "topics": (Topic.objects.filter(archived_at=None), "", F("name")),
    }
    parts: list[str] = []
    values: list[Any] = []
    for kind, (rows, key, name) in kinds.items():
        chosen = rows.order_by("name", "pk").values_list(
            Value(kind, CharField()),
            Cast("pk", CharField()),
            F(key) if key else Value("", CharField()),
            name,
        )
        sql, given = chosen[:MOST].query.sql_with_params()
        parts.append(f"SELECT * FROM ({sql}) AS {kind}")  # noqa: S608 -- the ORM's own
        values.extend(given)
    return " UNION ALL ".join(parts), values
