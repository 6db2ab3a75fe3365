"""What is wrong with a canvas, or deserves a second look, before it is published. Pure.

Errors stop a publication; warnings do not. DOMAIN 2 and 3.6 are the source of the rules of fit.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from amity.base.vocabulary import Intimacy, RelationshipType, Stage
from amity.kernel.policy.document import CanvasDocument, Cell, Promise, SegmentDesign

HUMAN = frozenset(
    {RelationshipType.PERSONAL_ASSISTANCE, RelationshipType.DEDICATED_PERSONAL_ASSISTANCE}
)
MACHINE = frozenset({RelationshipType.SELF_SERVICE, RelationshipType.AUTOMATED_SERVICES})
STRONG = 0.6  # an emphasis from here on shapes what the segment expects


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend ("error") or to look at ("warning"), where, and what to do about it."""

    level: str
    path: str
    message: str
    remedy: str
    segment: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it stops a publication."""
        return self.level == "error"


@dataclass(frozen=True, slots=True)
class TouchpointFact:
    """What the rules need to know of a touchpoint."""

    status: str
    stages: frozenset[str]
    relationship_types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database knows of the things that a canvas names.

    `segments` has the number of customers of each living segment (None: not counted yet);
    `calendars` says of each calendar whether it has staffed hours; `default_calendar` is the key
    of the one that holds where a promise names none; `uncovered` is the number of customers that
    no segment of the canvas holds.
    """

    currency: str
    segments: Mapping[str, int | None] = field(default_factory=dict)
    archived: frozenset[str] = frozenset()
    touchpoints: Mapping[str, TouchpointFact] = field(default_factory=dict)
    calendars: Mapping[str, bool] = field(default_factory=dict)
    default_calendar: str | None = None
    uncovered: int = 0
    customers: int = 0


def check(document: CanvasDocument, facts: Facts, today: date) -> list[Finding]:
    """All findings, errors first, each list in the canvas's order."""
    found = [
        *_whole(document, facts),
        *(
            finding
            for design in document.segments
            for rule in _SEGMENT_RULES
            for finding in rule(design, facts, today)
        ),
    ]
    return sorted(found, key=lambda finding: finding.level != "error")


def _error(design: SegmentDesign | None, where: str, message: str, remedy: str) -> Finding:
    return _finding("error", design, where, message, remedy)


def _warning(design: SegmentDesign | None, where: str, message: str, remedy: str) -> Finding:
    return _finding("warning", design, where, message, remedy)


def _finding(
    level: str, design: SegmentDesign | None, where: str, message: str, remedy: str
) -> Finding:
    key = design.segment if design else ""
    path = ".".join(part for part in (f"segments.{key}" if key else "", where) if part)
    return Finding(level=level, path=path, message=message, remedy=remedy, segment=key)


# --- the whole canvas ---------------------------------------------------------------------------


def _whole(document: CanvasDocument, facts: Facts) -> Iterator[Finding]:
    if not document.segments:
        yield _error(
            None, "segments", "The canvas has no segment.", "Add a segment and its relationship."
        )
    if document.currency != facts.currency:
        yield _warning(
            None,
            "currency",
            f"Amounts are in {document.currency}, the company counts in {facts.currency}.",
            f"Convert the amounts and set the currency to {facts.currency}.",
        )
    yield from _over_capacity(document)
    if document.segments and facts.uncovered:
        share = 100 * facts.uncovered / max(facts.customers, 1)
        yield _warning(
            None,
            "segments",
            f"{facts.uncovered:,} customers ({share:.0f} %) are in no segment of the canvas; "
            "nothing is promised to them.",
            "Add a last segment with the rule 'everyone', or widen a rule.",
        )


def _over_capacity(document: CanvasDocument) -> Iterator[Finding]:
    for skill, available in document.capacity.hours.items():
        planned = sum(design.hours.get(skill, 0.0) for design in document.segments)
        if planned > available:
            word = skill.value.replace("_", "-")
            yield _error(
                None,
                f"capacity.hours.{skill.value}",
                f"The segments plan {planned:,.0f} {word} hours a year of {available:,.0f}.",
                f"Plan {planned - available:,.0f} hours less, or raise the capacity.",
            )
    budget = document.capacity.budget
    planned_money = sum(design.budget or 0 for design in document.segments)
    if budget is not None and planned_money > budget:
        yield _error(
            None,
            "capacity.budget",
            f"The segments plan {planned_money:,} {document.currency} a year of {budget:,}.",
            f"Plan {planned_money - budget:,} {document.currency} less, or raise the budget.",
        )


# --- one segment --------------------------------------------------------------------------------


def _exists(design: SegmentDesign, facts: Facts, today: date) -> Iterator[Finding]:
    key = design.segment
    if key in facts.archived:
        yield _error(
            design, "segment", f"Segment {key} is archived.", "Restore it, or take it off."
        )
    elif key not in facts.segments:
        yield _error(
            design,
            "segment",
            f"There is no segment {key}{_did_you_mean(key, facts.segments)}.",
            "Create the segment first; a canvas names only segments that exist.",
        )
    elif facts.segments[key] == 0:
        yield _warning(
            design, "segment", f"Segment {key} holds no customer now.", "Check its rule."
        )


def _mix(design: SegmentDesign, facts: Facts, today: date) -> Iterator[Finding]:
    offered = offered_types(design)
    primaries = [kind for kind, cell in design.relationship_types.items() if cell.primary]
    where = "relationship_types"
    if not offered:
        yield _error(
            design,
            where,
            f"{design.segment} has no relationship type.",
            "Give at least one type an intensity above 0.",
        )
    if len(primaries) > 1:
        names = " and ".join(kind.label for kind in primaries)
        yield _error(design, where, f"{names} are both primary.", "Mark one of them as primary.")
    elif primaries and primaries[0] not in offered:
        yield _error(
            design,
            f"{where}.{primaries[0].value}",
            f"{primaries[0].label} is primary and has intensity 0.",
            "Raise its intensity, or mark another type as primary.",
        )
    elif not primaries and len(offered) > 1:
        yield _warning(
            design,
            where,
            f"{design.segment} has {len(offered)} types and none is primary.",
            "Mark the type that comes first.",
        )


def _promises(design: SegmentDesign, facts: Facts, today: date) -> Iterator[Finding]:
    reachable_human = bool(HUMAN & offered_types(design).keys())
    for kind, cell in design.relationship_types.items():
        promise, where = cell.promise, f"relationship_types.{kind.value}.promise"
        if promise is None:
            continue
        if cell.intensity == 0:
            yield _warning(
                design,
                where,
                f"{kind.label} is promised and has intensity 0.",
                "Raise the intensity, or take the promise away.",
            )
        yield from _calendar(design, promise, where, facts)
        if promise.human_reachable and not reachable_human:
            yield _error(
                design,
                where,
                "A reachable human is promised, and no personal assistance is offered.",
                "Offer personal assistance, or take the promise away.",
            )
        first, whole = promise.first_response_minutes, promise.resolution_minutes
        if first is not None and whole is not None and first > whole:
            yield _error(
                design,
                where,
                f"The first response ({first} minutes) comes after the resolution ({whole}).",
                "Promise a first response that is not later than the resolution.",
            )


def _calendar(
    design: SegmentDesign, promise: Promise, where: str, facts: Facts
) -> Iterator[Finding]:
    timed = (
        promise.first_response_minutes or promise.next_response_minutes
    ) or promise.resolution_minutes
    key = promise.calendar or facts.default_calendar
    if promise.calendar and promise.calendar not in facts.calendars:
        yield _error(
            design,
            where,
            f"There is no calendar {key}{_did_you_mean(promise.calendar, facts.calendars)}.",
            "Create the calendar, or name another.",
        )
    elif timed and key is None:
        yield _error(
            design,
            where,
            "A time is promised, and no calendar says when somebody works.",
            "Name a calendar in the promise, or mark one as the company's default.",
        )
    elif timed and key is not None and not facts.calendars.get(key, False):
        yield _error(
            design,
            where,
            f"A time is promised on calendar {key}, which has no staffed hours.",
            f"Give calendar {key} its hours, or name another.",
        )


def _touchpoints(design: SegmentDesign, facts: Facts, today: date) -> Iterator[Finding]:
    for stage, keys in design.touchpoints.items():
        for key in keys:
            where, fact = f"touchpoints.{stage.value}", facts.touchpoints.get(key)
            if fact is None:
                yield _error(
                    design,
                    where,
                    f"There is no touchpoint {key}{_did_you_mean(key, facts.touchpoints)}.",
                    "Register the touchpoint first, or take it off.",
                )
            else:
                yield from _touchpoint(design, key=key, stage=stage, fact=fact)
    yield from _carried(design, facts)


def _touchpoint(
    design: SegmentDesign, *, key: str, stage: Stage, fact: TouchpointFact
) -> Iterator[Finding]:
    where = f"touchpoints.{stage.value}"
    if fact.status == "closed":
        yield _error(design, where, f"Touchpoint {key} is closed.", "Reopen it, or take it off.")
    elif fact.status != "live":
        yield _warning(
            design, where, f"Touchpoint {key} is {fact.status}.", "Open it before publishing."
        )
    if fact.stages and stage.value not in fact.stages:
        yield _warning(
            design,
            where,
            f"Touchpoint {key} is not registered for the stage {stage.value}.",
            "Add the stage to the touchpoint, or move it to one of its stages.",
        )


def _carried(design: SegmentDesign, facts: Facts) -> Iterator[Finding]:
    """Each offered type needs a touchpoint that can carry it (DOMAIN 3.6, constraint 5)."""
    used = {key: facts.touchpoints[key] for key in _keys(design) if key in facts.touchpoints}
    if not used:
        return
    offered = {kind.value for kind in offered_types(design)}
    idle = [key for key, fact in used.items() if not fact.relationship_types & offered]
    if offered and idle:
        yield _warning(
            design,
            "touchpoints",
            f"{_listed(idle)} can carry none of the types offered to {design.segment}.",
            "Take it off, or offer a type that it can carry.",
        )
    for kind in offered_types(design):
        if not any(kind.value in fact.relationship_types for fact in used.values()):
            carriers = sorted(
                key
                for key, fact in facts.touchpoints.items()
                if kind.value in fact.relationship_types and fact.status == "live"
            )
            yield _error(
                design,
                f"relationship_types.{kind.value}",
                f"No touchpoint of {design.segment} can carry {kind.label.lower()}.",
                f"Add {' or '.join(carriers[:3])}."
                if carriers
                else "Register a touchpoint that can carry it.",
            )


def _stages(design: SegmentDesign, facts: Facts, today: date) -> Iterator[Finding]:
    missing = [stage.value for stage in Stage if not design.touchpoints.get(stage)]
    if missing:
        yield _warning(
            design,
            "touchpoints",
            f"No touchpoint covers {_listed(missing)} for {design.segment}.",
            "Name a touchpoint for each stage that these customers pass.",
        )


def _fit(design: SegmentDesign, facts: Facts, today: date) -> Iterator[Finding]:
    offered = offered_types(design)
    emphasis = design.value_proposition.emphasis
    premium = [
        name.replace("_", " ")
        for name in ("personal_care", "status", "expertise")
        if emphasis.get(name, 0.0) >= STRONG
    ]
    if offered and premium and offered.keys() <= MACHINE:
        yield _warning(
            design,
            "value_proposition",
            f"The value proposition stresses {_listed(premium)}, and only self-service and "
            "automated services are offered.",
            "Offer personal assistance, communities or co-creation, or change the emphasis.",
        )
    dedicated = offered.get(RelationshipType.DEDICATED_PERSONAL_ASSISTANCE)
    if dedicated and dedicated.intensity >= 0.5 and emphasis.get("price", 0.0) >= STRONG:
        yield _warning(
            design,
            "value_proposition",
            "The value proposition stresses the price, and dedicated assistance makes it dear.",
            "Lower the intensity of dedicated assistance, or change the emphasis.",
        )
    social = {RelationshipType.COMMUNITIES, RelationshipType.CO_CREATION}
    if offered and emphasis.get("belonging", 0.0) >= STRONG and not social & offered.keys():
        yield _warning(
            design,
            "value_proposition",
            "The value proposition stresses belonging, and customers never meet one another.",
            "Offer communities or co-creation, or change the emphasis.",
        )
    close = {Intimacy.PERSONAL, Intimacy.EMOTIONAL} & set(design.intimacy)
    if offered and close and offered.keys() <= MACHINE:
        yield _warning(
            design,
            "intimacy",
            f"The relationship should feel {_listed(sorted(close))}, and only machines answer.",
            "Offer a type with people in it, or choose automated or proactive intimacy.",
        )


def _unsettled(design: SegmentDesign, facts: Facts, today: date) -> Iterator[Finding]:
    guessed = [
        *design.guesses,
        *(kind.label for kind, cell in design.relationship_types.items() if cell.guess),
    ]
    if guessed:
        yield _warning(
            design,
            "guesses",
            f"{len(guessed)} guess(es) are not confirmed: {_listed(guessed)}.",
            "Confirm each one, or change it.",
        )
    if design.review_on is not None and design.review_on < today:
        yield _warning(
            design,
            "review_on",
            f"The review was due on {design.review_on.isoformat()}.",
            "Review the relationship and set the next date.",
        )
    late = [target.measure for target in design.targets if target.by and target.by < today]
    if late:
        yield _warning(
            design,
            "targets",
            f"The date of {_listed(late)} has passed.",
            "Hold the target against what happened and set a new one.",
        )


_SEGMENT_RULES = (_exists, _mix, _promises, _touchpoints, _stages, _fit, _unsettled)


def offered_types(design: SegmentDesign) -> dict[RelationshipType, Cell]:
    """The types with an intensity above 0."""
    return {kind: cell for kind, cell in design.relationship_types.items() if cell.intensity > 0}


def _keys(design: SegmentDesign) -> list[str]:
    return [key for keys in design.touchpoints.values() for key in keys]


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _did_you_mean(key: str, known: Iterable[str]) -> str:
    close = get_close_matches(key, list(known), n=1)
    return f"; did you mean {close[0]}" if close else ""
