"""The channels, teams and people that a file of cases names."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from amity.base.ids import slug
from amity.base.text import fold
from amity.kernel.access.models import Team, User
from amity.kernel.imports.models import ImportChange
from amity.run.inbox.models import Channel
from amity.run.inbox.operations.change import touchpoint_of
from amity.run.inbox.rules.cases import Case

_KINDS = {
    Channel.Kind.MAIL: ("mail",),
    Channel.Kind.PHONE: ("phone", "call", "tel", "anruf"),
    Channel.Kind.CHAT: ("chat", "messag"),
    Channel.Kind.VISIT: ("visit", "counter", "walk", "person", "desk"),
}


@dataclass
class Places:
    """Channels, teams and people by the words of the file.

    People who are not here have no account made for them: the events name them.
    """

    channels: dict[str, Channel]
    teams: dict[str, int]
    people: dict[str, int]
    _touchpoints: dict[int, int | None] = field(default_factory=dict)

    def channel(self, words: str) -> Channel:
        """The channel of these words."""
        return self.channels[fold(words)]

    def team(self, name: str) -> int | None:
        """The number of the team of this name."""
        return self.teams.get(fold(name))

    def person(self, words: str) -> int | None:
        """The number of the person with this name or address, where there is one."""
        return self.people.get(fold(words)) if words else None

    def touchpoint(self, channel: Channel) -> int | None:
        """The number of the touchpoint that a channel stands for."""
        if channel.pk not in self._touchpoints:
            self._touchpoints[channel.pk] = touchpoint_of(channel)
        return self._touchpoints[channel.pk]


def places_for(cases: Sequence[Case], *, import_id: int, at: datetime) -> Places:
    """What the cases name; channels and teams that are not there are added, switched off."""
    teams = {case.team for case in cases} - {""}
    people: dict[str, int] = {}
    for pk, name, email in User.objects.order_by("-pk").values_list("pk", "name", "email"):
        people |= {fold(name): pk, fold(email): pk}
    return Places(
        channels=_channels({case.channel for case in cases}, import_id, at),
        teams=_teams(teams, import_id),
        people=people,
    )


def _channels(words: Iterable[str], import_id: int, at: datetime) -> dict[str, Channel]:
    found: dict[str, Channel] = {}
    for row in Channel.objects.order_by("-pk"):
        found |= {fold(row.key): row, fold(row.name): row}
    for word in sorted(words):
        if fold(word) not in found:
            name = word or "Imported"
            row = Channel.objects.create(
                key=_free_key(slug(name, fallback="imported"), _has_channel),
                name=name,
                kind=_kind_of(word),
                touchpoint_key=slug(word, fallback=""),
                is_active=False,
                created_at=at,
            )
            _note_made("channel", row.pk, import_id)
            found[fold(word)] = row
    return found


def _kind_of(word: str) -> Channel.Kind:
    folded = fold(word)
    for kind, signs in _KINDS.items():
        if any(sign in folded for sign in signs):
            return kind
    return Channel.Kind.API


def _teams(names: Iterable[str], import_id: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for pk, key, name in Team.objects.order_by("-pk").values_list("pk", "key", "name"):
        found |= {fold(key): pk, fold(name): pk}
    for name in sorted(names):
        if fold(name) not in found:
            key = _free_key(slug(name, fallback="team"), _has_team)
            row = Team.objects.create(key=key, name=name, is_active=False)
            _note_made("team", row.pk, import_id)
            found[fold(name)] = row.pk
    return found


def _has_channel(key: str) -> bool:
    return Channel.objects.filter(key=key).exists()


def _has_team(key: str) -> bool:
    return Team.objects.filter(key=key).exists()


def _free_key(key: str, is_taken: Callable[[str], bool]) -> str:
    """The key, with a number where another thing has it."""
    number, free = 1, key
    while is_taken(free):
        number += 1
        free = f"{key[:45]}-{number}"
    return free


def _note_made(object_type: str, pk: int, import_id: int) -> None:
    ImportChange.objects.create(
        import_id=import_id, object_type=object_type, object_id=pk, before={}
    )
