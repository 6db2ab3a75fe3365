"""Changes of the studio: edits of a draft, a draft from the wizard or from a file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from amity.base.vocabulary import Owner, Stage
from amity.design.studio.queries.facts import facts_for
from amity.design.studio.rules.drafting import Choices, draft
from amity.design.studio.rules.starters import starter
from amity.kernel.access.operations import company
from amity.kernel.access.rules import Actor
from amity.kernel.calendars.operations import ensure_default_calendar
from amity.kernel.policy.document import CanvasDocument, TouchpointDefinition
from amity.kernel.policy.files import load
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.operations import create_draft, update_draft
from amity.kernel.policy.queries import document_of, published, version_by_number
from amity.kernel.segments.models import Segment
from amity.kernel.segments.operations import create_segment, refresh_memberships
from amity.kernel.segments.rules import parse_text
from amity.kernel.touchpoints.operations import ensure_touchpoints
from amity.kernel.touchpoints.rules import TouchpointFields


@transaction.atomic
def edit_draft(
    number: int,
    change: Callable[[CanvasDocument], CanvasDocument],
    *,
    lock_version: int,
    actor: Actor,
    at: datetime,
) -> PolicyVersion:
    """Applies one change to a draft.

    Raises:
        PolicyNotFoundError, PolicyError: there is no such version, or it is no draft.
        EditConflictError: somebody changed it since `lock_version`.
    """
    version = version_by_number(number)
    document = change(document_of(version))
    return update_draft(
        version.pk, document=document, lock_version=lock_version, actor=actor, at=at
    )


@transaction.atomic
def draft_from(number: int, *, actor: Actor, at: datetime) -> PolicyVersion:
    """A new draft that says what version `number` says."""
    base = version_by_number(number)
    return create_draft(
        document=document_of(base),
        name=base.name,
        reason=f"Drafted from version {base.number}",
        base=base,
        actor=actor,
        at=at,
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a draft: the version, and what was added beside it."""

    version: PolicyVersion
    segments: tuple[str, ...]  # keys
    touchpoints: tuple[str, ...]  # keys

    @property
    def words(self) -> str:
        """What was done, in a sentence."""
        added = [
            f"{len(keys)} {noun}{'' if len(keys) == 1 else 's'}"
            for keys, noun in ((self.segments, "segment"), (self.touchpoints, "touchpoint"))
            if keys
        ]
        beside = f" {' and '.join(added)} added." if added else ""
        return f"Version {self.version.number} is a draft.{beside}"


@transaction.atomic
def take_draft(
    document: CanvasDocument,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    are_guesses: bool,
    calendar: bool = False,
) -> Taken:
    """A draft with the segments and touchpoints that it defines; those that exist stay as they are.

    The new segments are counted at once. With `calendar`, a default calendar is made where there
    is none, so that promised times can be counted.

    Raises:
        RuleError: the rule of a segment is not understood, or names what is not there.
        TouchpointInvalidError: a touchpoint cannot be as it is defined.
    """
    if calendar:
        ensure_default_calendar(actor=actor, at=at)
    touchpoints = ensure_touchpoints(
        tuple(_fields(one, is_guess=are_guesses) for one in document.touchpoint_definitions),
        actor=actor,
        at=at,
    )
    segments = _ensure_segments(document, actor=actor, at=at)
    version = create_draft(
        document=document, name=document.name, reason=reason, base=published(), actor=actor, at=at
    )
    return Taken(
        version=version,
        segments=tuple(segment.key for segment in segments),
        touchpoints=tuple(touchpoint.key for touchpoint in touchpoints),
    )


def import_canvas(text: str, *, reason: str, actor: Actor, at: datetime) -> Taken:
    """Takes a canvas file in as a draft.

    Raises:
        DocumentError: the text is not a canvas; each mistake with its path.
        RuleError, TouchpointInvalidError: as for `take_draft`.
    """
    return take_draft(
        load(text), reason=reason or "Taken in from a file", actor=actor, at=at, are_guesses=False
    )


def _ensure_segments(document: CanvasDocument, *, actor: Actor, at: datetime) -> list[Segment]:
    keys = [one.key for one in document.segment_definitions]
    there = set(Segment.objects.filter(key__in=keys).values_list("key", flat=True))
    added = [
        create_segment(
            key=one.key,
            name=one.name,
            description=one.description,
            rule=parse_text(one.rule),
            actor=actor,
            at=at,
        )
        for one in document.segment_definitions
        if one.key not in there
    ]
    for segment in added:
        refresh_memberships(segment, at=at)
    return added


def _fields(definition: TouchpointDefinition, *, is_guess: bool) -> TouchpointFields:
    return TouchpointFields(
        key=definition.key,
        name=definition.name,
        channel=definition.channel or definition.name[:50],
        owner=definition.owner,
        partner_name="to be named" if definition.owner == Owner.PARTNER else "",
        control=definition.control,
        stages=tuple(stage.value for stage in definition.stages) or (Stage.SUPPORT.value,),
        relationship_types=tuple(kind.value for kind in definition.relationship_types),
        is_guess=is_guess,
    )


def draft_canvas(
    starter_name: str,
    choices: Choices,
    *,
    actor: Actor,
    at: datetime,
    name: str = "",
) -> Taken:
    """The wizard's last step: a first canvas from a starter and the data.

    Raises:
        UnknownStarterError: there is no such starter.
    """
    chosen = starter(starter_name)
    facts = facts_for(chosen, at)
    title = name or f"{company().name}: our relationships"[:200]
    document = draft(chosen, facts, choices, name=title, on=at.date())
    return take_draft(
        document,
        reason=f"Drafted with the wizard from the starter {chosen.name}",
        actor=actor,
        at=at,
        are_guesses=True,
        calendar=True,
    )
