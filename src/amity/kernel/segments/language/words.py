"""The closed words of the rule language: fields, measures, filters, units. Pure."""

from dataclasses import dataclass
from typing import Literal

from amity.base.vocabulary import RelationshipType, Stage

FieldKind = Literal["text", "choice", "date", "number", "yes_no"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field that every customer has; `choices` closes the set of its values."""

    name: str
    kind: FieldKind
    label: str
    choices: tuple[str, ...] = ()


ATTRIBUTES = {
    attribute.name: attribute
    for attribute in (
        Attribute("kind", "choice", "Kind of customer", ("person", "organization")),
        Attribute("name", "text", "Name"),
        Attribute("country", "text", "Country (two letters)"),
        Attribute("city", "text", "City"),
        Attribute("language", "text", "Language"),
        Attribute("preferred_channel", "text", "Preferred channel"),
        Attribute("tag", "text", "Tag"),
        Attribute("email", "text", "E-mail address"),
        Attribute("phone", "text", "Phone number"),
        Attribute("customer_number", "text", "Customer number"),
        Attribute("side", "text", "Side of a market"),
        Attribute("owner", "text", "Owner (who looks after them)"),
        Attribute("created", "date", "Day the record was made"),
    )
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A number computed over a customer's orders or interactions in a window.

    `empty` is its value for a customer without any: 0, or None where it is then not known.
    """

    name: str
    about: Literal["orders", "interactions"]
    label: str
    empty: int | None = 0
    money: bool = False
    aliases: tuple[str, ...] = ()


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("orders", "orders", "Orders", aliases=("order",)),
        Measure("purchase days", "orders", "Days with a purchase", aliases=("purchase day",)),
        Measure("items", "orders", "Items bought", aliases=("item",)),
        Measure("returns", "orders", "Returns and cancellations", aliases=("return",)),
        Measure("net spend", "orders", "Net spend", money=True),
        Measure("gross spend", "orders", "Gross spend", money=True),
        Measure("average order value", "orders", "Average order value", empty=None, money=True),
        Measure("days since last order", "orders", "Days since the last order", empty=None),
        Measure("days since first order", "orders", "Days since the first order", empty=None),
        Measure("interactions", "interactions", "Interactions", aliases=("interaction",)),
        Measure("staff minutes", "interactions", "Staff minutes"),
        Measure("relationship cost", "interactions", "Cost of interactions", money=True),
        Measure(
            "days since last interaction",
            "interactions",
            "Days since the last interaction",
            empty=None,
        ),
    )
}
COUNTED = frozenset({"orders", "purchase days", "items", "returns", "interactions"})


@dataclass(frozen=True, slots=True)
class Filter:
    """A narrowing of a measure: `of category Dairy`, `via touchpoint web`."""

    name: str
    about: Literal["orders", "interactions"]
    preposition: str
    label: str
    choices: tuple[str, ...] = ()


FILTERS = {
    one.name: one
    for one in (
        Filter("product", "orders", "of", "Product (number or name)"),
        Filter("category", "orders", "of", "Category"),
        Filter("department", "orders", "of", "Department"),
        Filter("brand", "orders", "of", "Brand"),
        Filter("channel", "orders", "via", "Channel"),
        Filter("kind", "interactions", "of", "Kind (inbox.* for all of one owner)"),
        Filter("touchpoint", "interactions", "via", "Touchpoint"),
        Filter(
            "type",
            "interactions",
            "of",
            "Relationship type",
            tuple(one.value for one in RelationshipType),
        ),
        Filter("stage", "interactions", "at", "Stage", tuple(one.value for one in Stage)),
        Filter("outcome", "interactions", "with", "Outcome"),
        Filter("direction", "interactions", "with", "Direction", ("in", "out", "none")),
        Filter("actor", "interactions", "by", "Actor", ("human", "automatic", "peer", "customer")),
    )
}
PREPOSITIONS = ("of", "via", "at", "with", "by")
UNITS = ("days", "weeks", "months", "years")

# Where a value is due, any other word may stand bare: AT, BY, IS and NO are countries. These may
# in a list, or in capitals where nothing else can be meant: OR is Oregon.
JOINING = frozenset({"and", "or", "not"})
AMBIGUOUS = JOINING | {"known", "unknown", "in"}

RESERVED = frozenset(
    {
        *"and or not is in contains starts with between before after since from to last".split(),
        *"ever known unknown everyone segment no of via at by has".split(),
        *ATTRIBUTES,
        *(word for measure in MEASURES.values() for word in measure.name.split()[:1]),
        *(alias.split()[0] for measure in MEASURES.values() for alias in measure.aliases),
    }
)
