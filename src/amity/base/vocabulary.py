"""The words of the canvas as closed sets of values (DOMAIN glossary). Pure."""

from enum import StrEnum


class RelationshipType(StrEnum):
    """The six relationship types; they coexist in a segment's mix."""

    PERSONAL_ASSISTANCE = "personal_assistance"
    DEDICATED_PERSONAL_ASSISTANCE = "dedicated_personal_assistance"
    SELF_SERVICE = "self_service"
    AUTOMATED_SERVICES = "automated_services"
    COMMUNITIES = "communities"
    CO_CREATION = "co_creation"

    @property
    def label(self) -> str:
        """The name shown to people."""
        words = self.value.replace("_", " ").capitalize()
        return words.replace("Co creation", "Co-creation").replace("Self service", "Self-service")

    @property
    def short(self) -> str:
        """The short name used on chips and charts."""
        return _SHORT[self]


_SHORT = {
    RelationshipType.PERSONAL_ASSISTANCE: "Personal",
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: "Dedicated",
    RelationshipType.SELF_SERVICE: "Self-service",
    RelationshipType.AUTOMATED_SERVICES: "Automated",
    RelationshipType.COMMUNITIES: "Community",
    RelationshipType.CO_CREATION: "Co-creation",
}


class Stage(StrEnum):
    """The five stages of a touchpoint's use."""

    ADVERTISE = "advertise"
    DIFFERENTIATE = "differentiate"
    TRANSACT = "transact"
    DISTRIBUTE = "distribute"
    SUPPORT = "support"


class Motivation(StrEnum):
    """Why the company invests in a relationship."""

    ACQUIRE = "acquire"
    RETAIN = "retain"
    EXPAND = "expand"


class Nature(StrEnum):
    """How episodic or bound a relationship is."""

    TRANSACTIONAL = "transactional"
    LONG_TERM = "long_term"
    HYBRID = "hybrid"


class Intimacy(StrEnum):
    """How a relationship feels; several may hold at once."""

    AUTOMATED = "automated"
    PERSONAL = "personal"
    HYBRID = "hybrid"
    PROACTIVE = "proactive"
    EMOTIONAL = "emotional"


class Owner(StrEnum):
    """Whose a touchpoint is."""

    OWN = "own"
    PARTNER = "partner"
    CUSTOMER = "customer"
    EXTERNAL = "external"


class Control(StrEnum):
    """Whether the company can write a touchpoint's message."""

    DIRECT = "direct"
    INDIRECT = "indirect"


class Skill(StrEnum):
    """The kinds of staff hours that the planner budgets."""

    FRONT_LINE = "front_line"
    ACCOUNT = "account"
    CONTENT = "content"
    COMMUNITY = "community"
    PRODUCT = "product"


class Role(StrEnum):
    """What a person of the company may do; the policy table says it in detail."""

    OWNER = "owner"
    STRATEGIST = "strategist"
    AGENT = "agent"
    ANALYST = "analyst"
    MARKETER = "marketer"
