"""What to do next about a deal, in the way that the customer was promised. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from amity.base.vocabulary import RelationshipType

LONG = 30  # days in one stage without a move

_WAYS = {
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: "Their own contact speaks with them",
    RelationshipType.PERSONAL_ASSISTANCE: "A person speaks with them",
    RelationshipType.SELF_SERVICE: "Send them what they need to decide alone; speak when they ask",
    RelationshipType.AUTOMATED_SERVICES: "Let the automatic message go first; follow up by hand",
    RelationshipType.COMMUNITIES: "Bring them together with others who use it",
    RelationshipType.CO_CREATION: "Work it out together with them",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """How an open deal stands on a day."""

    today: date
    expected_close_on: date
    days_in_stage: int
    has_lines: bool
    next_stage: str  # empty: the next one is the decision


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do, how, and why so."""

    what: str
    way: str
    reason: str


def next_step(
    now: Situation,
    *,
    relationship_type: RelationshipType | None,
    touchpoints: Sequence[str],
    promised_by: str,
) -> NextStep:
    """The next step. Without a promise the way is left to the owner, and that is said."""
    if relationship_type is None:
        return NextStep(_what(now), "As you think best", promised_by)
    way = _WAYS[relationship_type]
    if touchpoints:
        way += f", by {' or '.join(touchpoints[:3])}"
    return NextStep(_what(now), way, promised_by)


def _what(now: Situation) -> str:
    if now.expected_close_on < now.today:
        return "Ask whether they still want it, and agree on a new day"
    if now.days_in_stage > LONG:
        return f"Ask what holds it up: it stands here for {now.days_in_stage} days"
    if not now.has_lines:
        return "Find out what they need, and note it as lines"
    if not now.next_stage:
        return "Ask for their decision"
    return f"Agree on what brings it to {now.next_stage}"
