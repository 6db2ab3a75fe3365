"""Changes to how the inbox works: people's profiles, texts, macros, rules, choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model

from amity.base.results import ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import Team, User
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import AgentProfile, CannedReply, InboxSettings, Macro, Rule
from amity.run.inbox.operations.change import user_of
from amity.run.inbox.rules.actions import AutomationError, read_actions
from amity.run.inbox.rules.automation import read_conditions, read_event
from amity.run.inbox.rules.templates import check_template

Row = TypeVar("Row", bound=Model)
MOST_HELD = 120  # seconds in which an answer can be taken back


@dataclass(frozen=True, slots=True)
class Profile:
    """How a person takes part; `load_limit` counts open conversations at once."""

    is_available: bool = True
    takes_turns: bool = True
    load_limit: int = 20
    skills: Sequence[str] = ()
    languages: Sequence[str] = ()
    undo_send_seconds: int = 10


@dataclass(frozen=True, slots=True)
class RuleFields:
    """A rule as it is written down; conditions and actions are plain values."""

    name: str
    event: str
    conditions: Mapping[str, Any] = field(default_factory=dict)
    actions: Sequence[Mapping[str, Any]] = ()
    position: int = 0
    is_active: bool = True


@transaction.atomic
def save_profile(*, user_id: int, profile: Profile, actor: Actor, at: datetime) -> AgentProfile:
    """Sets how a person takes part in the inbox.

    Raises:
        NotFoundError: there is no such person.
        AutomationError: a number cannot be.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFoundError(f"There is no person {user_id}.")
    if not 0 <= profile.load_limit <= 1000:
        raise AutomationError("The limit lies between 0 and 1,000 open conversations.")
    if not 0 <= profile.undo_send_seconds <= MOST_HELD:
        raise AutomationError(f"Answers are held for at most {MOST_HELD} seconds.")
    row, _made = AgentProfile.objects.update_or_create(
        user=user,
        defaults={
            "is_available": profile.is_available,
            "takes_turns": profile.takes_turns,
            "load_limit": profile.load_limit,
            "skills": _words(profile.skills, "skill"),
            "languages": [word[:2] for word in _words(profile.languages, "language")],
            "undo_send_seconds": profile.undo_send_seconds,
        },
    )
    _audit("profile_changed", "user", user.pk, str(user), actor=actor, at=at)
    return row


@transaction.atomic
def set_availability(*, is_available: bool, actor: Actor, at: datetime) -> AgentProfile:
    """Says whether one takes new conversations now; what one has stays.

    Raises:
        InboxError: a machine asks.
    """
    row, _made = AgentProfile.objects.update_or_create(
        user_id=user_of(actor), defaults={"is_available": is_available}
    )
    words = "available" if is_available else "not available"
    _audit("availability_changed", "user", row.user_id, words, actor=actor, at=at)
    return row


CHOICES = frozenset(
    {
        "hourly_cost_minor",
        "reopen_days",
        "self_service_url",
        "self_service_text",
        "counts_in_customers_zone",
        "fallback_team_id",
        "reassign_minutes",
        "escalates_to_leads",
    }
)


@transaction.atomic
def save_choices(*, changes: Mapping[str, Any], actor: Actor, at: datetime) -> InboxSettings:
    """Changes the choices that hold for the whole inbox; those that are not named stay.

    Raises:
        NotFoundError: there is no such team.
        AutomationError: there is no such choice, or a number cannot be.
    """
    unknown = set(changes) - CHOICES
    if unknown:
        raise AutomationError(f"There is no choice {min(unknown)}.")
    if not changes:
        return InboxSettings.objects.order_by("pk").first() or InboxSettings.objects.create()
    minutes = changes.get("reassign_minutes")
    if minutes is not None and not 5 <= minutes <= 60 * 24 * 7:
        raise AutomationError("Give on after 5 working minutes at the soonest, a week at most.")
    team_id = changes.get("fallback_team_id")
    if team_id is not None and not Team.objects.filter(pk=team_id).exists():
        raise NotFoundError(f"There is no team {team_id}.")
    row = InboxSettings.objects.select_for_update().order_by("pk").first()
    row = row or InboxSettings.objects.create()
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=[name.removesuffix("_id") for name in changes])
    differing = {
        name: {"from": before[name], "to": value}
        for name, value in changes.items()
        if before[name] != value
    }
    if differing:
        record_audit(
            actor=actor,
            action="inbox.choices_changed",
            object_type="inbox",
            object_id=row.pk,
            at=at,
            summary=", ".join(sorted(differing)),
            changes=differing,
        )
    return row


@transaction.atomic
def save_reply(
    *,
    shortcut: str,
    name: str,
    text: str,
    actor: Actor,
    at: datetime,
    language: str = "",
    is_own: bool = False,
    reply_id: int | None = None,
) -> CannedReply:
    """Makes or changes a text to answer with; one's own is seen by nobody else.

    Raises:
        NotFoundError: there is no such reply, or it is somebody else's own.
        ConflictError: the shortcut is taken.
        TemplateError: the text names an unknown variable.
    """
    row = _seen_reply(reply_id, actor) if reply_id is not None else CannedReply()
    row.shortcut = _required(shortcut.strip().lower().lstrip("/"), "shortcut", 50)
    row.name = _required(name, "name", 100)
    row.text = check_template(_required(text, "text", 20_000))
    row.language = clean_text(language, field="language", max_length=10).lower()
    row.owner_id = user_of(actor) if is_own else None
    row.updated_at = at
    return _saved(row, "reply", actor=actor, at=at)


@transaction.atomic
def save_macro(
    *,
    name: str,
    actions: Sequence[Mapping[str, Any]],
    actor: Actor,
    at: datetime,
    shortcut: str = "",
    macro_id: int | None = None,
) -> Macro:
    """Makes or changes several actions in one step.

    Raises:
        NotFoundError: there is no such macro.
        ConflictError: the name is taken.
        AutomationError: an action cannot be.
    """
    row = _found(Macro, macro_id) if macro_id is not None else Macro()
    row.name = _required(name, "name", 100)
    row.shortcut = clean_text(shortcut, field="shortcut", max_length=20)
    row.actions = _actions(actions)
    row.updated_at = at
    return _saved(row, "macro", actor=actor, at=at)


@transaction.atomic
def save_rule(
    *, fields: RuleFields, actor: Actor, at: datetime, rule_id: int | None = None
) -> Rule:
    """Makes or changes what happens by itself.

    Raises:
        NotFoundError: there is no such rule.
        ConflictError: the name is taken.
        AutomationError: its event, a condition or an action cannot be.
    """
    row = _found(Rule, rule_id) if rule_id is not None else Rule()
    row.name = _required(fields.name, "name", 100)
    row.event = read_event(fields.event).value
    row.conditions = read_conditions(fields.conditions).model_dump(mode="json")
    row.actions = _actions(fields.actions)
    row.position = fields.position
    row.is_active = fields.is_active
    row.updated_at = at
    return _saved(row, "rule", actor=actor, at=at)


@transaction.atomic
def remove_reply(reply_id: int, *, actor: Actor, at: datetime) -> None:
    """Removes a text.

    Raises:
        NotFoundError: there is none, or it is somebody else's own.
    """
    _remove(_seen_reply(reply_id, actor), "reply", actor=actor, at=at)


@transaction.atomic
def remove_macro(macro_id: int, *, actor: Actor, at: datetime) -> None:
    """Removes a macro.

    Raises:
        NotFoundError: there is none.
    """
    _remove(_found(Macro, macro_id), "macro", actor=actor, at=at)


@transaction.atomic
def remove_rule(rule_id: int, *, actor: Actor, at: datetime) -> None:
    """Removes a rule with its log; switched off, it would keep it.

    Raises:
        NotFoundError: there is none.
    """
    _remove(_found(Rule, rule_id), "rule", actor=actor, at=at)


def _found(model: type[Row], pk: int) -> Row:
    row = model._default_manager.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFoundError(f"There is no {model._meta.verbose_name} {pk}.")
    return row


def _seen_reply(reply_id: int, actor: Actor) -> CannedReply:
    row = _found(CannedReply, reply_id)
    if row.owner_id not in {None, actor.user_id}:
        raise NotFoundError(f"There is no {row._meta.verbose_name} {reply_id}.")
    return row


def _saved(row: Row, kind: str, *, actor: Actor, at: datetime) -> Row:
    is_new = row.pk is None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ConflictError(f"There is a {kind} {row} already. Give this one another.") from error
    action = f"{kind}_{'made' if is_new else 'changed'}"
    _audit(action, f"inbox_{kind}", row.pk, str(row), actor=actor, at=at)
    return row


def _remove(row: Model, kind: str, *, actor: Actor, at: datetime) -> None:
    _audit(f"{kind}_removed", f"inbox_{kind}", row.pk, str(row), actor=actor, at=at)
    row.delete()


def _actions(values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [action.model_dump(mode="json") for action in read_actions(list(values))]


def _required(text: str, name: str, most: int) -> str:
    cleaned = clean_text(text, field=name, max_length=most)
    if not cleaned:
        raise AutomationError(f"It needs a {name}.")
    return cleaned


def _words(words: Sequence[str], name: str) -> list[str]:
    cleaned = (clean_text(word, field=name, max_length=50).lower() for word in words)
    return sorted({word for word in cleaned if word})[:50]


def _audit(action: str, kind: str, pk: int, summary: str, *, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=f"inbox.{action}",
        object_type=kind,
        object_id=pk,
        at=at,
        summary=summary,
    )
