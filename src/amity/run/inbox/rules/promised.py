"""What the policy's answer means for a conversation: which times hold, who helps first. Pure."""

from amity.base.vocabulary import RelationshipType
from amity.kernel.policy.compiled import CellPromise, PromiseAnswer
from amity.run.inbox.rules.promises import Target
from amity.run.inbox.rules.routing import Promised

HUMAN = (
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE,
    RelationshipType.PERSONAL_ASSISTANCE,
)


def human_cell(answer: PromiseAnswer) -> CellPromise | None:
    """The cell by which a person helps: the dedicated one before the common one."""
    cells = (answer.for_type(kind) for kind in HUMAN)
    return next((cell for cell in cells if cell is not None), None)


def is_self_service_first(answer: PromiseAnswer) -> bool:
    """Whether self-service is the primary type and no person is dedicated to the customer."""
    primary = answer.primary
    return (
        primary is not None
        and primary.relationship_type is RelationshipType.SELF_SERVICE
        and answer.for_type(RelationshipType.DEDICATED_PERSONAL_ASSISTANCE) is None
    )


def promised_of(answer: PromiseAnswer, *, can_help_itself: bool) -> Promised:
    """What routing asks for; self-service comes first only where there is some to offer."""
    human = human_cell(answer)
    return Promised(
        version=answer.version_number,
        segment_key=answer.segment_key or "",
        segment_name=answer.segment_name,
        relationship_type=human.relationship_type if human else None,
        is_self_service_first=can_help_itself and is_self_service_first(answer),
        is_human_reachable=_reachable(answer),
    )


def _reachable(answer: PromiseAnswer) -> bool:
    """Whether a person was promised: nobody was told otherwise, or a cell says so."""
    return (
        answer.segment_key is None
        or human_cell(answer) is not None
        or any(cell.human_reachable for cell in answer.relationships)
    )


def minutes_of(cell: CellPromise, target: Target) -> int | None:
    """The promised working minutes; None where none were."""
    return {
        Target.FIRST_RESPONSE: cell.first_response_minutes,
        Target.NEXT_RESPONSE: cell.next_response_minutes,
        Target.RESOLUTION: cell.resolution_minutes,
    }[target]
