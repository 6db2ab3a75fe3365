"""What a channel named in orders probably is. Guesses, marked as such where they are used. Pure."""

from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.policy.document import TouchpointDefinition
from amity.kernel.touchpoints.rules import key_of

_ALONE = (RelationshipType.SELF_SERVICE, RelationshipType.AUTOMATED_SERVICES)
_PERSON = (RelationshipType.PERSONAL_ASSISTANCE,)
_HINTS: tuple[tuple[tuple[str, ...], tuple[RelationshipType, ...]], ...] = (
    (("web", "online", "app", "site", "e-commerce", "ecommerce", "internet"), _ALONE),
    (("phone", "call", "tel", "store", "market", "counter", "shop", "branch"), _PERSON),
    (
        ("rep", "sales", "visit", "account"),
        (*_PERSON, RelationshipType.DEDICATED_PERSONAL_ASSISTANCE),
    ),
    (("mail", "post", "letter", "catalog"), (RelationshipType.AUTOMATED_SERVICES,)),
)
UNNAMED = TouchpointDefinition(
    key="point-of-sale",
    name="Point of sale",
    channel="sale",
    stages=(Stage.TRANSACT,),
    relationship_types=(RelationshipType.PERSONAL_ASSISTANCE, RelationshipType.SELF_SERVICE),
)


def of_channel(channel: str) -> TouchpointDefinition:
    """The touchpoint that orders with this channel point to."""
    return TouchpointDefinition(
        key=key_of(channel),
        name=channel[:1].upper() + channel[1:],
        channel=channel,
        stages=(Stage.TRANSACT,),
        relationship_types=carried_by(channel),
    )


def carried_by(channel: str) -> tuple[RelationshipType, ...]:
    """The relationship types that a channel of this name can probably carry."""
    words = channel.casefold()
    found = (kinds for hints, kinds in _HINTS if any(hint in words for hint in hints))
    return next(found, (*_PERSON, RelationshipType.SELF_SERVICE))
