"""What rules and macros may do to a conversation. Pure."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from amity.base.results import AmityError
from amity.run.inbox.rules.templates import check_template


class AutomationError(AmityError):
    """A rule or a macro that cannot be as it is given."""


class Part(BaseModel):
    """A part of a rule: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AssignTo(Part):
    """Gives it to a person."""

    do: Literal["assign"]
    user_id: int

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return f"give it to {names.get(f'user:{self.user_id}', 'somebody who left')}"


class AssignTeam(Part):
    """Gives it to a team."""

    do: Literal["team"]
    team_id: int

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return f"give it to {names.get(f'team:{self.team_id}', 'a team that was removed')}"


class Route(Part):
    """Lets the promise decide anew who gets it."""

    do: Literal["route"]

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return "let the promise decide who gets it"


class AddTag(Part):
    """Puts a tag on."""

    do: Literal["tag"]
    name: Annotated[str, Field(min_length=1, max_length=50)]

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return f"tag “{self.name}”"


class RemoveTag(Part):
    """Takes a tag off."""

    do: Literal["untag"]
    name: Annotated[str, Field(min_length=1, max_length=50)]

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return f"untag “{self.name}”"


class SetPriority(Part):
    """Sets the priority, 1 (low) to 4 (urgent)."""

    do: Literal["priority"]
    priority: Annotated[int, Field(ge=1, le=4)]

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return f"set priority {self.priority}"


class SetStatus(Part):
    """Waits for the customer, or opens again."""

    do: Literal["status"]
    status: Literal["open", "waiting"]

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return "wait for the customer" if self.status == "waiting" else "open it"


class Close(Part):
    """Closes with an outcome."""

    do: Literal["close"]
    outcome: Annotated[str, Field(min_length=1, max_length=50)]
    reason: Annotated[str, Field(max_length=300)] = ""

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return f"close it as {self.outcome}"


class Note(Part):
    """Writes a note among colleagues."""

    do: Literal["note"]
    text: Annotated[str, Field(min_length=1, max_length=5000)]

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return f"note “{self.text[:40]}”"


class Reply(Part):
    """Answers the customer with a text; variables are filled in."""

    do: Literal["reply"]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return f"answer “{self.text[:40]}”"


class Follow(Part):
    """Lets a person hear of it."""

    do: Literal["follow"]
    user_id: int

    def words(self, names: Mapping[str, str]) -> str:
        """The action in words; `names` are people and teams as `user:7` and `team:3`."""
        return f"let {names.get(f'user:{self.user_id}', 'somebody who left')} follow it"


Action = Annotated[
    AssignTo
    | AssignTeam
    | Route
    | AddTag
    | RemoveTag
    | SetPriority
    | SetStatus
    | Close
    | Note
    | Reply
    | Follow,
    Field(discriminator="do"),
]
ACTION_LABELS = {
    "assign": "Give it to a person",
    "team": "Give it to a team",
    "route": "Let the promise decide who gets it",
    "tag": "Put a tag on",
    "untag": "Take a tag off",
    "priority": "Set the priority",
    "status": "Set the status",
    "close": "Close it",
    "note": "Write a note",
    "reply": "Answer the customer",
    "follow": "Let a person follow it",
}
_ACTIONS: TypeAdapter[tuple[Action, ...]] = TypeAdapter(
    Annotated[tuple[Action, ...], Field(min_length=1, max_length=20)]
)


def read_actions(values: object) -> tuple[Action, ...]:
    """The actions that plain values describe.

    Raises:
        AutomationError: there are none or too many, or one is misspelled.
        TemplateError: a text names an unknown variable.
    """
    try:
        actions = _ACTIONS.validate_python(values)
    except ValidationError as error:
        raise AutomationError(refusal("action", error)) from error
    for action in actions:
        if isinstance(action, Note | Reply):
            check_template(action.text)
    return actions


def refusal(what: str, error: ValidationError) -> str:
    """The first mistake as a sentence."""
    first: Mapping[str, Any] = dict(error.errors()[0])
    place = ".".join(str(part) for part in first["loc"]) or f"the {what}s"
    return f"A {what} cannot be so: {place}: {first['msg']}."[:500]
