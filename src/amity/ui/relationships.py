"""How the six relationship types look: one color, one icon, everywhere the same."""

from amity.base.vocabulary import RelationshipType

ICONS = {
    RelationshipType.PERSONAL_ASSISTANCE: "headset",
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: "user-heart",
    RelationshipType.SELF_SERVICE: "compass",
    RelationshipType.AUTOMATED_SERVICES: "robot",
    RelationshipType.COMMUNITIES: "users-group",
    RelationshipType.CO_CREATION: "bulb",
}
COLORS = {
    RelationshipType.PERSONAL_ASSISTANCE: "@rel-personal",
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: "@rel-dedicated",
    RelationshipType.SELF_SERVICE: "@rel-self-service",
    RelationshipType.AUTOMATED_SERVICES: "@rel-automated",
    RelationshipType.COMMUNITIES: "@rel-community",
    RelationshipType.CO_CREATION: "@rel-cocreation",
}


def relationship(value: RelationshipType | str) -> RelationshipType:
    """The relationship type of a stored value."""
    return RelationshipType(value)


def segment_color(position: int) -> int:
    """The number (1 to 8) of the steady color of the segment with this position or id."""
    return (position - 1) % 8 + 1
