"""What a touchpoint may say of itself (DOMAIN 5.2 and 5.3), and how many are enough. Pure."""

import re
from dataclasses import dataclass, fields
from datetime import date

from amity.base.results import AmityError
from amity.base.text import fold
from amity.base.vocabulary import Control, Owner, RelationshipType, Stage

PURPOSES = {
    "communicate": "Communicate",
    "sell": "Sell",
    "distribute": "Distribute",
}
INTEGRATION_POINTS = {
    "identity": "Knows the same customer",
    "history_here": "Shows the history from elsewhere",
    "history_elsewhere": "Its history is seen elsewhere",
    "handover": "Hands the context over, both ways",
    "same_terms": "Same prices, stock and promises",
    "consent": "Honors consent",
    "logged": "Logs its events with cost and outcome",
}
STATUSES = ("planned", "live", "frozen", "closing", "closed")
ENOUGH_PER_STAGE = 3  # one more in the same stage asks for a reason: fewer, better
_KEY = re.compile(r"^[a-z0-9][a-z0-9_-]{0,49}$")


@dataclass(frozen=True, slots=True)
class TouchpointFields:
    """Everything about a touchpoint that a person may write; money in minor units."""

    key: str
    name: str
    channel: str
    purposes: tuple[str, ...] = ()
    owner: str = Owner.OWN
    partner_name: str = ""
    control: str = Control.DIRECT
    stages: tuple[str, ...] = ()
    relationship_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    hours: str = ""
    calendar_key: str = ""
    service_level: str = ""
    responsible: str = ""
    system_of_record: str = ""
    integration: tuple[str, ...] = ()
    monthly_volume: float | None = None
    unit_cost_minor: int | None = None
    fixed_cost_minor: int | None = None
    upkeep_hours: float | None = None
    is_monitored: bool = False
    response_rule: str = ""
    started_on: date | None = None
    review_on: date | None = None
    replaced_by: str = ""  # the key of another
    status: str = "live"
    is_guess: bool = False


FIELD_NAMES = tuple(field.name for field in fields(TouchpointFields))


class TouchpointInvalidError(AmityError):
    """Some fields cannot be as given; `errors` has one sentence per field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def key_of(name: str) -> str:
    """A key made of a name: `Web shop (EU)` becomes `web-shop-eu`."""
    key = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:50].rstrip("-")
    return key or "touchpoint"


def free_key(name: str, taken: frozenset[str] | set[str]) -> str:
    """The name's key, with a number behind it where it is taken."""
    key, number = key_of(name), 2
    free = key
    while free in taken:
        free = f"{key[:46]}-{number}"
        number += 1
    return free


def errors_of(given: TouchpointFields) -> dict[str, str]:
    """What is wrong, by field; empty when nothing is."""
    return {**_text_errors(given), **_word_errors(given), **_number_errors(given)}


def _text_errors(given: TouchpointFields) -> dict[str, str]:
    errors = {}
    if not _KEY.match(given.key):
        errors["key"] = "Use small letters, digits, - and _ (at most 50), beginning with a letter."
    if not given.name.strip():
        errors["name"] = "Give it a name that colleagues will recognize."
    if not given.channel.strip():
        errors["channel"] = "Say the medium it is on: shop, web, e-mail, phone."
    if given.owner == Owner.PARTNER and not given.partner_name.strip():
        errors["partner_name"] = "Name the partner it is run with."
    if given.replaced_by and given.replaced_by == given.key:
        errors["replaced_by"] = "A touchpoint cannot replace itself. Choose another, or none."
    return errors


def _word_errors(given: TouchpointFields) -> dict[str, str]:
    sets: tuple[tuple[str, tuple[str, ...], set[str]], ...] = (
        ("owner", (given.owner,), {value.value for value in Owner}),
        ("control", (given.control,), {value.value for value in Control}),
        ("stages", given.stages, {value.value for value in Stage}),
        ("relationship_types", given.relationship_types, {v.value for v in RelationshipType}),
        ("purposes", given.purposes, set(PURPOSES)),
        ("integration", given.integration, set(INTEGRATION_POINTS)),
        ("status", (given.status,), set(STATUSES)),
    )
    errors = {}
    for name, words, allowed in sets:
        unknown = sorted(set(words) - allowed)
        if unknown:
            errors[name] = f"{unknown[0]} is not one of {', '.join(sorted(allowed))}."
    if not given.stages:
        errors["stages"] = "Choose at least one stage in which customers meet it."
    return errors


def _number_errors(given: TouchpointFields) -> dict[str, str]:
    numbers = ("monthly_volume", "unit_cost_minor", "fixed_cost_minor", "upkeep_hours")
    return {
        name: "This cannot be below zero." for name in numbers if (getattr(given, name) or 0) < 0
    }


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to think about before saving; nothing forbids it."""

    field: str
    message: str


def warnings_of(given: TouchpointFields, in_stage: dict[str, list[str]]) -> list[Warned]:
    """What a careful colleague would say. `in_stage`: names of the other live ones by stage."""
    warned = [
        Warned(
            "stages",
            f"{stage.capitalize()} already has {len(names)} touchpoints ({', '.join(names)}). "
            "More places mean more work to join them and thinner quality: customers care more for "
            "being helped well than for where. Is one of them to be closed or merged?",
        )
        for stage in given.stages
        if len(names := in_stage.get(stage, [])) >= ENOUGH_PER_STAGE and given.status == "live"
    ]
    if not given.relationship_types and given.control == Control.DIRECT:
        warned.append(
            Warned(
                "relationship_types",
                "No relationship type can run here yet. Think of the interaction when you define "
                "the touchpoint.",
            )
        )
    if given.control == Control.INDIRECT and not given.is_monitored:
        warned.append(
            Warned(
                "is_monitored",
                "You do not write what is said here and nobody watches it. Decide who reads it.",
            )
        )
    return warned
