"""What is done to many conversations at once, and how it is taken back. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from amity.run.inbox.rules.working import InboxError, tag_names

ACTIONS = frozenset(
    {"assign", "team", "priority", "tag", "untag", "topic", "topic_guess"}
    | {"close", "reopen", "wait", "snooze", "spam", "not_spam"}
)
NUMBERS = {"assign": "assignee_id", "team": "team_id", "priority": "priority"}
STATUSES = {"open": "reopen", "waiting": "wait"}


@dataclass(frozen=True, slots=True)
class BulkAction:
    """`do` is one of ACTIONS; `number` a person, team, priority; `text` tags, topic, outcome."""

    do: str
    number: int | None = None
    text: str = ""
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.do not in ACTIONS:
            raise InboxError(f"Choose what is to be done: {', '.join(sorted(ACTIONS))}.")

    def as_json(self) -> dict[str, Any]:
        """It as plain JSON."""
        return {**asdict(self), "until": self.until.isoformat() if self.until else None}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "BulkAction":
        """It as it was kept."""
        until = kept["until"]
        instant = datetime.fromisoformat(until) if until else None
        return cls(kept["do"], kept["number"], kept["text"], instant)

    def undoing(self, before: Mapping[str, Any]) -> list["BulkAction"]:
        """What brings a conversation back to what it was `before`."""
        if self.do in NUMBERS:
            return [BulkAction(self.do, before[NUMBERS[self.do]])]
        if self.do in {"topic", "topic_guess"}:
            was_said = before["topic_origin"] == "person"
            return [BulkAction("topic", text=before["topic"]) if was_said else GUESSED]
        if self.do in {"tag", "untag"}:
            return self._untagging(before)
        if self.do in {"spam", "not_spam"}:
            return [BulkAction("spam" if before["is_spam"] else "not_spam")]
        return [_status(before)]

    def _untagging(self, before: Mapping[str, Any]) -> list["BulkAction"]:
        there = set(before["tags"])
        names = tag_names(self.text)
        if self.do == "tag":
            changed = [name for name in names if name not in there]
            return [BulkAction("untag", text=",".join(changed))]
        return [BulkAction("tag", text=",".join(name for name in names if name in there))]


GUESSED = BulkAction("topic_guess")


def _status(before: Mapping[str, Any]) -> BulkAction:
    if before["status"] == "closed":
        return BulkAction("close", text=before["outcome"])
    until = before["snoozed_until"]
    if before["status"] == "snoozed" and until:
        return BulkAction("snooze", until=datetime.fromisoformat(until))
    return BulkAction(STATUSES.get(before["status"], "reopen"))
